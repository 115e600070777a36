"""Splits Python source into code, strings and comments without a parser, in time linear in its length.

One pass of a regular expression finds strings and comments; the rest is code. Any bytes are accepted: Python 2, broken
files, other languages. Prefixes of strings and expressions in f-strings are not recognised. An unclosed string ends
with its line, an unclosed triple-quoted one with the file.
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
"""Matches a string with its quotes, or a comment."""
_WORDS = bytes(code if chr(code).isalnum() or code == 95 or code >= 128 else 32 for code in range(256))
_HASH = ord("#")
_TRIPLE = (b'"""', b"'''")

KEYWORDS = frozenset(
    b"False None True and as assert async await break class continue def del elif else except finally for from "
    b"global if import in is lambda nonlocal not or pass raise return try while with yield print exec self".split()
)
"""Keywords of Python, which are not names."""


@dataclass(frozen=True, slots=True)
class Lexed:
    """One source file, split into code, strings and comments.

    `code` is the source with each string and comment replaced by a space. `strings` are their contents without quotes;
    docstrings are left out. Sizes are bytes.
    """

    code: bytes
    strings: tuple[bytes, ...]
    comment_bytes: int
    docstring_bytes: int


def lex(data: bytes) -> Lexed:
    """Split a source file into code, strings and comments."""
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
    # Words begin with a letter, an underscore or a digit; words that sort before ":" begin with a digit.
    words = dict.fromkeys([word for word in code.translate(_WORDS).split() if word > b":"])
    for word in KEYWORDS:
        words.pop(word, None)
    return tuple(words)


def code_bytes(data: bytes) -> int:
    """Return how many bytes of a source file are code or strings: without comments, docstrings and white space."""
    lexed = lex(data)
    return sum(map(len, lexed.code.split())) + sum(map(len, lexed.strings))
