"""What Python executes of the files that it reads at every start: `.pth`, and from 3.15 on `.start` (PEP 829)."""

import re

_IMPORTS = re.compile(r"import[ \t]")
_ENTRY_POINT = re.compile(r"\s*([^\W\d][\w.]*)\s*:\s*([^\W\d][\w.]*)\s*\Z")


def names_functions(path: str) -> bool:
    """Return whether a start-up file names functions to call, and holds no code."""
    return path.lower().endswith(".start")


def pth_code(text: str) -> str:
    """Return the lines of a `.pth` that are executed; the others are blank, so that line numbers hold."""
    return "\n".join(map(_imports, text.split("\n")))


def start_code(text: str) -> str:
    """Return as code what a `.start` calls, each line in its place: `demo.boot:main` is imported and called."""
    return "\n".join(map(_calls, text.split("\n")))


def _imports(line: str) -> str:
    """Return what Python executes of a line; newer ones split it wherever `str.splitlines` does."""
    if "import" not in line:
        return ""
    return "; ".join(part for part in line.splitlines() if _IMPORTS.match(part))


def _calls(line: str) -> str:
    entries = [match.groups() for part in line.splitlines() if (match := _ENTRY_POINT.match(part))]
    return "; ".join(f"import {module}; {module}.{name}()" for module, name in entries)
