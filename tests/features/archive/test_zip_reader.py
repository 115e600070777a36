"""Zip files are read as zipfile reads them, and so is all other data in the file."""

import io
import struct
import zipfile
import zlib
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from xxhash import xxh3_128_digest

from features.archive.budget import Budget, LimitExceeded
from features.archive.byte_source import MemorySource
from features.archive.collection import MemberCollection
from features.archive.container import read_container
from features.contract import FileType, Kind, Member, Role, Status
from features.limits import Limits
from features.opening import OpenedFile, open_release

PAYLOAD = b"import os\nos.getcwd()\n"


def zipped(files: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", method) as archive:
        for name, data in files.items():
            archive.writestr(zipfile.ZipInfo(name), data, method)
    return made.getvalue()


LIMITS = Limits()


def opened(tmp_path: Path, data: bytes, limits: Limits = LIMITS, name: str = "demo-1.0-py3-none-any.whl") -> OpenedFile:
    path = tmp_path / "artifact"
    path.write_bytes(data)
    return open_release(path, name, limits)


def members(result: OpenedFile) -> tuple[Member, ...]:
    assert result.release is not None, result.reason
    return result.release.members


def paths(result: OpenedFile) -> dict[str, bytes]:
    return {member.path: member.data for member in members(result)}


def anomalies(result: OpenedFile) -> dict[str, int]:
    assert result.release is not None, result.reason
    return {name: count for name, count in result.release.anomalies.items() if name != "mislabelled"}


WHEEL = {"demo/__init__.py": PAYLOAD, "demo-1.0.dist-info/WHEEL": b"x", "demo-1.0.dist-info/METADATA": b"Name: demo\n"}
PLAIN = zipped(WHEEL)
END_AT = PLAIN.rfind(b"PK\x05\x06")
CENTRAL_AT = PLAIN.find(b"PK\x01\x02")


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_members_of_every_method_are_read(method: int, tmp_path: Path) -> None:
    files = {**WHEEL, "demo/big.py": PAYLOAD * 120_000}
    result = opened(tmp_path, zipped(files, method))
    assert {name: len(data) for name, data in files.items()} == {
        name: len(data) for name, data in paths(result).items()
    }
    assert anomalies(result) == {}
    assert result.kind == Kind.WHEEL


@given(
    st.dictionaries(
        st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), min_size=1, max_size=20),
        st.binary(max_size=3000),
        max_size=5,
    ),
    st.sampled_from([zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED]),
    st.binary(max_size=40),
    st.binary(max_size=40),
)
@example({"/": b""}, zipfile.ZIP_DEFLATED, b"", b"")
@settings(max_examples=50)
def test_members_are_those_that_zipfile_reads(
    files: dict[str, bytes], method: int, before: bytes, comment: bytes
) -> None:
    made = io.BytesIO()
    made.write(before)
    with zipfile.ZipFile(made, "a", method) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
        archive.comment = comment
    data = made.getvalue()
    expected = []
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        for info in archive.infolist():
            # An empty folder may take the two bytes of an empty stream.
            if not info.is_dir() or info.file_size or info.compress_size > 2:
                content = archive.read(info)
                expected.append((info.filename.removeprefix("./"), xxh3_128_digest(content)))
    found = MemberCollection(Budget(Limits(), float("inf")))
    read_container(MemorySource(data), found, "", "data")
    assert expected == [(member.path, member.digest) for member in found.members if not member.hidden]


@given(
    st.lists(st.tuples(st.integers(0, len(PLAIN) - 1), st.integers(0, 255)), min_size=1, max_size=5),
    st.integers(0, len(PLAIN)),
)
@settings(max_examples=50)
def test_a_damaged_file_raises_nothing(damage: list[tuple[int, int]], cut: int) -> None:
    data = bytearray(PLAIN)
    for at, value in damage:
        data[at] = value
    for part in (bytes(data), bytes(data[:cut]), bytes(data[cut:])):
        found = MemberCollection(Budget(Limits(), float("inf")))
        with suppress(LimitExceeded):
            read_container(MemorySource(part), found, "", "data")
        assert all(member.size >= 0 for member in found.members)


def test_both_names_of_a_member_are_read(tmp_path: Path) -> None:
    data = PLAIN.replace(b"demo/__init__.py", b"demo/__evil__.py", 1)
    result = opened(tmp_path, data)
    assert anomalies(result) == {"local_central_mismatch": 1}
    assert {"demo/__init__.py", "demo/__evil__.py"} <= set(paths(result))


def test_both_sizes_of_a_member_are_read(tmp_path: Path) -> None:
    """What a reader sees that goes by the local header is examined as well."""
    data = bytearray(zipped({"demo/__init__.py": b"pass\n" + PAYLOAD}, zipfile.ZIP_STORED))
    at = data.find(b"PK\x01\x02")
    struct.pack_into("<2L", data, at + 20, 5, 5)
    result = opened(tmp_path, bytes(data))
    assert anomalies(result)["local_central_mismatch"] == 1
    assert b"pass\n" + PAYLOAD in [member.data for member in members(result)]


def test_a_member_that_the_directory_does_not_list_is_hidden(tmp_path: Path) -> None:
    other = zipped({"demo/hidden.py": PAYLOAD})
    local = other[: other.find(b"PK\x01\x02")]
    data = PLAIN[:CENTRAL_AT] + local + PLAIN[CENTRAL_AT:]
    result = opened(tmp_path, data)
    # The end record then points too low, which zipfile takes for data before the archive.
    assert paths(result)["demo/hidden.py"] == PAYLOAD
    assert anomalies(result)["hidden_member"] >= 1


def test_an_archive_before_the_archive_is_hidden(tmp_path: Path) -> None:
    result = opened(tmp_path, zipped({"demo/hidden.py": PAYLOAD}) + PLAIN)
    assert paths(result)["demo/hidden.py"] == PAYLOAD
    assert anomalies(result)["hidden_member"] == 1
    assert paths(result)["demo/__init__.py"] == PAYLOAD


@pytest.mark.parametrize(
    ("anomaly", "data"),
    [
        ("leading_data", PAYLOAD * 4 + PLAIN),
        ("trailing_data", PLAIN + PAYLOAD * 4),
        ("hidden_data", PLAIN[:CENTRAL_AT] + PAYLOAD * 4 + PLAIN[CENTRAL_AT:END_AT] + struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, 3, 3, END_AT - CENTRAL_AT, CENTRAL_AT + len(PAYLOAD) * 4, 0)),
    ],
)  # fmt: skip
def test_data_around_members_is_kept(anomaly: str, data: bytes, tmp_path: Path) -> None:
    result = opened(tmp_path, data)
    assert anomalies(result) == {anomaly: 1}
    assert paths(result)[f"!{anomaly}"] == PAYLOAD * 4
    assert paths(result)["demo/__init__.py"] == PAYLOAD


def test_a_wrong_count_in_the_end_record_is_an_anomaly(tmp_path: Path) -> None:
    data = PLAIN[: END_AT + 8] + struct.pack("<2H", 1, 1) + PLAIN[END_AT + 12 :]
    result = opened(tmp_path, data)
    assert anomalies(result) == {"wrong_end_record": 1}
    assert set(WHEEL) == set(paths(result))


@pytest.mark.parametrize("size", [0, 10, 2**31])
def test_a_wrong_directory_size_is_an_anomaly(size: int, tmp_path: Path) -> None:
    data = PLAIN[: END_AT + 12] + struct.pack("<2L", size, size) + PLAIN[END_AT + 20 :]
    result = opened(tmp_path, data)
    assert result.status == Status.PARTIAL
    assert anomalies(result)["bad_directory"] == 1
    assert paths(result)["demo/__init__.py"] == PAYLOAD


def test_members_are_found_without_an_end_record(tmp_path: Path) -> None:
    result = opened(tmp_path, PLAIN[:END_AT])
    assert (Status.PARTIAL, 1) == (result.status, anomalies(result)["truncated"])
    assert paths(result)["demo/__init__.py"] == PAYLOAD


def test_members_that_share_bytes_are_an_anomaly(tmp_path: Path) -> None:
    """Two entries of the directory that lead to the same bytes, as in a zip bomb."""
    entry_end = PLAIN.find(b"PK\x01\x02", CENTRAL_AT + 4)
    entry = PLAIN[CENTRAL_AT:entry_end].replace(b"__init__", b"__main__")
    size = END_AT - CENTRAL_AT + len(entry)
    data = PLAIN[:END_AT] + entry + struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, 4, 4, size, CENTRAL_AT, 0)
    result = opened(tmp_path, data)
    assert anomalies(result)["overlapping_members"] == 1
    assert paths(result)["demo/__main__.py"] == PAYLOAD


def test_an_encrypted_member_is_not_examined(tmp_path: Path) -> None:
    data = bytearray(PLAIN)
    for at in (6, CENTRAL_AT + 8):
        data[at] |= 1
    result = opened(tmp_path, bytes(data))
    assert result.status == Status.PARTIAL
    assert "1 encrypted" in result.reason
    assert anomalies(result)["encrypted_member"] == 1


def test_an_unsupported_compression_is_not_examined(tmp_path: Path) -> None:
    data = bytearray(PLAIN)
    data[8], data[CENTRAL_AT + 10] = 98, 98
    result = opened(tmp_path, bytes(data))
    assert (Status.PARTIAL, {"unsupported_compression": 1}) == (result.status, anomalies(result))


def test_a_wrong_checksum_is_an_anomaly_of_its_member(tmp_path: Path) -> None:
    data = bytearray(PLAIN)
    data[14] ^= 1
    data[CENTRAL_AT + 16] ^= 1
    result = opened(tmp_path, bytes(data))
    assert anomalies(result) == {"bad_crc": 1}
    assert result.release is not None
    assert result.release.places == ((next(iter(WHEEL)), "bad_crc"),)


@pytest.mark.parametrize(
    ("anomaly", "name"),
    [
        ("path_traversal", "../demo.py"),
        ("path_traversal", "a\\..\\demo.py"),
        ("absolute_path", "/demo.py"),
        ("absolute_path", "C:\\demo.py"),
        ("backslash_path", "a\\demo.py"),
        ("case_collision", "demo/__INIT__.py"),
        ("long_name", "a" * 2000),
        ("control_char_name", "a\nb.py"),
    ],
)
def test_names_with_anomalies_are_counted(anomaly: str, name: str, tmp_path: Path) -> None:
    assert anomalies(opened(tmp_path, zipped({**WHEEL, name: b"x"})))[anomaly] == 1


def test_both_members_of_one_name_are_read(tmp_path: Path) -> None:
    data = zipped({"a.py": b"x = 1\n", "b.py": PAYLOAD}).replace(b"b.py", b"a.py")
    result = opened(tmp_path, data)
    assert anomalies(result) == {"duplicate_member": 1}
    assert [b"x = 1\n", PAYLOAD] == [member.data for member in members(result)]


def test_a_symlink_is_an_anomaly(tmp_path: Path) -> None:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        info = zipfile.ZipInfo("link")
        info.external_attr, info.create_system = 0o120777 << 16, 3
        archive.writestr(info, "/etc/passwd")
    assert anomalies(opened(tmp_path, made.getvalue())) == {"symlink": 1}


def test_a_zip64_archive_is_read(tmp_path: Path) -> None:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive, archive.open("a.py", "w", force_zip64=True) as member:
        member.write(PAYLOAD)
    result = opened(tmp_path, made.getvalue())
    assert (paths(result), anomalies(result)) == ({"a.py": PAYLOAD}, {})


def test_different_sizes_in_extra_fields_are_an_anomaly(tmp_path: Path) -> None:
    """The plain fields of both headers are the same: the sizes stand elsewhere, and disagree there."""
    data = b"pass\n" + PAYLOAD
    made = zipped({"demo/__init__.py": data}, zipfile.ZIP_STORED)
    at, end = made.find(b"PK\1\2"), made.find(b"PK\5\6")
    local, central = (
        header[:start] + b"\xff" * 8 + header[start + 8 : start + 10] + b"\x14\0" + header[start + 12 :]
        for header, start in ((made[: at - len(data)], 18), (made[at:end], 20))
    )
    local += struct.pack("<HH2Q", 1, 16, len(data), len(data))
    central += struct.pack("<HH2Q", 1, 16, 5, 5)
    last = made[end : end + 12] + struct.pack("<2LH", len(central), len(local) + len(data), 0)
    result = opened(tmp_path, local + data + central + last)
    assert anomalies(result)["local_central_mismatch"] == 1
    assert data in [member.data for member in members(result)]


def test_a_streamed_archive_is_read(tmp_path: Path) -> None:
    class Stream(io.RawIOBase):
        def __init__(self) -> None:
            self.made = bytearray()

        def writable(self) -> bool:
            return True

        def write(self, data: Any) -> int:
            self.made += data
            return len(data)

    stream = Stream()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in WHEEL.items():
            archive.writestr(name, data)
    result = opened(tmp_path, bytes(stream.made))
    assert (paths(result), anomalies(result)) == (WHEEL, {})
    # The sizes stand behind the data; without a directory deflate still says where it ends.
    cut = opened(tmp_path, bytes(stream.made[: stream.made.find(b"PK\x01\x02")]))
    assert paths(cut)["demo/__init__.py"] == PAYLOAD


@pytest.mark.parametrize(
    ("kind", "files", "name"),
    [
        (Kind.WHEEL, WHEEL, "demo-1.0-py3-none-any.whl"),
        (Kind.WHEEL, WHEEL, "demo-1.0.tar.gz"),
        (Kind.EGG, {"EGG-INFO/PKG-INFO": b"Name: x", "demo.py": b"x"}, "demo-1.0-py2.7.egg"),
        (Kind.SDIST, {"demo-1.0/setup.py": b"x", "demo-1.0/PKG-INFO": b"x"}, "demo-1.0.zip"),
        (Kind.SDIST, {"setup.py": b"x", "demo/x.py": b"x"}, "demo-1.0.zip"),
        (Kind.UNKNOWN, {"demo/x.py": b"x"}, "demo-1.0.zip"),
    ],
)
def test_the_kind_follows_from_the_content(kind: Kind, files: dict[str, bytes], name: str, tmp_path: Path) -> None:
    result = opened(tmp_path, zipped(files), name=name)
    assert kind == result.kind
    assert result.release is not None
    assert (name == "demo-1.0.tar.gz") == ("mislabelled" in result.release.anomalies)


def test_setup_py_of_a_zip_is_install_code(tmp_path: Path) -> None:
    result = opened(tmp_path, zipped({**WHEEL, "setup.py": PAYLOAD}), name="demo-1.0.tar.gz")
    assert {m.path: m.role for m in members(result)}["setup.py"] == Role.INSTALL


def test_an_archive_of_two_formats_is_read_as_both(tmp_path: Path, make_sdist: Callable[..., Path]) -> None:
    """pip asked for a zip's end record first, whatever the file begins with; since 26 it goes by the file's name."""
    sdist = make_sdist({"setup.py": "pass\n", "evil.py": PAYLOAD}).read_bytes()
    result = opened(tmp_path, sdist + zipped({"demo-1.0/setup.py": b"import sys\n"}), name="demo-1.0.tar.gz")
    found = {(member.path, member.data) for member in members(result)}
    assert {
        ("demo-1.0/setup.py", b"import sys\n"),
        ("demo-1.0/setup.py", b"pass\n"),
        ("demo-1.0/evil.py", PAYLOAD),
    } < found


def test_types_follow_from_the_content(tmp_path: Path) -> None:
    result = opened(tmp_path, zipped({"logo.png": b"MZ\x90\0" + bytes(400), "run": b"#!/usr/bin/python3\nx = 1\n"}))
    assert [FileType.NATIVE, FileType.PYTHON] == [member.file_type for member in members(result)]


def made_zip(
    name: bytes, stored: bytes, size: int, crc: int, local_extra: bytes = b"", extra: bytes = b"", comment: bytes = b""
) -> bytes:
    """Return a zip of one deflated member, and of the files of a wheel."""
    fields = struct.pack("<2H2x2x3L", 0, 8, crc, len(stored), size)
    body = b"PK\x03\x04\x14\0" + fields + struct.pack("<2H", len(name), len(local_extra)) + name + local_extra + stored
    directory = b"PK\x01\x02\x14\x03\x14\0" + fields
    directory += struct.pack("<3H2H2L", len(name), len(extra), len(comment), 0, 0, 0o100644 << 16, 0)
    directory += name + extra + comment
    return body + directory + struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, 1, 1, len(directory), len(body), 0)


def deflated(data: bytes) -> bytes:
    return zlib.compress(data, wbits=-15)


def single(data: bytes, behind: bytes = b"", **fields: bytes) -> bytes:
    return made_zip(b"demo/a.bin", deflated(data) + behind, len(data), zlib.crc32(data), **fields)


def unicode_path(name: bytes) -> bytes:
    return struct.pack("<HHBL", 0x7075, 5 + len(name), 1, zlib.crc32(b"demo/a.bin")) + name


@pytest.mark.parametrize(
    ("expected", "name"),
    [
        ("demo/b.py", b"demo/b.py"),
        ("demo/h\u00e4lp.py", "demo/h\u00e4lp.py".encode()),
        ("demo/b.py", b"demo/b.py\0.txt"),
    ],
)
@pytest.mark.parametrize("place", ["extra", "local_extra"])
def test_a_member_is_read_under_its_second_name_too(expected: str, name: bytes, place: str, tmp_path: Path) -> None:
    extra = unicode_path(b"demo/c.txt") + unicode_path(name)
    result = opened(tmp_path, single(PAYLOAD, **{place: extra}))
    assert dict.fromkeys(("demo/a.bin", "demo/c.txt", expected), PAYLOAD) == paths(result)
    assert anomalies(result) == {"second_name": 2}
    assert result.release is not None
    assert result.release.places == (("demo/a.bin", "second_name"),)


@pytest.mark.parametrize(
    "data",
    [
        single(b"x", behind=PAYLOAD * 4),
        single(b"x", extra=struct.pack("<HH", 0x4444, len(PAYLOAD * 4)) + PAYLOAD * 4),
        single(b"x", local_extra=struct.pack("<HH", 0x4444, len(PAYLOAD * 4)) + PAYLOAD * 4),
        single(b"x", comment=PAYLOAD * 4),
    ],
)
def test_bytes_of_a_member_that_no_reader_shows_are_hidden_data(data: bytes, tmp_path: Path) -> None:
    result = opened(tmp_path, data)
    assert {"demo/a.bin": b"x", "!hidden_data": PAYLOAD * 4} == paths(result)
    assert anomalies(result) == {"hidden_data": 1}


def test_a_member_behind_the_stream_of_another_is_hidden(tmp_path: Path) -> None:
    hidden = zipped({"demo/b.py": PAYLOAD})
    result = opened(tmp_path, single(b"x", behind=hidden[: hidden.find(b"PK\x01\x02")]))
    assert {"demo/a.bin": b"x", "demo/b.py": PAYLOAD} == paths(result)
    assert anomalies(result) == {"hidden_member": 1}


HONEST_EXTRA = struct.pack("<HHBL", 0x5455, 5, 1, 0) + b"ux\x0b\0\x01\x04\xe8\3\0\0\x04\xe8\3\0\0"


@pytest.mark.parametrize(
    "data",
    [
        single(b"x", extra=HONEST_EXTRA, local_extra=HONEST_EXTRA),
        single(b"x", comment=b"packed on a rainy day"),
        single(b"x", local_extra=struct.pack("<HH", 0xD935, 300) + bytes(300)),
    ],
)
def test_short_extra_fields_and_comments_are_no_anomaly(data: bytes, tmp_path: Path) -> None:
    assert anomalies(opened(tmp_path, data)) == {}


def test_a_member_is_read_up_to_its_size_and_beyond(tmp_path: Path) -> None:
    shown = b'pass\n"""'
    data = made_zip(b"demo/a.txt", deflated(shown + PAYLOAD + bytes(range(256))), 5, zlib.crc32(shown[:5]))
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert shown[:5] == archive.read("demo/a.txt")
    result = opened(tmp_path, data)
    assert [5, len(shown + PAYLOAD) + 256] == [member.size for member in members(result)]
    assert members(result)[0].data == shown[:5]
    assert anomalies(result) == {"size_mismatch": 1}


def test_a_name_in_another_directory_counts_although_its_content_is_listed(tmp_path: Path) -> None:
    other = PLAIN[CENTRAL_AT:END_AT].replace(b"demo/__init__.py", b"demo/__evil__.py")
    data = PLAIN[:CENTRAL_AT] + other + PLAIN[CENTRAL_AT:END_AT]
    data += struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, 3, 3, END_AT - CENTRAL_AT, CENTRAL_AT + len(other), 0)
    assert paths(opened(tmp_path, data))["demo/__evil__.py"] == PAYLOAD
