import ast
import codecs
import tokenize
from io import BytesIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.archive.file_type import wide_encoding
from features.text.decode import decode_source, decode_text

CODE = "import os\nx = 'é'\n"


@pytest.mark.parametrize(
    ("encoding", "text", "data"),
    [
        ("utf-8", CODE, CODE.encode()),
        ("utf-8", CODE, codecs.BOM_UTF8 + CODE.encode()),
        ("utf-8", "a\nb\nc\n", b"a\r\nb\rc\n"),
        ("utf-8", "a\x0cb\x0b\u2028c", "a\x0cb\x0b\u2028c".encode()),
        ("utf-8", "", b""),
        ("latin_1", f"# coding: latin-1\n{CODE}", f"# coding: latin-1\n{CODE}".encode("latin-1")),
        ("latin_1", f"#!/x\n# vim: set fileencoding=iso-8859-1 :\n{CODE}", f"#!/x\n# vim: set fileencoding=iso-8859-1 :\n{CODE}".encode("latin-1")),
        ("latin_1", "# coding: latin-1-unix\né", "# coding: latin-1-unix\né".encode("latin-1")),
        ("cp1252", "# coding: cp1252\n€", "# coding: cp1252\n€".encode("cp1252")),
        ("utf_7", "# coding: utf-7\nimport os\n", b"# coding: utf-7\n+AGkAbQBwAG8AcgB0- os\n"),
        ("rot_13", "# pbqvat: ebg13\nimport os", b"# coding: rot13\nvzcbeg bf"),
        ("unicode_escape", "# coding: unicode_escape\n\nimport os", b"# coding: unicode_escape\n\\u000aimport os"),
        ("raw_unicode_escape", "# coding: raw_unicode_escape\n\nx", b"# coding: raw_unicode_escape\n\\u000ax"),
        ("utf-16-le", CODE, codecs.BOM_UTF16_LE + CODE.encode("utf-16-le")),
        ("utf-16-be", CODE, codecs.BOM_UTF16_BE + CODE.encode("utf-16-be")),
        ("utf-16-le", CODE, CODE.encode("utf-16-le")),
        ("utf-16-be", CODE, CODE.encode("utf-16-be")),
        ("utf-16-le", f"# coding: utf-16\n{CODE}", f"# coding: utf-16\n{CODE}".encode("utf-16-le")),
        ("utf-32-le", CODE, codecs.BOM_UTF32_LE + CODE.encode("utf-32-le")),
        ("utf-32-be", CODE, CODE.encode("utf-32-be")),
    ],
)  # fmt: skip
def test_decode_source(encoding: str, text: str, data: bytes) -> None:
    decoded = decode_source(data)
    assert (encoding, text) == (decoded.encoding, decoded.text)


@pytest.mark.parametrize(
    ("problems", "data"),
    [
        ((), CODE.encode()),
        (("bad_bytes",), b"x = '\xe9'"),
        (("unknown_encoding",), b"# coding: klingon\n"),
        (("unknown_encoding",), b"# coding: zlib\n"),
        (("unknown_encoding",), b"# coding: hex\n"),
        (("unknown_encoding",), b"# coding: utf-16\n"),
        (("unknown_encoding",), b"# coding: os.path\n"),
        (("bom_and_cookie",), codecs.BOM_UTF8 + b"# coding: latin-1\n"),
        (("nul",), b"x = 1 \0 junk\n"),
        (("utf16",), CODE.encode("utf-16")),
        (("unusual_encoding",), b"# coding: utf-7\n"),
        (("unusual_encoding", "bad_bytes"), b"# coding: utf-7\n\xff\n"),
        (("bad_bytes",), b"# coding: ascii\n\xff\n"),
        (("too_long",), b"# coding: punycode\n" + b"x" * 50_000),
    ],
)
def test_problems(problems: tuple[str, ...], data: bytes) -> None:
    assert problems == decode_source(data).problems


def test_only_the_first_two_lines_name_an_encoding() -> None:
    assert decode_source(b"\n\n# coding: utf-7\n+AGk-").encoding == "utf-8"
    assert decode_source(b"x = 1\n# coding: utf-7\n+AGk-").encoding == "utf-8"


def test_what_follows_a_zero_byte_is_a_comment_as_it_was_to_older_pythons() -> None:
    tree = ast.parse(decode_source(b"x = 1 \0 $$$\ny = 2\n").text)
    assert len(tree.body) == 2


def test_zero_bytes_in_a_first_comment_do_not_hide_the_rest() -> None:
    data = b"#\0" * 2100 + b"\nimport os\n" * 2000
    assert wide_encoding(data) == ""
    assert "import os" in decode_source(data).text


def test_text_has_no_cookie() -> None:
    assert decode_text(b"# coding: utf-7\n+AGk-").text == "# coding: utf-7\n+AGk-"
    assert decode_text("é".encode("latin-1")).encoding == "latin-1"
    assert decode_text(CODE.encode("utf-16-le")).text == CODE


def test_what_another_reader_sees_is_kept() -> None:
    plain = "import os\n"
    assert decode_source(b"# coding: latin-1\nimport os\n").also == ""
    assert plain in decode_source(b"# coding: utf-7\n+AGk-import os\n").also
    assert plain in decode_text(b"# coding: utf-7\n+AGkAbQBwAG8AcgB0- os\n").also
    assert decode_text(b"# coding: latin-1\n\xe9\n").also == ""
    assert decode_source(CODE.encode("utf-16")).also == ""
    assert plain in decode_source(b"\xff\xfe = 1\nimport os\n").also + "\n"
    assert plain in decode_source(b"# 1\n" * 90 + plain.encode("utf-16-le")).also


@given(
    st.sampled_from(["utf-7", "u7", "cp037", "latin-1", "rot13", "raw-unicode-escape", "iso-2022-jp", "klingon"]),
    st.text("-_", max_size=2),
    st.text("-_", min_size=1, max_size=2),
)
def test_names_of_codecs_are_pythons(name: str, before: str, between: str) -> None:
    named = before + name.replace("-", between) + before
    try:
        expected = codecs.lookup(named)._is_text_encoding or "rot" in named
    except LookupError:
        expected = False
    assert expected == ("unknown_encoding" not in decode_source(f"# coding: {named}\n".encode()).problems)


@given(st.binary(max_size=200))
def test_any_bytes_become_text_that_can_be_encoded(data: bytes) -> None:
    for decoded in (decode_source(data), decode_text(data)):
        assert "\r" not in decoded.text + decoded.also
        (decoded.text + decoded.also).encode()


@given(
    st.sampled_from(["utf-7", "unicode_escape", "raw_unicode_escape", "punycode", "idna", "cp037", "big5", "rot13", "utf-8", "utf_8_sig", "hz"]),
    st.binary(max_size=100),
)  # fmt: skip
def test_any_bytes_in_any_named_encoding(name: str, data: bytes) -> None:
    decode_source(b"# coding: " + name.encode() + b"\n" + data).text.encode()


@given(st.binary(max_size=60).map(lambda data: data.replace(b"\0", b"")))
def test_cookie_agrees_with_tokenize(line: bytes) -> None:
    data = b"#" + line + b"\n"
    try:
        encoding, _ = tokenize.detect_encoding(BytesIO(data).readline)
    except SyntaxError:
        return
    if b"\r" in line or b"\x0c" in line or encoding != "utf-8":
        return
    assert decode_source(data).text.startswith(data.decode(encoding)[:5].replace("\r", "\n"))
