"""Python source cut into code, strings and comments without a parser, in time linear in its length.

One pass of a regular expression finds strings and comments; what lies between them is code. It reads any
bytes: Python 2, broken files, no Python at all. It does not know prefixes of strings nor what stands in the
braces of f-strings; a string that is not closed ends at its line, a triple-quoted one at the end of the file.
"""

import re
from dataclasses import dataclass

PIECE = re.compile(
    rb"""(\#[^\n]*+
    |\"\"\"(?:[^"\\]++|\\.|"(?!""))*+(?:\"\"\"|\\?\Z)
    |'''(?:[^'\\]++|\\.|'(?!''))*+(?:'''|\\?\Z)
    |"(?:[^"\\\n]++|\\.)*+(?:"|(?=\n)|\\?\Z)
    |'(?:[^'\\\n]++|\\.)*+(?:'|(?=\n)|\\?\Z))""",
    re.VERBOSE | re.DOTALL,
)
"""A string with its quotes, or a comment."""
_WORDS = bytes(code if chr(code).isalnum() or code == 95 or code >= 128 else 32 for code in range(256))
_HASH = ord("#")
_TRIPLE = (b'"""', b"'''")

KEYWORDS = frozenset(
    b"False None True and as assert async await break class continue def del elif else except finally for from "
    b"global if import in is lambda nonlocal not or pass raise return try while with yield print exec self".split()
)
"""Words of the language, which say nothing of the names somebody chose."""


@dataclass(frozen=True, slots=True)
class Lexed:
    """One source file in pieces.

    `code` is what is neither string nor comment, each of those replaced by a space. `strings` are contents
    without quotes, docstrings not among them. Sizes are bytes.
    """

    code: bytes
    strings: tuple[bytes, ...]
    comment_bytes: int
    docstring_bytes: int


def lex(data: bytes) -> Lexed:
    """Cut a source file into code, strings and comments."""
    parts = PIECE.split(data)
    gaps, pieces = parts[0::2], parts[1::2]
    strings = [piece[1:-1] for piece in pieces if piece[0] != _HASH and piece[:3] not in _TRIPLE]
    docstrings = 0
    for at, piece in enumerate(pieces):
        if piece[:3] not in _TRIPLE:
            continue
        before = gaps[at].rstrip(b" \t")
        if before[-1:] == b"\n" or not (before or at):
            docstrings += len(piece)
        else:
            strings.append(piece[3:-3] if len(piece) >= 6 else piece[3:])
    comments = sum([len(piece) for piece in pieces if piece[0] == _HASH])
    return Lexed(b" ".join(gaps), tuple(strings), comments, docstrings)


def identifiers(code: bytes) -> tuple[bytes, ...]:
    """Return the distinct names in code, in order of appearance, without keywords and numbers."""
    # No word begins with a sign: what sorts before the sign after the digits begins with a digit.
    words = dict.fromkeys([word for word in code.translate(_WORDS).split() if word > b":"])
    for word in KEYWORDS:
        words.pop(word, None)
    return tuple(words)


def code_bytes(data: bytes) -> int:
    """Return how many bytes of a source file are code or strings: no comment, docstring or white space."""
    lexed = lex(data)
    return sum(map(len, lexed.code.split())) + sum(map(len, lexed.strings))
