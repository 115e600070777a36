"""Extracts the code of start-up files: `.pth`, and from Python 3.15 on `.start` (PEP 829)."""

import re
from collections.abc import Callable

from features.limits import SYNTAX_BYTES

MOST_CODE_CHARS = 2 * SYNTAX_BYTES
"""Characters of such code that are extracted of one file; the syntax pass reads fewer, and says so."""
_PART = re.compile("\n|[^\n\r\x0b\x0c\x1c-\x1e\x85\u2028\u2029]+")
_IMPORT = re.compile(r"import[ \t]")
_ENTRY_POINT = re.compile(r"\s*([^\W\d][\w.]*)\s*:\s*([^\W\d][\w.]*)\s*\Z")


def is_start_file(path: str) -> bool:
    """Return whether a start-up file is a `.start`, which names functions to call and contains no code."""
    return path.lower().endswith(".start")


def pth_code(text: str) -> str:
    """Return the lines of a `.pth` that are executed, with all others blank, so that line numbers stay the same."""
    return _code_of_lines(text, lambda part: part if _IMPORT.match(part) else "")


def start_code(text: str) -> str:
    """Return the calls that a `.start` names as code, each on its line: `demo.boot:main` is imported and called."""
    return _code_of_lines(text, _called_function)


def _code_of_lines(text: str, code_of: Callable[[str], str]) -> str:
    """Return the code of each line, up to MOST_CODE_CHARS; newer Pythons also split a line as `str.splitlines` does."""
    pieces: list[str] = []
    chars, before = 0, ""
    # A list of all lines would take a gibibyte of memory for a file of short ones.
    for match in _PART.finditer(text):
        part = match[0]
        if part == "\n":
            piece, before = part, ""
        elif code := code_of(part):
            piece, before = before + code, "; "
        else:
            continue
        pieces.append(piece)
        chars += len(piece)
        if chars > MOST_CODE_CHARS:
            break
    return "".join(pieces)


def _called_function(part: str) -> str:
    match = _ENTRY_POINT.match(part)
    return f"import {match[1]}; {match[1]}.{match[2]}()" if match else ""
