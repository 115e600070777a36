from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.text.lexing import code_bytes, identifiers, lex


@pytest.mark.parametrize(
    ("source", "strings", "comment", "docstring"),
    [
        (b"a = 'x'  # note\n", (b"x",), 6, 0),
        (b'"""doc"""\nb = """text"""\n', (b"text",), 0, 9),
        (b"def f():\n    '''doc'''\n    return 'a\\'b'\n", (b"a\\'b",), 0, 9),
        (b"a = '#no comment'\n", (b"#no comment",), 0, 0),
        (b"# 'no string'\n", (), 13, 0),
        (b'a = "open\nb = 1\n', (b"ope",), 0, 0),
        (b'f("""', (b"",), 0, 0),
        (b"x = r'\\'  # still a string", (b"\\'  # still a strin",), 0, 0),
        (b"", (), 0, 0),
    ],
)
def test_pieces(source: Any, strings: Any, comment: Any, docstring: Any) -> None:
    lexed = lex(source)
    assert (lexed.strings, lexed.comment_bytes, lexed.docstring_bytes) == (strings, comment, docstring)


def test_identifiers_are_names_and_not_words_of_the_language() -> None:
    assert identifiers(b"for key in obj.items(): x1 = 0x1F if key.\xc3\xa9t\xc3\xa9 else 12") == (
        b"key", b"obj", b"items", b"x1", b"\xc3\xa9t\xc3\xa9",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("source", "size"),
    [(b"", 0), (b'"""Only a docstring."""\n# and a comment\n', 0), (b"import os\n", 8), (b'__version__ = "1.0"\n', 15)],
)
def test_code_bytes_leave_out_what_does_nothing(source: Any, size: Any) -> None:
    assert code_bytes(source) == size


@pytest.mark.parametrize("piece", [b'"""', b'"\\', b"'", b'"a', b"\\", b'"""""\\', b"#", b"'''\"", b"\n'"])
def test_a_hostile_megabyte_is_cut_whole(piece: Any) -> None:
    data = piece * (2**20 // len(piece))
    lexed = lex(data)
    kept = len(lexed.code) + sum(map(len, lexed.strings)) + lexed.comment_bytes + lexed.docstring_bytes
    assert 0 < kept <= 2 * len(data)


@given(st.binary(max_size=200))
def test_pieces_are_never_more_than_the_source(source: Any) -> None:
    lexed = lex(source)
    assert sum(map(len, lexed.strings)) + lexed.comment_bytes + lexed.docstring_bytes <= len(source)
