"""Reads the numbers in headers of tar archives as the standard library's tarfile does."""

import re

MAX_NUMBER = 2**62
"""A number that no archive holds; longer ones are cut to it, or are one more."""
INTEGER_DIGITS = 4300
"""Digits of a number that Python refuses from 3.8.14, 3.9.14, 3.10.7 and 3.11 on (CVE-2020-10735)."""
RECORD_LENGTH = re.compile(rb"(?=\d)0*+(\d*+) ")
"""The length at the start of a pax record, its digits without leading zeros as the group."""
_MAX_DIGITS = 18
"""Digits of a length that is below `MAX_NUMBER`."""


def parse_number(field_: bytes) -> int:
    """Return a numeric field: octal text, or base 256 if its first byte is 0o200 or 0o377; raises ValueError."""
    if field_[0] in (0o200, 0o377):
        number = int.from_bytes(field_[1:], "big")
        return number - 256 ** (len(field_) - 1) if field_[0] == 0o377 else number
    text = field_.partition(b"\0")[0].decode("ascii").strip()
    return int(text or "0", 8)


def record_length(match: re.Match[bytes]) -> int:
    """Return the length of a pax record from a match of `RECORD_LENGTH`.

    Python before 3.8.20, 3.9.20, 3.10.15, 3.11.10 and 3.12.6 reads any number of digits.
    """
    return int(match[1] or b"0") if len(match[1]) <= _MAX_DIGITS else MAX_NUMBER


def parse_integer(text: bytes) -> int:
    """Return the number that Python reads in text, in the digits of any script; raises ValueError."""
    number = text.decode("utf-8", "surrogateescape")
    if len(number) > INTEGER_DIGITS:
        number = number.strip().lstrip("0_") or "0"
        if len(number) > INTEGER_DIGITS:
            return MAX_NUMBER + 1
    return int(number)
