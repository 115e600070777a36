"""Finds calls in the text of source without a syntax tree."""

import re
from collections.abc import Iterator
from typing import NamedTuple

from features.text.import_lines import FROM_IMPORT, PLAIN_IMPORT, split_names

_COMMENT = re.compile(r"^[ \t]*#[^\n]*", re.MULTILINE)
_CALL = re.compile(
    r"(?P<exec>(?:^|[:;])[ \t]*exec[ \t]+(?=[\"'\w]))"
    r"|\b(?P<name>[^\W\d]\w{0,80}(?:[ \t]?\.[ \t]?[^\W\d]\w{0,80}){0,8})[ \t]*\(",
    re.MULTILINE,
)
_MAX_CALLS = 20_000
_MAX_NAMES_OF_IMPORT = 200


class TextCall(NamedTuple):
    """A call as it is written, with import aliases replaced; `line` counts from 1."""

    name: str
    line: int
    is_top_level: bool
    """True if its line is not indented."""


def find_calls(text: str) -> Iterator[TextCall]:
    """Yield the calls in a text, including those in strings, so that a quote cannot hide the rest of the file."""
    text = _COMMENT.sub(lambda m: " " * len(m[0]), text)
    imported = find_imports(text)
    line, counted = 1, 0
    for number, match in enumerate(_CALL.finditer(text)):
        if number >= _MAX_CALLS:
            return
        start = match.start()
        line += text.count("\n", counted, start)
        counted = start
        name = "exec" if match["exec"] is not None else match["name"].replace(" ", "").replace("\t", "")
        first, dot, rest = name.partition(".")
        name = imported.get(first, first) + dot + rest
        line_start = text.rfind("\n", 0, start) + 1
        is_top_level = text[line_start] not in " \t"
        yield TextCall(name, line, is_top_level)


def find_imports(text: str) -> dict[str, str]:
    """Return the dotted name for each name that a text imports."""
    found: dict[str, str] = {}
    for match in PLAIN_IMPORT.finditer(text):
        for piece in match["modules"].split(","):
            words = piece.split()
            if len(words) == 3 and words[1] == "as":
                found[words[2]] = words[0]
            elif len(words) == 1:
                found[words[0].partition(".")[0]] = words[0].partition(".")[0]
    for match in FROM_IMPORT.finditer(text):
        for words in split_names(match["names"], _MAX_NAMES_OF_IMPORT):
            if len(words) == 3 and words[1] == "as":
                found[words[2]] = f"{match['module']}.{words[0]}"
            elif len(words) == 1:
                found[words[0]] = f"{match['module']}.{words[0]}"
    return found
