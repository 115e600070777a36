"""Extracts the code of start-up files: `.pth`, and from Python 3.15 on `.start` (PEP 829)."""

import re

_IMPORT = re.compile(r"import[ \t]")
_ENTRY_POINT = re.compile(r"\s*([^\W\d][\w.]*)\s*:\s*([^\W\d][\w.]*)\s*\Z")


def is_start_file(path: str) -> bool:
    """Return whether a start-up file is a `.start`, which names functions to call and contains no code."""
    return path.lower().endswith(".start")


def pth_code(text: str) -> str:
    """Return the lines of a `.pth` that are executed, with all others blank, so that line numbers stay the same."""
    return "\n".join(map(_executed_code, text.split("\n")))


def start_code(text: str) -> str:
    """Return the calls that a `.start` names as code, each on its line: `demo.boot:main` is imported and called."""
    return "\n".join(map(_called_functions, text.split("\n")))


def _executed_code(line: str) -> str:
    """Return the part of a line that Python executes; newer versions also split it as `str.splitlines` does."""
    if "import" not in line:
        return ""
    return "; ".join(part for part in line.splitlines() if _IMPORT.match(part))


def _called_functions(line: str) -> str:
    entries = [match.groups() for part in line.splitlines() if (match := _ENTRY_POINT.match(part))]
    return "; ".join(f"import {module}; {module}.{name}()" for module, name in entries)
