"""Extra fields of zip headers: second names, and what no reader knows."""

import struct

import pytest

from features.archive.zip_extra import LONG_EXTRA, extra_fields, second_names, unknown_data, zip64_sizes


def field(field_id: int, data: bytes) -> bytes:
    return struct.pack("<HH", field_id, len(data)) + data


def path(name: str | bytes, version: int = 1, checksum: int = 0) -> bytes:
    raw = name.encode() if isinstance(name, str) else name
    return field(0x7075, struct.pack("<BL", version, checksum) + raw)


def test_fields_follow_each_other_and_the_last_may_be_cut() -> None:
    assert list(extra_fields(field(1, b"ab") + field(2, b"") + field(3, b"xyz")[:6])) == [
        (1, b"ab"),
        (2, b""),
        (3, b"xy"),
    ]


@pytest.mark.parametrize(
    ("expected", "extra"),
    [
        (("b.py",), path("b.py")),
        (("h\u00e4lp.py",), path("h\u00e4lp.py")),
        (("b.py",), path("b.py\0.txt")),
        (("b.txt", "b.py"), path("b.txt") + path("b.py")),
        (("b.py",), path("b.py") + path("b.py") + path("a.bin")),
        (("b.py",), field(0x5455, bytes(5)) + path("b.py", version=9, checksum=77)),
        (("\ufffdb.py",), path(b"\xffb.py")),
        ((), path("a.bin")),
        ((), path("")),
        ((), path("\0b.py")),
        ((), field(0x7075, b"b.py")),
        ((), b""),
    ],
)
def test_all_second_names_count(expected: tuple[str, ...], extra: bytes) -> None:
    assert expected == second_names(extra, "a.bin")


def test_an_honest_second_name_only_has_more_letters() -> None:
    honest = "d\u00f6ner.py"
    stored = honest.encode().decode("cp437")
    assert second_names(path(honest), stored) == ()


@pytest.mark.parametrize(
    "extra",
    [
        b"",
        field(0x5455, bytes(9)) + field(0x7875, b"\x01\x04\xe8\3\0\0\x04\xe8\3\0\0"),
        field(1, b"x" * 32) + field(0x000A, b"x" * 36),
        field(0xD935, bytes(300)),
        path("d\u00f6ner.py" * 40),
    ],
)
def test_times_owners_sizes_and_padding_are_known(extra: bytes) -> None:
    assert unknown_data(extra) == b""


@pytest.mark.parametrize(
    "extra",
    [
        field(0x4444, b"x" * 100),
        field(0x5455, b"x" * 100),
        path(b"b.py\0" + b"x" * 100),
        b"".join(field(0x5000 + at, b"xxxxx") for at in range(20)),
    ],
)
def test_what_no_reader_knows_is_found_also_in_pieces(extra: bytes) -> None:
    found = unknown_data(extra)
    assert found.count(b"x") == 100
    assert len(found) > LONG_EXTRA


def test_sizes_come_from_the_zip64_field_where_the_header_refers_to_it() -> None:
    extra = field(1, struct.pack("<2Q", 2**33, 2**34))
    assert zip64_sizes(extra, 0xFFFFFFFF, 0xFFFFFFFF, 7) == (2**33, 2**34, 7)
    assert zip64_sizes(extra, 5, 0xFFFFFFFF, 7) == (5, 2**33, 7)
