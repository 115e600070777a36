"""Source without a tree: another Python's syntax mended where that is enough, else read word by word."""

import re
from collections.abc import Iterator
from typing import NamedTuple

from features.text.import_lines import FROM_IMPORT, LAZY_KEYWORD, PLAIN_IMPORT

_PRINT = re.compile(
    r"^(?P<lead>[ \t]*+(?:[^\n:;]*+[:;][ \t]*+)*?)print(?P<rest>[ \t]+(?![=(.\[])[^\n]*|[ \t]*)$", re.MULTILINE
)
_PRINT_TO = re.compile(r"^\s*>>\s*[\w.]+\s*,?")
_EXEC = re.compile(r"(?P<lead>(?:^|[:;])[ \t]*)exec[ \t]+(?P<what>[^\n=(][^\n;]*)", re.MULTILINE)
_EXCEPT = re.compile(
    r"^(?P<lead>[ \t]*except[ \t]++[^\n,:]++|[ \t]*except[ \t]*\([^\n)]*\)[ \t]*),[ \t]*(?P<name>\w+)[ \t]*:",
    re.MULTILINE,
)
_RAISE = re.compile(
    r"^(?P<lead>(?:[^\n:;]*+[:;])?[ \t]*+raise[ \t]+[\w.]+)[ \t]*,[ \t]*(?P<what>[^\n]+)$", re.MULTILINE
)
_OCTAL = re.compile(r"(?<![\w.])0(?P<digits>[0-7]+)(?P<tail>[lL]?)(?![\w.])")
_LONG = re.compile(r"(?<![\w.])(?P<digits>0[xX][0-9a-fA-F]+|\d+)[lL]\b")
_UNICODE = re.compile(r"\b[uU][rR](?=['\"])")
_UNEQUAL = re.compile(r"<>")
_TICKS = re.compile(r"`([^`\n]+)`")

_BRACKETS = r"\[[^\[\]]{0,200}+\]"
for _ in range(5):
    _BRACKETS = rf"\[(?:[^\[\]]|{_BRACKETS}){{0,200}}+\]"
_GENERIC = re.compile(rf"\b(?P<head>(?:def|class)[ \t]+\w+)[ \t]*+(?P<gone>{_BRACKETS})(?=[ \t]*[(:])")
_TYPE = re.compile(
    rf"(?P<lead>(?:^|[:;])[ \t]*)type[ \t]+(?P<name>\w+)[ \t]*+(?P<gone>{_BRACKETS})?+[ \t]*+=(?!=)", re.MULTILINE
)
_TSTRING = re.compile(r"(?<![\w\"'])(?P<raw>[rR]?)[tT](?P<more>[rR]?)(?=[\"'])")
_EXCEPT_BARE = re.compile(
    r"^(?P<lead>[ \t]*except(?:[ \t]*\*)?[ \t]++)(?P<what>[\w.]+(?:[ \t]*+,[ \t]*+[\w.]+)+)[ \t]*:", re.MULTILINE
)
_UNPACKED = re.compile(r"(?P<lead>[\[({]\s{0,99})\*{1,2}(?=[^\[\]{}\n]{1,200}\bfor\b)")
_NEWER = (_TSTRING, LAZY_KEYWORD, _EXCEPT_BARE, _UNPACKED)
_FSTRING = re.compile(r"(?<![\w\"'])(?:[fF][rR]?|[rR][fF])(?P<quote>\"\"\"|'''|\"|')")
_LONGEST = 20_000

_COMMENT = re.compile(r"^[ \t]*#[^\n]*", re.MULTILINE)
_CALL = re.compile(
    r"(?P<exec>(?:^|[:;])[ \t]*exec[ \t]+(?=[\"'\w]))"
    r"|\b(?P<name>[^\W\d]\w{0,80}(?:[ \t]?\.[ \t]?[^\W\d]\w{0,80}){0,8})[ \t]*\(",
    re.MULTILINE,
)
_MAX_CALLS = 20_000


class TextCall(NamedTuple):
    """A call as it is written, its aliases replaced where an import says so."""

    name: str
    offset: int
    line: int
    top: bool
    """Whether its line is not indented."""


def downlevel(text: str) -> str:
    """Return source with what this interpreter's parser may be too old for written in an older way.

    Quotes, lines and comments of f-strings inside their own braces (PEP 701), type parameters (PEP 695), template
    strings (PEP 750), exceptions without brackets (PEP 758), unpacking in comprehensions (PEP 798), lazy imports
    (PEP 810); lines stay where they are.
    """
    text = LAZY_KEYWORD.sub(r"\g<lead>", text)
    text = _TSTRING.sub(r"\g<raw>f\g<more>", text)
    text = _EXCEPT_BARE.sub(_exceptions, text)
    text = _UNPACKED.sub(r"\g<lead>", text)
    text = _TYPE.sub(lambda m: f"{m['lead']}{m['name']} {_lines(m['gone'])}=", text)
    text = _GENERIC.sub(lambda m: m["head"] + _lines(m["gone"]), text)
    parts: list[str] = []
    position = 0
    while (match := _FSTRING.search(text, position)) is not None:
        parts.append(text[position : match.end()])
        inside, position = _fstring(text, match.end(), match["quote"])
        parts.append(inside)
    return "".join((*parts, text[position:]))


def downlevel_as_python2(text: str) -> str:
    """Return `from_python2(downlevel(text))` where text has syntax newer than Python 3.11, else text as it is."""
    return from_python2(downlevel(text)) if any(newer.search(text) for newer in _NEWER) else text


def _exceptions(match: re.Match[str]) -> str:
    """Return exceptions in brackets, but for two plain names: the second may be what Python 2 calls the first."""
    what = match["what"]
    if "*" not in match["lead"] and what.count(",") == 1 and "." not in what.partition(",")[2]:
        return match[0]
    return f"{match['lead']}({what}):"


def _lines(gone: str | None) -> str:
    """Return the line ends of what is left out, written so that they end no statement."""
    return "\\\n" * gone.count("\n") if gone else ""


def _fstring(text: str, start: int, quote: str) -> tuple[str, int]:
    """Return an f-string's content with other quotes and no backslash in its braces, and where it ends.

    One that goes over several lines there, and not by its quotes, gets three quotes.
    """
    other = "'" if quote[0] == '"' else '"'
    made: list[str] = []
    depth = 0
    wide = False
    at = start
    end = min(len(text), start + _LONGEST)
    while at < end:
        char = text[at]
        if depth == 0 and text.startswith(quote, at):
            more = quote * 2 if wide else ""
            return f"{more}{''.join(made)}{quote}{more}", at + len(quote)
        if char == "\n" and len(quote) == 1:
            if depth == 0:
                break
            wide = True
        if char == "#" and depth and text[at - 1] in " \t\n" and (line := text.find("\n", at, end)) > 0:
            at = line
            continue
        if char == "\\" and depth == 0:
            made.append(text[at : at + 2])
            at += 2
            continue
        if char in "{}" and depth == 0 and text[at + 1 : at + 2] == char:
            made.append(char * 2)
            at += 2
            continue
        depth = depth + 1 if char == "{" else max(0, depth - 1) if char == "}" else depth
        made.append(other if depth and char == quote[0] else "/" if depth and char == "\\" else char)
        at += 1
    return text[start:at], at


def from_python2(text: str) -> str:
    """Return Python 2 source with the commonest differences written as in Python 3; lines stay where they are."""
    text = text.expandtabs(8)
    text = _PRINT.sub(_print, text)
    text = _EXEC.sub(lambda m: f"{m['lead']}exec({m['what'].rstrip()})", text)
    text = _EXCEPT.sub(lambda m: f"{m['lead'].rstrip()} as {m['name']}:", text)
    text = _RAISE.sub(lambda m: f"{m['lead']}({m['what']})", text)
    text = _OCTAL.sub(lambda m: f"0o{m['digits']}", text)
    text = _LONG.sub(lambda m: m["digits"], text)
    text = _UNICODE.sub("r", text)
    text = _UNEQUAL.sub("!=", text)
    return _TICKS.sub(r"repr(\1)", text)


def _print(match: re.Match[str]) -> str:
    rest = _PRINT_TO.sub("", match["rest"]).strip().rstrip(",")
    semicolon = rest.endswith(";")
    return f"{match['lead']}print({rest.rstrip(';')})" + (";" if semicolon else "")


def find_imports(text: str) -> dict[str, str]:
    """Return name -> dotted name for what the text imports."""
    found: dict[str, str] = {}
    for match in PLAIN_IMPORT.finditer(text):
        for piece in match["modules"].split(","):
            words = piece.split()
            if len(words) == 3 and words[1] == "as":
                found[words[2]] = words[0]
            elif len(words) == 1:
                found[words[0].partition(".")[0]] = words[0].partition(".")[0]
    for match in FROM_IMPORT.finditer(text):
        for piece in match["names"].split(","):
            words = piece.split()
            if len(words) == 3 and words[1] == "as":
                found[words[2]] = f"{match['module']}.{words[0]}"
            elif len(words) == 1:
                found[words[0]] = f"{match['module']}.{words[0]}"
    return found


def find_calls(text: str) -> Iterator[TextCall]:
    """Yield what the text seems to call; strings are not skipped, so that no quote can hide the rest."""
    text = _COMMENT.sub(lambda m: " " * len(m[0]), text)
    known = find_imports(text)
    line, counted = 1, 0
    for number, match in enumerate(_CALL.finditer(text)):
        if number >= _MAX_CALLS:
            return
        start = match.start()
        line += text.count("\n", counted, start)
        counted = start
        # An exec statement begins at the end of the line before it.
        name = "exec" if match["exec"] is not None else match["name"].replace(" ", "").replace("\t", "")
        first, dot, rest = name.partition(".")
        name = known.get(first, first) + dot + rest
        begin = text.rfind("\n", 0, start) + 1
        top = begin >= len(text) or text[begin] not in " \t"
        yield TextCall(name, start, line, top)
