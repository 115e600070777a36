"""Parses source of other Python versions: rewrites syntax that this interpreter does not know, then parses again.

Every rewriting keeps the number of lines, so that line numbers remain those of the file.
"""

import ast
import re
from typing import NamedTuple

from features.code.parse.safe_parse import MAX_TOKENS, UnparsableError, parse_source
from features.text.import_lines import LAZY_KEYWORD

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
_GENERIC = re.compile(rf"\b(?P<head>(?:def|class)[ \t]+\w+)[ \t]*+(?P<parameters>{_BRACKETS})(?=[ \t]*[(:])")
_TYPE = re.compile(
    rf"(?P<lead>(?:^|[:;])[ \t]*)type[ \t]+(?P<name>\w+)[ \t]*+(?P<parameters>{_BRACKETS})?+[ \t]*+=(?!=)", re.MULTILINE
)
_TSTRING = re.compile(r"(?<![\w\"'])(?P<raw>[rR]?)[tT](?P<more>[rR]?)(?=[\"'])")
_EXCEPT_BARE = re.compile(
    r"^(?P<lead>[ \t]*except(?:[ \t]*\*)?[ \t]++)(?P<what>[\w.]+(?:[ \t]*+,[ \t]*+[\w.]+)+)[ \t]*:", re.MULTILINE
)
_UNPACKED = re.compile(r"(?P<lead>[\[({]\s{0,99})\*{1,2}(?=[^\[\]{}\n]{1,200}\bfor\b)")
_NEWER = (_TSTRING, LAZY_KEYWORD, _EXCEPT_BARE, _UNPACKED)
_FSTRING = re.compile(r"(?<![\w\"'])(?:[fF][rR]?|[rR][fF])(?P<quote>\"\"\"|'''|\"|')")
_MAX_FSTRING = 20_000
"""Characters of the longest f-string that is rewritten."""


class ParsedSource(NamedTuple):
    """The syntax tree of a text, or the reason that it has none: "depth", "syntax" or "size".

    `is_python2` is True if the text only parses as Python 2.
    """

    tree: ast.Module | None
    reason: str = ""
    is_python2: bool = False


def parse_any_version(text: str, max_depth: int, max_tokens: int = MAX_TOKENS) -> ParsedSource:
    """Return the syntax tree of source of this Python version, a newer one or Python 2."""
    try:
        return ParsedSource(parse_source(text, max_depth, max_tokens))
    except UnparsableError as error:
        reason = error.reason
    if reason == "syntax":
        for rewrite in (downlevel, from_python2, downlevel_as_python2):
            try:
                tree = parse_source(rewrite(text), max_depth, max_tokens)
            except UnparsableError:
                continue
            return ParsedSource(tree, is_python2=rewrite is from_python2)
    return ParsedSource(None, reason)


def downlevel(text: str) -> str:
    """Return source with syntax of newer Python versions rewritten for this one.

    This covers quotes, lines and comments of f-strings inside their braces (PEP 701), type parameters (PEP 695),
    template strings (PEP 750), `except` without brackets (PEP 758), unpacking in comprehensions (PEP 798) and lazy
    imports (PEP 810).
    """
    text = LAZY_KEYWORD.sub(r"\g<lead>", text)
    text = _TSTRING.sub(r"\g<raw>f\g<more>", text)
    text = _EXCEPT_BARE.sub(_bracket_exceptions, text)
    text = _UNPACKED.sub(r"\g<lead>", text)
    text = _TYPE.sub(lambda m: f"{m['lead']}{m['name']} {_continued_lines(m['parameters'])}=", text)
    text = _GENERIC.sub(lambda m: m["head"] + _continued_lines(m["parameters"]), text)
    parts: list[str] = []
    position = 0
    while (match := _FSTRING.search(text, position)) is not None:
        parts.append(text[position : match.end()])
        content, position = _rewrite_fstring(text, match.end(), match["quote"])
        parts.append(content)
    return "".join((*parts, text[position:]))


def downlevel_as_python2(text: str) -> str:
    """Return `from_python2(downlevel(text))` if text has syntax newer than Python 3.11, else text unchanged.

    Only this makes an `except` with two plain names and no brackets parse: `downlevel` leaves it, since it may be
    Python 2's.
    """
    return from_python2(downlevel(text)) if any(newer.search(text) for newer in _NEWER) else text


def _bracket_exceptions(match: re.Match[str]) -> str:
    """Return exceptions in brackets, but two plain names unchanged: in Python 2 the second is a variable."""
    what = match["what"]
    if "*" not in match["lead"] and what.count(",") == 1 and "." not in what.partition(",")[2]:
        return match[0]
    return f"{match['lead']}({what}):"


def _continued_lines(removed: str | None) -> str:
    """Return the line ends of a removed text, each with a backslash so that it does not end a statement."""
    return "\\\n" * removed.count("\n") if removed else ""


def _rewrite_fstring(text: str, start: int, quote: str) -> tuple[str, int]:
    """Return the content of an f-string from `start` to its closing quote, and the position after that.

    Inside braces, quotes become the other kind and backslashes become slashes. An f-string that spans
    several lines only inside its braces gets triple quotes.
    """
    other_quote = "'" if quote[0] == '"' else '"'
    written: list[str] = []
    depth = 0
    multiline = False
    position = start
    end = min(len(text), start + _MAX_FSTRING)
    while position < end:
        char = text[position]
        if depth == 0 and text.startswith(quote, position):
            more = quote * 2 if multiline else ""
            return f"{more}{''.join(written)}{quote}{more}", position + len(quote)
        if char == "\n" and len(quote) == 1:
            if depth == 0:
                break
            multiline = True
        if char == "#" and depth and text[position - 1] in " \t\n" and (line := text.find("\n", position, end)) > 0:
            position = line
            continue
        if char == "\\" and depth == 0:
            written.append(text[position : position + 2])
            position += 2
            continue
        if char in "{}" and depth == 0 and text[position + 1 : position + 2] == char:
            written.append(char * 2)
            position += 2
            continue
        depth = depth + 1 if char == "{" else max(0, depth - 1) if char == "}" else depth
        written.append(other_quote if depth and char == quote[0] else "/" if depth and char == "\\" else char)
        position += 1
    return text[start:position], position


def from_python2(text: str) -> str:
    """Return Python 2 source with its most frequent differences rewritten as Python 3."""
    text = text.expandtabs(8)
    text = _PRINT.sub(_rewrite_print, text)
    text = _EXEC.sub(lambda m: f"{m['lead']}exec({m['what'].rstrip()})", text)
    text = _EXCEPT.sub(lambda m: f"{m['lead'].rstrip()} as {m['name']}:", text)
    text = _RAISE.sub(lambda m: f"{m['lead']}({m['what']})", text)
    text = _OCTAL.sub(lambda m: f"0o{m['digits']}", text)
    text = _LONG.sub(lambda m: m["digits"], text)
    text = _UNICODE.sub("r", text)
    text = _UNEQUAL.sub("!=", text)
    return _TICKS.sub(r"repr(\1)", text)


def _rewrite_print(match: re.Match[str]) -> str:
    rest = _PRINT_TO.sub("", match["rest"]).strip().rstrip(",")
    semicolon = rest.endswith(";")
    return f"{match['lead']}print({rest.rstrip(';')})" + (";" if semicolon else "")
