"""The directory and the local headers of a zip file are parsed as zipfile parses them."""

import io
import struct
import zipfile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from features.archive.byte_source import MAX_NAME_BYTES, MemorySource
from features.archive.zip_headers import (
    DESCRIPTOR,
    ZipEntry,
    decode_name,
    find_directory_records,
    find_end_record,
    find_local_headers,
    find_newer_directory,
    find_zip,
    iter_directory,
    locate_data,
    read_local_header,
)

END = b"PK\x05\x06"


def zipped(*names: str, data: bytes = b"x = 1\n", comment: bytes = b"") -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        for name in names:
            archive.writestr(zipfile.ZipInfo(name), data)
        archive.comment = comment
    return made.getvalue()


PLAIN = zipped("a.py", "b.py")


def entries(data: bytes) -> list[ZipEntry]:
    end = find_zip(MemorySource(data))
    assert end is not None
    return list(iter_directory(MemorySource(data), end))


def test_an_end_record_tells_where_the_directory_is() -> None:
    end = find_zip(MemorySource(PLAIN))
    assert end is not None
    assert (PLAIN.rfind(END), 2, PLAIN.find(b"PK\x01\x02")) == (end.offset, end.entries, end.start)
    assert (0, 0, 0) == (end.shift, end.comment, end.trailing)


def test_the_last_name_may_be_longer_than_the_directory() -> None:
    last = PLAIN.rfind(b"PK\x01\x02")
    longer = PLAIN[: last + 29] + b"\x08" + PLAIN[last + 30 :]
    assert [info.filename for info in zipfile.ZipFile(io.BytesIO(longer)).infolist()] == ["a.py", "b.py"]
    assert ["a.py", "b.py"] == [entry.name for entry in entries(longer)]


def test_data_before_the_archive_shifts_every_offset() -> None:
    end = find_zip(MemorySource(b"#!/bin/sh\n" + PLAIN))
    assert end is not None
    assert 10 == end.shift
    data = b"#!/bin/sh\n" + PLAIN
    assert [data.find(b"PK\x03\x04")] == [entry.header_offset for entry in entries(data)][:1]


@pytest.mark.parametrize(
    ("comment", "trailing", "data"),
    [
        (5, 0, zipped("a.py", comment=b"hello")),
        (5, 4, zipped("a.py", comment=b"hello") + b"more"),
        (0, 4, PLAIN + b"more"),
        (65535, 0, zipped("a.py", comment=b"c" * 65535)),
        (3, 0, PLAIN[:-2] + b"\x09\x00abc"),
    ],
)
def test_a_comment_and_what_follows_it_are_counted(comment: int, trailing: int, data: bytes) -> None:
    end = find_zip(MemorySource(data))
    assert end is not None
    assert (comment, trailing) == (end.comment, end.trailing)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"PK\x05\x06",
        b"no archive" * 100,
        PLAIN[:-30],
        b"x" + END + bytes(18),
        PLAIN.replace(b"PK\x01\x02", b"PK\x01\x00"),
        PLAIN + b"x" * 65_600,
        PLAIN[:-10] + struct.pack("<L", 2**31) + PLAIN[-6:],
    ],
)
def test_other_data_is_no_zip(data: bytes) -> None:
    assert find_zip(MemorySource(data)) is None


def test_an_empty_zip_is_one_if_it_is_nothing_else() -> None:
    end = find_zip(MemorySource(END + bytes(18)))
    assert end is not None
    assert (0, 0) == (end.entries, end.offset)


def test_an_end_record_without_a_directory_is_found_but_opens_no_zip() -> None:
    data = PLAIN.replace(b"PK\x01\x02", b"PK\x01\x00")
    assert find_end_record(MemorySource(data)) is not None


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1, max_size=9)))
@settings(max_examples=50)
def test_entries_are_those_of_zipfile(names: list[str]) -> None:
    data = zipped(*dict.fromkeys(names))
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        expected = [(info.filename, info.file_size, info.CRC, info.header_offset) for info in archive.infolist()]
    found = entries(data) if names else []
    assert expected == [(entry.name, entry.size, entry.crc, entry.header_offset) for entry in found]


def test_a_damaged_record_ends_the_directory() -> None:
    second = PLAIN.rfind(b"PK\x01\x02")
    damaged = PLAIN[:second] + b"XX" + PLAIN[second + 2 :]
    assert ["a.py"] == [entry.name for entry in entries(damaged)]


def test_a_directory_longer_than_a_window_is_read_to_its_end() -> None:
    names = [f"{at:06}" + "x" * 200 for at in range(6_000)]
    assert names == [entry.name for entry in entries(zipped(*names))]


@pytest.mark.parametrize(
    ("expected", "raw", "flags"),
    [
        ("a.py", b"a.py", 0),
        ("\u00e9", b"\xc3\xa9", 0x800),
        ("\ufffd", b"\xff", 0x800),
        ("\u03b4", b"\xeb", 0),
        ("a.py", b"a.py\0.txt", 0),
    ],
)
def test_a_name_is_utf8_by_its_flag_or_else_cp437(expected: str, raw: bytes, flags: int) -> None:
    assert expected == decode_name(raw, flags)


def test_a_name_that_no_system_could_hold_is_cut() -> None:
    assert MAX_NAME_BYTES == len(decode_name(b"x" * 60_000, 0))


def record(name: bytes = b"a.py", extra: bytes = b"", size: int = 5, stored: int = 5, mode: int = 0) -> bytes:
    """A directory record, and an end record that leads to it."""
    fields = struct.pack("<4s4B4HL2L5H2L", b"PK\x01\x02", 20, 3, 20, 0, 0, 0, 0, 0, 0, stored, size, len(name),
                         len(extra), 0, 0, 0, mode << 16, 0)  # fmt: skip
    directory = fields + name + extra
    return directory + struct.pack("<4s4H2LH", END, 0, 0, 1, 1, len(directory), 0, 0)


def test_sizes_of_zip64_are_in_an_extra_field() -> None:
    extra = struct.pack("<HH2Q", 1, 16, 2**33, 2**34)
    entry = entries(record(extra=extra, size=0xFFFFFFFF, stored=0xFFFFFFFF))[0]
    assert (2**33, 2**34, b"") == (entry.size, entry.compressed_size, entry.local_fields)


def test_a_zip64_field_that_ends_early_changes_nothing() -> None:
    entry = entries(record(extra=struct.pack("<HHL", 1, 4, 7), size=0xFFFFFFFF))[0]
    assert 0xFFFFFFFF == entry.size


def test_a_unicode_path_is_a_second_name() -> None:
    extra = struct.pack("<HHBL", 0x7075, 5 + 4, 1, 0) + b"c.py"
    assert entries(record(extra=extra + bytes(4)))[0].other_names == ("c.py",)


def test_long_unknown_fields_and_a_long_comment_are_hidden_data() -> None:
    extra = struct.pack("<HH", 0x4444, 90) + b"x" * 90
    assert entries(record(extra=extra))[0].hidden == b"x" * 90
    assert entries(record(extra=extra[:4] + bytes(90)))[0].hidden == b""


def test_a_unix_mode_tells_a_symlink() -> None:
    assert entries(record(mode=0o120777))[0].is_symlink
    assert not entries(record(mode=0o100644))[0].is_symlink


@pytest.mark.parametrize(("expected", "flags"), [(True, 0x1), (True, 0x41), (False, 0x2000), (False, DESCRIPTOR)])
def test_a_flag_tells_an_encrypted_member(expected: bool, flags: int) -> None:
    assert expected is ZipEntry(b"", "", flags, 0, 0, 0, 0, 0).is_encrypted


def test_data_is_located_by_a_local_header_that_repeats_the_entry() -> None:
    for entry in entries(PLAIN):
        at = locate_data(MemorySource(PLAIN), entry)
        assert b"x = 1\n" == PLAIN[at : at + 6]


@pytest.mark.parametrize("at", [0, 8, 14, 18, 22, 30])
def test_data_is_not_located_where_a_byte_of_the_headers_differs(at: int) -> None:
    data = bytearray(PLAIN)
    data[at] ^= 1
    assert -1 == locate_data(MemorySource(bytes(data)), entries(PLAIN)[0])


def test_a_local_header_may_end_the_file() -> None:
    head = b"PK\3\4".ljust(28, b"\0")
    entry = ZipEntry(
        b"", "", flags=0, method=0, crc=0, compressed_size=4, size=4, header_offset=0, local_fields=head[6:28]
    )
    assert -1 == locate_data(MemorySource(head), entry)
    assert 30 + 258 == locate_data(MemorySource(head + b"\2\1"), entry)


def test_a_local_header_gives_an_entry_and_the_offset_of_its_data() -> None:
    second = PLAIN.find(b"PK\x03\x04", 1)
    entry = read_local_header(MemorySource(PLAIN), second)
    assert entry is not None
    assert ("b.py", 6, second) == (entry.name, entry.size, entry.header_offset)
    assert b"x = 1\n" == PLAIN[entry.data_offset : entry.data_offset + 6]


@pytest.mark.parametrize("at", [-1, 1, len(PLAIN), len(PLAIN) - 10])
def test_elsewhere_is_no_local_header(at: int) -> None:
    assert read_local_header(MemorySource(PLAIN), at) is None


def test_a_local_header_with_a_long_name_is_read_whole() -> None:
    entry = read_local_header(MemorySource(zipped("x" * 2000)), 0)
    assert entry is not None
    assert "x" * 2000 == entry.name


@pytest.mark.parametrize("at", [0, 2**20 - 3, 2**20 - 1, 2**20])
def test_a_magic_is_found_across_windows(at: int) -> None:
    data = bytes(at) + b"PK\x03\x04" + bytes(10)
    assert [at] == list(find_local_headers(MemorySource(data), 0, len(data)))
    assert [] == list(find_local_headers(MemorySource(data), at + 1, len(data)))


@pytest.mark.parametrize("at", [0, 2**20 - 3, 2**20 - 1, 2**20])
def test_a_directory_record_is_found_across_windows(at: int) -> None:
    data = bytes(at) + record()
    assert ["a.py"] == [entry.name for entry in find_directory_records(MemorySource(data), 0, len(data))]


@given(st.binary(max_size=200), st.integers(0, 200))
def test_any_bytes_can_be_parsed(noise: bytes, at: int) -> None:
    for data in (noise, PLAIN[:at] + noise + PLAIN[at:], noise + PLAIN[-at:]):
        source = MemorySource(data)
        end = find_end_record(source)
        if end is not None:
            assert all(entry.size >= 0 for entry in iter_directory(source, end))
        for offset in find_local_headers(source, 0, len(data)):
            read_local_header(source, offset)


def two_directories(at: int, start: int, size: int) -> bytes:
    """Return a file with a zip64 end record at 200, where its locator may lead to, and one before the locator."""
    first = struct.pack("<4sQ2H2L4Q", b"PK\6\6", 100, 45, 45, 0, 0, 1, 1, size, start)
    second = struct.pack("<4sQ2H2L4Q", b"PK\6\6", 44, 45, 45, 0, 0, 1, 1, 46, 10)
    locator = struct.pack("<4sLQL", b"PK\6\7", 0, at, 1)
    return bytes(200) + first + second + locator + struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, 1, 1, 46, 10, 0)


@pytest.mark.parametrize(
    ("expected", "at", "start", "size"),
    [((100, 200), 200, 100, 100), (None, 256, 100, 100), (None, 199, 100, 100), (None, 200, 100, 99)],
)
def test_newer_pythons_go_where_the_zip64_locator_leads(
    expected: tuple[int, int] | None, at: int, start: int, size: int
) -> None:
    source = MemorySource(two_directories(at, start, size))
    end = find_end_record(source)
    assert end is not None
    assert expected == find_newer_directory(source, end)


def test_a_range_beyond_the_end_of_the_file_has_no_records() -> None:
    assert [] == list(find_directory_records(MemorySource(b"x"), 0, 2**62))
