"""Headers of tar archives are parsed as tarfile parses them."""

import io
import tarfile
from typing import Literal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from features.archive.compression import BlockReader
from features.archive.tar_headers import (
    BLOCK,
    InvalidHeader,
    TarParser,
    is_tar_header,
    padded_size,
    parse_header,
)

Form = Literal[0, 1, 2]


def header(name: str = "demo/a.py", form: Form = tarfile.USTAR_FORMAT, **fields: object) -> bytes:
    info = tarfile.TarInfo(name)
    for field, value in fields.items():
        setattr(info, field, value)
    return info.tobuf(form)


def with_checksum(block: bytes, **fields: tuple[int, bytes]) -> bytes:
    made = bytearray(block)
    for at, data in fields.values():
        made[at : at + len(data)] = data
    made[148:156] = b" " * 8
    made[148:156] = b"%06o\0 " % sum(made)
    return bytes(made)


def parser(data: bytes) -> tuple[TarParser, BlockReader]:
    reader = BlockReader(iter([data]))
    return TarParser(reader), reader


@pytest.mark.parametrize(("expected", "size"), [(0, 0), (BLOCK, 1), (BLOCK, BLOCK), (2 * BLOCK, BLOCK + 1)])
def test_content_takes_whole_blocks(expected: int, size: int) -> None:
    assert expected == padded_size(size)


@given(
    st.text("ab/\u00e9", min_size=1, max_size=90).filter(lambda name: name.strip("/")),
    st.integers(0, 2**33 - 1),
    st.integers(0, 0o777),
    st.sampled_from([tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT]),
)
@settings(max_examples=50)
def test_a_header_is_parsed_as_tarfile_parses_it(name: str, size: int, mode: int, form: Form) -> None:
    block = header(name, form, size=size, mode=mode)[:BLOCK]
    expected = tarfile.TarInfo.frombuf(block, "utf-8", "surrogateescape")
    entry = parse_header(block)
    assert (expected.name.encode(), expected.size, expected.mode) == (entry.name, entry.size, entry.mode)
    assert is_tar_header(block)


def test_a_checksum_of_signed_characters_is_valid() -> None:
    block = bytearray(header("\u00e9\u00e9.py"))
    signed = sum(byte - 256 if byte > 127 else byte for byte in block[:148] + b" " * 8 + block[156:])
    block[148:156] = b"%06o\0 " % signed
    assert is_tar_header(bytes(block))
    assert "\u00e9\u00e9.py".encode() == parse_header(bytes(block)).name


@pytest.mark.parametrize(
    "block", [b"", bytes(BLOCK), b"x" * BLOCK, header()[:-1], header()[:148] + b"zzzzzz\0 " + header()[156:]]
)
def test_other_blocks_are_no_header(block: bytes) -> None:
    assert not is_tar_header(block)


@pytest.mark.parametrize(
    ("anomaly", "block"),
    [
        ("truncated", header()[:100]),
        ("bad_checksum", header()[:148] + b"000001\0 " + header()[156:]),
        ("bad_checksum", with_checksum(header(), mtime=(136, b"not octal!!\0"))),
        ("bad_checksum", with_checksum(header(), size=(124, b"99999999999\0"))),
    ],
)
def test_tarfile_stops_at_an_invalid_header(anomaly: str, block: bytes) -> None:
    with pytest.raises(InvalidHeader, match=anomaly) as raised:
        parse_header(block)
    assert (anomaly, block) == (raised.value.anomaly, raised.value.block)


def test_numbers_may_be_in_base_256() -> None:
    block = with_checksum(header(), size=(124, b"\x80" + (2**40).to_bytes(11, "big")))
    assert 2**40 == parse_header(block).size
    negative = with_checksum(header(), size=(124, b"\xff" * 12))
    assert -1 == parse_header(negative).size
    with pytest.raises(InvalidHeader):
        parser(negative)[0].next_entry()


def test_an_old_folder_is_a_file_whose_name_ends_with_a_slash() -> None:
    entry = parse_header(with_checksum(header("demo/"), type=(156, b"\0")))
    assert (True, b"demo") == (entry.is_directory, entry.name)


@pytest.mark.parametrize(
    ("kind", "properties"),
    [
        (b"0", {"is_data", "is_plain"}),
        (b"\0", {"is_data", "is_plain"}),
        (b"7", {"is_data", "is_plain"}),
        (b"1", {"is_hardlink"}),
        (b"2", {"is_symlink"}),
        (b"3", {"is_device"}),
        (b"5", {"is_directory"}),
        (b"Z", {"is_data", "is_unknown"}),
    ],
)
def test_a_type_decides_what_is_extracted(kind: bytes, properties: set[str]) -> None:
    entry = parse_header(with_checksum(header(), type=(156, kind)))
    names = ("is_data", "is_plain", "is_unknown", "is_directory", "is_hardlink", "is_symlink", "is_device")
    assert properties == {name for name in names if getattr(entry, name)}


def test_the_parser_stops_at_the_end_mark_and_at_the_end_of_data() -> None:
    found, _ = parser(header(size=0) + bytes(BLOCK))
    entry = found.next_entry()
    assert entry is not None
    assert (b"demo/a.py", 0) == (entry.name, entry.stored_size)
    assert found.next_entry() is None
    assert found.next_entry() is None


@pytest.mark.parametrize("form", [tarfile.GNU_FORMAT, tarfile.PAX_FORMAT])
def test_long_names_come_from_extended_headers(form: Form) -> None:
    name, link = "n" * 300, "l" * 300
    data = header(name, form, type=tarfile.SYMTYPE, linkname=link)
    entry = parser(data)[0].next_entry()
    assert entry is not None
    assert (name.encode(), link.encode(), True) == (entry.name, entry.link_target, entry.is_symlink)


def pax(records: dict[str, str], kind: bytes = tarfile.XHDTYPE, size: int = 5) -> bytes:
    info = tarfile.TarInfo("a")
    info.size = size
    return tarfile.TarInfo._create_pax_generic_header(records, kind, "utf-8") + info.tobuf(tarfile.USTAR_FORMAT)  # type: ignore[attr-defined]


def test_pax_records_change_the_next_member_alone() -> None:
    found, reader = parser(pax({"path": "b", "size": "7"}) + bytes(BLOCK))
    entry = found.next_entry()
    assert entry is not None
    assert (b"b", 7, 7) == (entry.name, entry.size, entry.stored_size)
    assert 3 * BLOCK == reader.offset


def test_a_global_size_changes_what_is_extracted_but_not_what_is_stored() -> None:
    entry = parser(pax({"size": "700"}, tarfile.XGLTYPE))[0].next_entry()
    assert entry is not None
    assert (700, 5, False) == (entry.size, entry.stored_size, entry.is_plain)


def test_extended_headers_without_a_member_are_truncated() -> None:
    data = pax({"path": "b"})
    with pytest.raises(InvalidHeader, match="truncated"):
        parser(data[: 2 * BLOCK])[0].next_entry()


def test_a_long_chain_of_extended_headers_is_invalid() -> None:
    data = pax({"path": "b"})
    with pytest.raises(InvalidHeader, match="bad_checksum"):
        parser(data[: 2 * BLOCK] * 70 + data)[0].next_entry()


def test_a_sparse_map_in_pax_records_is_read() -> None:
    records = {"GNU.sparse.map": "2,3,10,2", "GNU.sparse.size": "20", "GNU.sparse.name": "real"}
    entry = parser(pax(records))[0].next_entry()
    assert entry is not None
    assert ([(2, 3), (10, 2)], 20, b"real", 5) == (entry.sparse, entry.size, entry.name, entry.stored_size)


@given(st.binary(max_size=2 * BLOCK), st.binary(min_size=1, max_size=12), st.integers(0, BLOCK - 1))
@settings(max_examples=100)
def test_any_bytes_are_a_header_an_end_or_invalid(noise: bytes, damage: bytes, at: int) -> None:
    data = bytearray(pax({"path": "b"}))
    data[at : at + len(damage)] = damage
    for case in (noise, bytes(data) + noise):
        found, _ = parser(case)
        try:
            while found.next_entry() is not None:
                pass
        except InvalidHeader as invalid:
            assert invalid.anomaly in {"truncated", "bad_checksum"}  # noqa: PT017 - it may also end without one


def test_the_members_of_a_real_archive_are_those_of_tarfile() -> None:
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w") as archive:
        for name in ("a.py", "d/" + "x" * 120, "e"):
            info = tarfile.TarInfo(name)
            info.size = 3
            archive.addfile(info, io.BytesIO(b"abc"))
    found, reader = parser(made.getvalue())
    names = []
    while (entry := found.next_entry()) is not None:
        names.append(entry.name.decode())
        assert b"abc" == reader.read(padded_size(entry.stored_size))[:3]
    assert ["a.py", "d/" + "x" * 120, "e"] == names
