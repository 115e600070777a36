"""Lines of many files, measured at once."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.text.decode import decode_source
from features.text.line_metrics import LONG_LINE, has_blank_run, measure_lines, to_utf8, with_line_end

PIECES = [
    b"x = 1\n",
    b"\n" * 35,
    b" \n" * 31,
    b" x \n",
    b"y" * (LONG_LINE + 1),
    b";" + b" " * 130 + b"exec(x)\n",
    b"\t" * 160 + b"y\n",
    b"\r\n",
    b"\r",
    b"\0",
    b"\x7f\x01",
    b"# coding: latin-1\n",
    b"\xef\xbb\xbf",
    b"\xff\xfe",
    b"\xe9",
    "\u202e\u200b".encode(),
    "\u3000".encode() * 25,
]
files = st.lists(st.sampled_from(PIECES), min_size=1, max_size=6).map(b"".join)


@given(st.lists(files, min_size=1, max_size=5))
def test_a_file_among_others_is_measured_as_it_is_alone(several: Any) -> None:
    assert [measure_lines([one])[0] for one in several] == measure_lines(several)


@given(files)
def test_a_file_is_plain_where_its_bytes_are_its_text(data: Any) -> None:
    shape = measure_lines([data])[0]
    assert (to_utf8(data) == data) == shape.is_plain
    assert len(with_line_end(to_utf8(data))) == shape.size
    assert to_utf8(data).count(b"\n") + (not to_utf8(data).endswith(b"\n")) == shape.lines


@pytest.mark.parametrize(
    ("data", "field", "expected"),
    [
        (b"x\n" + b"y" * 1_200 + b"\n" + b"z" * 1_200, "long_at", 1_203),
        (b"x\n" + b"y" * 1_200 + b"\n" + b"z" * 1_100, "long_at", 2),
        (b"x\n" + b"y" * 1_000, "long_at", 0),
        (b"x\n" + b"y" * 1_001, "long_lines", 1),
        (b"x\n" + b"y" * 201 + b"\n" + b"z" * 200, "wide_lines", 1),
        (b"x\n" + b"\n" * 30 + b"y\n", "blank_run", 30),
        (b"x\n" + b"\n" * 29 + b"y\n", "blank_run", 0),
        (b"x\n" + b"\n" * 40, "blank_run", 0),
    ],
)
def test_figures(data: Any, field: Any, expected: Any) -> None:
    assert expected == getattr(measure_lines([b"first = 1\n", data])[1], field)


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"x\n" + b"\n" * 30 + b"y\n", True),
        (b"x\n" + b"\n" * 29 + b"y\n", False),
        (b"x\n" + b"\n" * 30 + b" y \n", False),
        (b"\n" * 40, False),
    ],
)
def test_blank_lines_count_where_something_stands_behind_them(data: Any, expected: Any) -> None:
    assert expected is has_blank_run(data)


@given(st.one_of(st.binary(max_size=60), st.text("ab \r\n#:=-coding\0\ufeff", max_size=60).map(str.encode)))
def test_what_needs_no_decoding_is_what_decoding_gives(data: Any) -> None:
    assert to_utf8(data) == decode_source(data).text.encode()
