"""The part of a source file that is worth a tree: what its indicators stand in, and what belongs to that.

A tree costs a hundred times what the indicator pass costs, and of a long file with one indicator nearly all of it
says nothing. The file is cut into its statements at the left margin, and long classes into their methods, without a
parser. Kept are the imports, the statements that hold an indicator, what those use and what uses those; all others
become blank lines, so that line numbers hold. Whatever the cut gets wrong shows as a syntax error in what is left, and
then the whole file is read.
"""

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from features.text.import_lines import STATEMENT_START
from features.text.lexing import PIECE

SMALL = 3_000
"""Characters below which a file is not worth cutting."""
USED = 2
"""Steps from what holds an indicator to what it uses."""
USERS = 3
"""Steps from what holds an indicator to what uses it."""
SHARE = 0.7
"""Of the file: where more is kept than this, all of it is."""

_NO_HEAD = rb"(?![ \t\f\n\0#)\]}]|(?:else|elif|except|finally)\b)"
_HEAD = re.compile(rb"(?m)^" + _NO_HEAD)
_DEFINES = re.compile(
    rb"(?:@[^\n]*\n(?:[^\n]*\n){0,40}?)?(?:async[ \t]+)?(?P<kind>def|class)[ \t]+(?P<name>[\w\x80-\xff]+)"
)
_ASSIGNS = re.compile(rb"([\w\x80-\xff., \t*()\[\]\"]{1,200}?)(?::[^=\n]{0,200})?(?:=(?!=)|[-+|]=)")
_IMPORTS = re.compile(rb"(?m)^%b|^(?:if|try|with)\b(?s:.){0,2000}?^[ \t]+(?:import|from)\b" % STATEMENT_START.encode())
_OPEN, _CLOSE = (b"(", b"[", b"{"), (b")", b"]", b"}")
_HASH = ord("#")
_NAME = re.compile(rb"[A-Za-z_\x80-\xff][\w\x80-\xff]*")
_SAID = re.compile(rb"\.?[A-Za-z_\x80-\xff][\w\x80-\xff]*")
_BINDS = re.compile(rb"(?:lazy[ \t]+)?(?:from[ \t]+[\w.\x80-\xff]+[ \t]+)?import\b([\w\x80-\xff ,.*()\n\t\\]{1,2000})")
_BODY = re.compile(rb"(?m)^([ \t]+)[^\s#\0]")


@dataclass(slots=True)
class _Statement:
    """A statement at the left margin, or one in the body of a long class: its lines, its code without strings."""

    begin: int
    end: int
    code: bytes
    names: tuple[bytes, ...]
    """What it defines: a function or class, a method, variables."""
    block: bool
    """Whether it is a function or a class, which does nothing by standing there."""
    header: int = -1
    """Where the first statement of the class stands that this one belongs to."""


def slice_source(text: str, lines: Sequence[int]) -> str:
    """Return `text` with all lines blank that have nothing to do with `lines` (from 1, ascending)."""
    if len(text) <= SMALL:
        return text
    statements = _statements(text)
    if len(statements) < 3:
        return text
    keep = _wanted(statements, lines)
    rows = text.split("\n")
    kept: list[str] = []
    size = 0
    for at, statement in enumerate(statements):
        if at in keep:
            part = rows[statement.begin : statement.end]
            size += sum(map(len, part))
            kept += part
        else:
            kept += [""] * (statement.end - statement.begin)
    return text if size > SHARE * len(text) else "\n".join(kept)


def _statements(text: str) -> list[_Statement]:
    """Return the statements of a file in order; together they cover all of its lines."""
    found: list[_Statement] = []
    for begin, end, code in _split(_skeleton(text.encode("utf-8", "replace")), _HEAD, 0):
        defines = _DEFINES.match(code) if code[:1] in b"@dca" else None
        if defines is None:
            bound = _ASSIGNS.match(code) or _BINDS.match(code)
            names = tuple(_NAME.findall(bound[1])) if bound is not None else ()
            found.append(_Statement(begin, end, code, names, block=False))
        elif defines["kind"] == b"class" and len(code) > SMALL:
            found += _class(begin, end, code, defines["name"], len(found))
        else:
            found.append(_Statement(begin, end, code, (defines["name"],), block=True))
    return found


def _class(begin: int, end: int, code: bytes, name: bytes, at: int) -> list[_Statement]:
    """Return a class in pieces: what stands before its first method, and its methods."""
    body = _BODY.search(code)
    if body is None:
        return [_Statement(begin, end, code, (name,), block=True)]
    head = re.compile(rb"(?m)^" + body[1] + _NO_HEAD)
    found: list[_Statement] = []
    for first, last, part in _split(code, head, begin):
        if not found:
            found.append(_Statement(first, last, part, (name,), block=True))
            continue
        defines = _DEFINES.match(part.lstrip(b" \t"))
        if defines is None:
            found[-1].end = last
            found[-1].code += part
        else:
            found.append(_Statement(first, last, part, (defines["name"],), block=True, header=at))
    return found


def _split(code: bytes, head: re.Pattern[bytes], line: int) -> Iterator[tuple[int, int, bytes]]:
    """Yield (first line, line after the last, code) of the statements that begin at `head`."""
    starts = [0, *(match.start() for match in head.finditer(code) if match.start())]
    begin, opened, waits = line, 0, False
    held: list[bytes] = []
    for at, start in enumerate(starts):
        last = at + 1 == len(starts)
        part = code[start:] if last else code[start : starts[at + 1]]
        first = part.lstrip(b" \t")[:1]
        # A decorator waits for what it stands above.
        waits = (first == b"@" or (waits and first not in b"adc")) if opened <= 0 else waits
        held.append(part)
        line += part.count(b"\n")
        opened += sum(map(part.count, _OPEN)) - sum(map(part.count, _CLOSE))
        if last:
            yield begin, line + (not part.endswith(b"\n")), b"".join(held)
        elif opened <= 0 and not waits and not part.rstrip(b"\n\0 \t").endswith(b"\\"):
            yield begin, line, b"".join(held)
            begin, opened, waits = line, 0, False
            held.clear()


def _skeleton(data: bytes) -> bytes:
    """Return code without what its strings and comments say; lines that begin in a string begin with a zero byte."""
    parts = PIECE.split(data)
    parts[1::2] = [b"" if piece[0] == _HASH else b'"' + b"\n\0" * piece.count(b"\n") for piece in parts[1::2]]
    return b"".join(parts)


def _wanted(statements: Sequence[_Statement], lines: Sequence[int]) -> set[int]:
    """Return the places of the statements to keep."""
    begins = [statement.begin for statement in statements]
    hit = {bisect_right(begins, line - 1) - 1 for line in lines}
    keep = hit | {at for at, s in enumerate(statements) if not s.block and _IMPORTS.match(s.code) is not None}
    own = {_header(statements, at) for at in hit}
    used = hit
    for _ in range(USED):
        words = {word for at in used for word in _NAME.findall(statements[at].code)}
        used = {
            at
            for at, s in enumerate(statements)
            if at not in keep and (s.header < 0 or s.header in own) and not words.isdisjoint(s.names)
        }
        keep |= used
        own |= used
    users = hit
    said = [frozenset[bytes]()] * len(statements)
    for _ in range(USERS):
        names = {name for at in users for name in _called(statements[at])}
        if not names:
            break
        for at, s in enumerate(statements):
            if at not in keep and not said[at]:
                said[at] = frozenset(_SAID.findall(s.code))
        users = {at for at, words in enumerate(said) if at not in keep and not names.isdisjoint(words)}
        keep |= users
    return keep | {_header(statements, at) for at in keep}


def _header(statements: Sequence[_Statement], at: int) -> int:
    header = statements[at].header
    return at if header < 0 else header


def _called(statement: _Statement) -> tuple[bytes, ...]:
    """Return what code says that uses a statement: a method's name behind a dot, any other with or without one."""
    if statement.header >= 0:
        return (b"." + statement.names[0],)
    return tuple(said for name in statement.names if name != b"as" for said in (name, b"." + name))
