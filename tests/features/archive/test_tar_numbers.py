"""Numbers in headers of tar archives are read as tarfile reads them."""

import tarfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.archive.tar_numbers import (
    INTEGER_DIGITS,
    MAX_NUMBER,
    RECORD_LENGTH,
    parse_integer,
    parse_number,
    record_length,
)


@given(st.binary(min_size=12, max_size=12) | st.from_regex(rb"\A[ 0-7]{11}[ \0]\Z"))
def test_a_numeric_field_is_read_as_tarfile_reads_it(field: bytes) -> None:
    try:
        expected = tarfile.nti(field)  # type: ignore[attr-defined]
    except tarfile.HeaderError:
        with pytest.raises(ValueError):
            parse_number(field)
    else:
        assert expected == parse_number(field)


@given(st.integers(), st.sampled_from(["", " ", "\u3000", "\t\u2003"]), st.sampled_from([0, 0x660, 0x966, 0xFF10]))
def test_the_size_of_a_pax_record_may_have_digits_and_blanks_of_any_script(number: int, blank: str, zero: int) -> None:
    text = blank + "".join(chr(zero + int(digit)) if zero and digit != "-" else digit for digit in str(number)) + blank
    assert int(text) == number == parse_integer(text.encode())


@pytest.mark.parametrize("text", [b"", b"x", b"1 2", b"\xff1", b"1__0"])
def test_other_text_is_no_number(text: bytes) -> None:
    with pytest.raises(ValueError):
        parse_integer(text)


def test_a_number_with_more_digits_than_python_reads_is_read() -> None:
    assert parse_integer(b"0" * (INTEGER_DIGITS + 10) + b"123") == 123
    assert parse_integer(b"0" * (INTEGER_DIGITS + 10)) == 0
    assert parse_integer(b"1" * (INTEGER_DIGITS + 10)) > MAX_NUMBER


@pytest.mark.parametrize(
    ("expected", "text"),
    [(25, b"25 a=b"), (25, b"0" * 40 + b"25 a=b"), (0, b"0 a=b"), (0, b"000 a=b"), (MAX_NUMBER, b"9" * 30 + b" a=b")],
)
def test_the_length_of_a_record_may_have_any_number_of_digits(expected: int, text: bytes) -> None:
    match = RECORD_LENGTH.match(text)
    assert match is not None
    assert expected == record_length(match)


@pytest.mark.parametrize("text", [b" a=b", b"x a=b", b"12a=b", b"0" * 2**21])
def test_text_without_a_length_is_no_record(text: bytes) -> None:
    assert RECORD_LENGTH.match(text) is None
