"""Reduces a source file to the statements around its indicators before it is parsed.

Parsing and analysing a file costs many times as much as finding its indicators (stage `code` of `boojum bench`), and
most of a long file has nothing to do with them. The file is split into its statements at the left margin, and long
classes into their methods, without a parser. Imports, statements with an indicator, what those use and what uses those
are kept; all other lines become blank, so that line numbers stay the same. A wrong split causes a syntax error in the
result; the caller then reads the whole file.
"""

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from features.text.import_lines import STATEMENT_START
from features.text.lexing import PIECE

MIN_SLICED = 3_000
"""Characters up to which a file or class is kept whole."""
USED_STEPS = 2
"""Steps that are followed from a statement with an indicator to the definitions that it uses."""
USER_STEPS = 3
"""Steps that are followed from a statement with an indicator to the statements that use it."""
MAX_SHARE = 0.7
"""Share of a file above which all of it is kept."""

_NO_STATEMENT = rb"(?![ \t\f\n\0#)\]}]|(?:else|elif|except|finally)\b)"
_STATEMENT = re.compile(rb"(?m)^" + _NO_STATEMENT)
_DEFINITION = re.compile(
    rb"(?:@[^\n]*\n(?:[^\n]*\n){0,40}?)?(?:async[ \t]+)?(?P<kind>def|class)[ \t]+(?P<name>[\w\x80-\xff]+)"
)
_ASSIGNMENT = re.compile(rb"([\w\x80-\xff., \t*()\[\]\"]{1,200}?)(?::[^=\n]{0,200})?(?:=(?!=)|[-+|]=)")
_IMPORTS = re.compile(rb"(?m)^%b|^(?:if|try|with)\b(?s:.){0,2000}?^[ \t]+(?:import|from)\b" % STATEMENT_START.encode())
_OPENING, _CLOSING = (b"(", b"[", b"{"), (b")", b"]", b"}")
_HASH = ord("#")
_NAME = re.compile(rb"[A-Za-z_\x80-\xff][\w\x80-\xff]*")
_REFERENCE = re.compile(rb"\.?[A-Za-z_\x80-\xff][\w\x80-\xff]*")
_IMPORTED_NAMES = re.compile(
    rb"(?:lazy[ \t]+)?(?:from[ \t]+[\w.\x80-\xff]+[ \t]+)?import\b([\w\x80-\xff ,.*()\n\t\\]{1,2000})"
)
_FIRST_INDENT = re.compile(rb"(?m)^([ \t]+)[^\s#\0]")


@dataclass(slots=True)
class _Statement:
    """A statement at the left margin, or a method of a long class.

    `begin` is its first line, from 0, and `end` the line after it; `code` has no strings and comments. `names` are
    the function, class, method or variables that it defines.
    """

    begin: int
    end: int
    code: bytes
    names: tuple[bytes, ...]
    is_definition: bool
    """True for a function or a class, which has no effect before it is called."""
    class_index: int = -1
    """Index of the statement that opens the class of a method, else -1."""


def slice_source(text: str, lines: Sequence[int]) -> str:
    """Return `text` with all lines blank that are unrelated to `lines` (from 1, ascending).

    Returns `text` itself if it is short or most of it would be kept.
    """
    if len(text) <= MIN_SLICED:
        return text
    statements = split_statements(text)
    if len(statements) < 3:
        return text
    selected = _select_statements(statements, lines)
    rows = text.split("\n")
    kept: list[str] = []
    size = 0
    for index, statement in enumerate(statements):
        if index in selected:
            part = rows[statement.begin : statement.end]
            size += sum(map(len, part))
            kept += part
        else:
            kept += [""] * (statement.end - statement.begin)
    return text if size > MAX_SHARE * len(text) else "\n".join(kept)


def split_statements(text: str) -> list[_Statement]:
    """Return the statements of a file in order; together they cover all of its lines."""
    found: list[_Statement] = []
    for begin, end, code in _split_at(_STATEMENT, _blank_strings(text.encode("utf-8", "replace")), 0):
        definition = _DEFINITION.match(code) if code[:1] in b"@dca" else None
        if definition is None:
            bound = _ASSIGNMENT.match(code) or _IMPORTED_NAMES.match(code)
            names = tuple(_NAME.findall(bound[1])) if bound is not None else ()
            found.append(_Statement(begin, end, code, names, is_definition=False))
        elif definition["kind"] == b"class" and len(code) > MIN_SLICED:
            found += _split_class(begin, end, code, definition["name"], len(found))
        else:
            found.append(_Statement(begin, end, code, (definition["name"],), is_definition=True))
    return found


def _split_class(begin: int, end: int, code: bytes, name: bytes, class_index: int) -> list[_Statement]:
    """Return the parts of a class: the lines above its first method, then its methods."""
    body = _FIRST_INDENT.search(code)
    if body is None:
        return [_Statement(begin, end, code, (name,), is_definition=True)]
    member = re.compile(rb"(?m)^" + body[1] + _NO_STATEMENT)
    found: list[_Statement] = []
    for first, last, part in _split_at(member, code, begin):
        if not found:
            found.append(_Statement(first, last, part, (name,), is_definition=True))
            continue
        definition = _DEFINITION.match(part.lstrip(b" \t"))
        if definition is None:
            found[-1].end = last
            found[-1].code += part
        else:
            found.append(_Statement(first, last, part, (definition["name"],), True, class_index))
    return found


def _split_at(start: re.Pattern[bytes], code: bytes, line: int) -> Iterator[tuple[int, int, bytes]]:
    """Yield (first line, line after the last, code) of the statements that begin where `start` matches.

    A match inside open brackets, after a backslash or below a decorator does not begin a statement.
    """
    starts = [0, *(match.start() for match in start.finditer(code) if match.start())]
    begin, open_brackets, is_decorated = line, 0, False
    held: list[bytes] = []
    for index, position in enumerate(starts):
        is_last = index + 1 == len(starts)
        part = code[position:] if is_last else code[position : starts[index + 1]]
        first = part.lstrip(b" \t")[:1]
        if open_brackets <= 0:
            is_decorated = first == b"@" or (is_decorated and first not in b"adc")
        held.append(part)
        line += part.count(b"\n")
        open_brackets += sum(map(part.count, _OPENING)) - sum(map(part.count, _CLOSING))
        if is_last:
            yield begin, line + (not part.endswith(b"\n")), b"".join(held)
        elif open_brackets <= 0 and not is_decorated and not part.rstrip(b"\n\0 \t").endswith(b"\\"):
            yield begin, line, b"".join(held)
            begin, open_brackets, is_decorated = line, 0, False
            held.clear()


def _blank_strings(data: bytes) -> bytes:
    """Return code without comments and with empty strings, and a zero byte at each line start inside a string."""
    parts = PIECE.split(data)
    parts[1::2] = [b"" if piece[0] == _HASH else b'"' + b"\n\0" * piece.count(b"\n") for piece in parts[1::2]]
    return b"".join(parts)


def _select_statements(statements: Sequence[_Statement], lines: Sequence[int]) -> set[int]:
    """Return the indexes of the statements to keep."""
    begins = [statement.begin for statement in statements]
    marked = {bisect_right(begins, line - 1) - 1 for line in lines}
    imports = {
        index
        for index, statement in enumerate(statements)
        if not statement.is_definition and _IMPORTS.match(statement.code) is not None
    }
    selected = marked | imports
    _add_used(statements, marked, selected)
    _add_users(statements, marked, selected)
    return selected | {_class_of(statements, index) for index in selected}


def _add_used(statements: Sequence[_Statement], marked: set[int], selected: set[int]) -> None:
    """Select the definitions that the marked statements use; methods only if their class is used itself."""
    classes = {_class_of(statements, index) for index in marked}
    step = marked
    for _ in range(USED_STEPS):
        words = {word for index in step for word in _NAME.findall(statements[index].code)}
        step = {
            index
            for index, statement in enumerate(statements)
            if index not in selected
            and (statement.class_index < 0 or statement.class_index in classes)
            and not words.isdisjoint(statement.names)
        }
        selected |= step
        classes |= step


def _add_users(statements: Sequence[_Statement], marked: set[int], selected: set[int]) -> None:
    """Select the statements that use the marked ones."""
    references = [frozenset[bytes]()] * len(statements)
    step = marked
    for _ in range(USER_STEPS):
        names = {name for index in step for name in _references_to(statements[index])}
        if not names:
            break
        for index, statement in enumerate(statements):
            if index not in selected and not references[index]:
                references[index] = frozenset(_REFERENCE.findall(statement.code))
        step = {
            index for index, words in enumerate(references) if index not in selected and not names.isdisjoint(words)
        }
        selected |= step


def _class_of(statements: Sequence[_Statement], index: int) -> int:
    """Return the index of the statement that opens the class of a method, or of the statement itself."""
    class_index = statements[index].class_index
    return index if class_index < 0 else class_index


def _references_to(statement: _Statement) -> tuple[bytes, ...]:
    """Return the texts that refer to a statement: its names, with and without a dot; with one only for a method."""
    if statement.class_index >= 0:
        return (b"." + statement.names[0],)
    return tuple(reference for name in statement.names if name != b"as" for reference in (name, b"." + name))
