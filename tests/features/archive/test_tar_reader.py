"""Tar archives are read as tarfile reads them, and also beyond the point where tarfile stops."""

import gzip
import io
import tarfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from xxhash import xxh3_128_digest

from features.archive.budget import Budget, LimitExceeded
from features.archive.byte_source import MemorySource
from features.archive.collection import MemberCollection, decode_name
from features.archive.compression import BlockReader, Position, raw_blocks
from features.archive.tar_reader import read_tar
from features.contract import FileType, Role, Status
from features.limits import Limits
from features.opening import OpenedFile, open_release

NAMES = st.sampled_from(
    ["a.py", "d/b.txt", "./c", "d", "x" * 120, "y" * 99 + "/" + "z" * 99, "é/ü.py", "d/", "q" * 300]
)


def member(
    name: str, data: bytes = b"", kind: bytes = tarfile.REGTYPE, link: str = "", pax: dict[str, str] | None = None
) -> tuple[tarfile.TarInfo, bytes]:
    info = tarfile.TarInfo(name)
    info.type, info.linkname, info.size, info.pax_headers = kind, link, len(data), pax or {}
    return info, data


def tar(
    *members: tuple[tarfile.TarInfo, bytes], form: int = tarfile.PAX_FORMAT, global_pax: dict[str, str] | None = None
) -> bytes:
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w", format=form, pax_headers=global_pax or {}) as archive:
        for info, data in members:
            archive.addfile(info, io.BytesIO(data))
    return made.getvalue()


def opened(tmp_path: Path, data: bytes, limits: Limits = Limits(), name: str = "demo-1.0.tar.gz") -> OpenedFile:  # noqa: B008
    path = tmp_path / "artifact"
    path.write_bytes(data)
    return open_release(path, name, limits)


def standard(data: bytes) -> list[tuple[str, bytes]]:
    """Return the members that tarfile reads before it stops."""
    found: list[tuple[str, bytes]] = []
    try:
        with tarfile.open(fileobj=io.BytesIO(data), mode="r:") as archive:
            for info in archive:
                if info.isreg() or info.type not in tarfile.SUPPORTED_TYPES:
                    stream = archive.extractfile(info)
                    assert stream is not None
                    content = stream.read()
                    if len(content) != info.size:
                        break
                    name = decode_name(info.name.encode("utf-8", "surrogateescape"))
                    # The name is that of the file that tarfile writes.
                    found.append((name.removeprefix("./").rstrip("/"), content))
    except (tarfile.TarError, IndexError, RecursionError, OverflowError, MemoryError, ValueError):
        pass
    return found


def ours(data: bytes) -> list[tuple[str, bytes]]:
    """Return the listed members that our reader read whole."""
    found = MemberCollection(Budget(Limits(), float("inf")))
    position = Position()
    with suppress(LimitExceeded):
        read_tar(BlockReader(raw_blocks(MemorySource(data), 0, len(data), found.budget, position)), position, found, "")
    return [
        (entry.path, entry.digest)
        for entry in found.members
        if not entry.hidden and not entry.link_target and entry.problem in {"", "nesting"}
    ]


def digests(found: list[tuple[str, bytes]]) -> list[tuple[str, bytes]]:
    return [(name, xxh3_128_digest(data)) for name, data in found]


MEMBERS = st.lists(
    st.tuples(
        NAMES, st.binary(max_size=1500), st.sampled_from([b"0", b"0", b"0", b"\0", b"7", b"1", b"2", b"3", b"5", b"Z"])
    ),
    max_size=6,
)
Members = list[tuple[str, bytes, bytes]]
FORMATS = st.sampled_from([tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT])


def written(members: Members, form: int) -> bytes:
    made = []
    for name, data, kind in members:
        plain = name[:90].replace("é", "e").replace("ü", "u") if form == tarfile.USTAR_FORMAT else name
        made.append(member(plain, data if kind in b"0\x007Z" else b"", kind, "a.py" if kind in b"12" else ""))
    return tar(*made, form=form)


@given(MEMBERS, FORMATS)
@settings(max_examples=50)
def test_members_are_those_that_tarfile_reads(members: Members, form: int) -> None:
    data = written(members, form)
    assert digests(standard(data)) == ours(data)


@given(MEMBERS, FORMATS, st.lists(st.tuples(st.integers(0, 1 << 16), st.integers(0, 255)), min_size=1, max_size=4))
@settings(max_examples=100)
def test_members_of_a_damaged_archive_are_those_that_tarfile_reads(
    members: Members, form: int, damage: list[tuple[int, int]]
) -> None:
    data = bytearray(written([("a.py", b"x = 1\n", b"0"), *members], form))
    for at, value in damage:
        data[at % min(len(data), 6000)] = value
    said = digests(standard(bytes(data)))
    assert said == ours(bytes(data))[: len(said)]


def set_field(data: bytes, at: int, value: bytes, header: int = 0) -> bytes:
    """Write a header's field and mend its checksum."""
    block = bytearray(data[header : header + 512])
    block[at : at + len(value)] = value
    block[148:156] = b" " * 8
    block[148:156] = b"%06o\0 " % sum(block)
    return data[:header] + bytes(block) + data[header + 512 :]


PLAIN = tar(member("a.py", b"x = 1\n"), member("b.py", b"y = 2\n"), form=tarfile.USTAR_FORMAT)
OWNERLESS = set_field(PLAIN, 108, bytes(16))
"""As writers in Rust leave owner and group out; they give the checksum seven digits."""


@pytest.mark.parametrize(
    "data",
    [
        PLAIN,
        set_field(PLAIN, 124, b"\x80\0\0\0\0\0\0\0\0\0\0\x06"),
        set_field(PLAIN, 124, b"     6      "),
        set_field(PLAIN, 124, b"6\0garbage!!"),
        set_field(PLAIN, 124, b"9"),
        set_field(PLAIN, 108, b"nonsense"),
        set_field(PLAIN, 329, b"\xff\xff"),
        set_field(PLAIN, 136, b"\0rubbish"),
        set_field(PLAIN, 156, b"\0"),
        set_field(PLAIN, 257, b"\0" * 8),
        set_field(PLAIN, 345, b"some/prefix"),
        set_field(PLAIN, 0, "é".encode()),
        OWNERLESS,
        OWNERLESS[:148] + b"0" + OWNERLESS[148:155] + OWNERLESS[156:],
        set_field(PLAIN, 0, b"folder/\0", 1024),
        tar(member("a.py", b"x = 1\n", pax={"path": "other/name.py"})),
        tar(member("a.py", b"x = 1\n", pax={"GNU.sparse.name": "sparse.py"})),
        tar(member("a.py", b"x = 1\n"), member("b.py", b"y"), global_pax={"comment": "0123"}),
        tar(member("a.py", b"x" * 600), member("b.py", b"y" * 600), global_pax={"path": "same.py"}),
        tar(member("a.py", b"x" * 700), global_pax={"size": "5"}),
        tar(member("a.py", b"x" * 700), member("b.py", b"y" * 700), global_pax={"size": "2000"}),
        tar(member("a" * 150, b"x"), member("b" * 150, b"", tarfile.SYMTYPE, "c" * 150), form=tarfile.GNU_FORMAT),
        tar(member("a.py", b"12345" * 9, pax={"GNU.sparse.map": "0,5,20,5", "GNU.sparse.realsize": "30"})),
        tar(member("a.py", b"1\n0\n3\n".ljust(512, b"\0") + b"abc", pax={"GNU.sparse.major": "1", "GNU.sparse.minor": "0", "GNU.sparse.realsize": "3"})),
    ],
)  # fmt: skip
def test_quirks_are_those_of_tarfile(data: bytes) -> None:
    assert digests(standard(data)) == ours(data)


@pytest.mark.parametrize("compression", ["gz", "bz2", "xz", "", "zip"])
def test_every_compression_is_read(compression: str, make_sdist: Callable[..., Path]) -> None:
    path = make_sdist({"setup.py": "print()\n", "demo/__init__.py": ""}, compression=compression)
    result = open_release(path, path.name, Limits())
    assert (Status.OK, "") == (result.status, result.reason)
    assert result.release is not None
    assert {"PKG-INFO", "setup.py", "demo/__init__.py"} == {
        m.path.removeprefix("demo-1.0/") for m in result.release.members
    }
    assert result.release.root == "demo-1.0/"
    assert result.release.container == {"": "tar", "zip": "zip"}.get(compression, f"tar.{compression}")
    assert result.release.anomalies == {}


@pytest.mark.parametrize(
    ("anomalies", "data"),
    [
        ({}, tar(member("d/a.py", b"x"))),
        ({"duplicate_member": 1}, tar(member("d/a.py", b"x"), member("d/a.py", b"y"))),
        ({"case_collision": 1}, tar(member("d/a.py", b"x"), member("d/A.py", b"y"))),
        ({"path_traversal": 1}, tar(member("../a.py", b"x"))),
        ({"absolute_path": 1}, tar(member("/etc/a.py", b"x"))),
        ({"backslash_path": 1}, tar(member("d\\a.py", b"x"))),
        ({"control_char_name": 1}, tar(member("d/a\x1b[2J.py", b"x"))),
        ({"control_char_name": 1}, tar(member("d/a\u202eyp.exe", b"x"))),
        ({"long_name": 1}, tar(member("d/" + "a" * 1100, b"x"))),
        ({"symlink": 1}, tar(member("d/a.py", b"x"), member("d/b.py", kind=tarfile.SYMTYPE, link="a.py"))),
        ({"symlink": 1, "symlink_escape": 1}, tar(member("d/a.py", b"x"), member("d/b", kind=tarfile.SYMTYPE, link="../../etc/passwd"))),
        ({"symlink": 1, "symlink_escape": 1}, tar(member("d/a.py", b"x"), member("d/b", kind=tarfile.SYMTYPE, link="/etc/passwd"))),
        ({"hardlink": 1}, tar(member("d/a.py", b"x"), member("d/b.py", kind=tarfile.LNKTYPE, link="d/a.py"))),
        ({"device": 1}, tar(member("d/a.py", b"x"), member("d/null", kind=tarfile.CHRTYPE))),
        ({"unknown_type": 1}, tar(member("d/a.py", b"x", kind=b"Z"))),
        ({"trailing_data": 1}, tar(member("d/a.py", b"x")) + b"surplus " * 64),
        ({"hidden_member": 1}, tar(member("d/a.py", b"x")) + tar(member("d/b.py", b"y"))),
        ({}, tar(member("d/a.py", b"x")) * 2),
        ({"bad_checksum": 1, "hidden_member": 1}, PLAIN[:1024] + b"\xff" * 512 + tar(member("d/b.py", b"y"))),
    ],
)  # fmt: skip
def test_anomalies_are_counted(anomalies: dict[str, int], data: bytes, tmp_path: Path) -> None:
    release = opened(tmp_path, gzip.compress(data)).release
    assert release is not None
    assert anomalies == release.anomalies


def test_a_link_has_the_content_of_its_target(tmp_path: Path) -> None:
    data = tar(
        member("demo-1.0/PKG-INFO", b"Name: demo\n"),
        member("demo-1.0/setup.py", kind=tarfile.SYMTYPE, link="docs/notes.txt"),
        member("demo-1.0/docs/notes.txt", b"import os\n"),
        member("demo-1.0/again.py", kind=tarfile.SYMTYPE, link="setup.py"),
        member("demo-1.0/loop", kind=tarfile.SYMTYPE, link="loop"),
    )
    release = opened(tmp_path, gzip.compress(data)).release
    assert release is not None
    found = {m.path.removeprefix("demo-1.0/"): m for m in release.members}
    assert (found["setup.py"].data, found["setup.py"].role) == (b"import os\n", Role.INSTALL)
    assert found["setup.py"].file_type == FileType.PYTHON
    assert found["again.py"].data == b"import os\n"
    assert found["loop"].problem == "dangling link"


def test_members_after_a_damaged_header_are_hidden(tmp_path: Path) -> None:
    first = tar(member("demo-1.0/setup.py", b"print()\n"), form=tarfile.USTAR_FORMAT)[:1024]
    data = first + b"\xff" * 512 + tar(member("demo-1.0/evil.py", b"import os\n"))
    result = opened(tmp_path, gzip.compress(data))
    assert result.status == Status.PARTIAL
    assert "bad_checksum" in result.reason
    assert result.release is not None
    assert "demo-1.0/evil.py" in {m.path for m in result.release.members}


@pytest.mark.parametrize("cut", [600, 1100, 3000, 5000])
def test_a_truncated_archive_is_read_to_its_end(cut: int, tmp_path: Path) -> None:
    data = tar(member("d/a.py", b"x = 1\n" * 200), member("d/b.py", b"y = 2\n" * 2000), form=tarfile.USTAR_FORMAT)
    result = opened(tmp_path, data[:cut], name="d-1.0.tar")
    assert result.status == Status.PARTIAL
    assert result.release is not None
    assert result.release.anomalies["truncated"]


def test_a_truncated_compression_is_an_anomaly(tmp_path: Path, make_sdist: Callable[..., Path]) -> None:
    whole = make_sdist(
        {"a.py": "x = 1\n", "b.bin": bytes(range(256)) * 900 + b"".join(i.to_bytes(4, "big") for i in range(90_000))}
    ).read_bytes()
    result = opened(tmp_path, whole[: len(whole) // 2])
    assert (result.status, result.release is not None) == (Status.PARTIAL, True)
    assert "truncated" in result.reason
    assert opened(tmp_path, whole[:40]).status == Status.UNREADABLE


def test_a_chain_of_extended_headers_ends(tmp_path: Path) -> None:
    data = tar(member("a" * 150, b"x"), form=tarfile.GNU_FORMAT)
    result = opened(tmp_path, PLAIN[:1024] + data[:1024] * 5000 + data[1024:], name="d-1.0.tar")
    assert result.status == Status.PARTIAL


def test_a_negative_size_does_not_go_backwards(tmp_path: Path) -> None:
    data = PLAIN[:1024] + set_field(PLAIN[1024:], 124, b"\xff" * 12)
    assert opened(tmp_path, data, name="d-1.0.tar").status == Status.PARTIAL


def test_a_sparse_member_may_come_first(tmp_path):
    header = tarfile.TarInfo("demo-1.0/setup.py")
    header.type = tarfile.GNUTYPE_SPARSE
    block = header.tobuf(tarfile.GNU_FORMAT)
    path = tmp_path / "demo-1.0.tar.gz"
    path.write_bytes(gzip.compress(block + bytes(1024)))
    opened = open_release(path, path.name, Limits())
    assert opened.release is not None
    assert [member.path for member in opened.release.members] == ["demo-1.0/setup.py"]


CODE = b"import os\nos.getcwd()\n"


def record(keyword: bytes, value: bytes, digits: int = 0) -> bytes:
    """Return a pax record whose length has at least so many digits."""
    rest = b" " + keyword + b"=" + value + b"\n"
    length = len(rest) + 1
    while len(b"%0*d" % (digits, length)) + len(rest) != length:
        length = len(b"%0*d" % (digits, length)) + len(rest)
    return b"%0*d" % (digits, length) + rest


def pax_header(*records: bytes) -> bytes:
    return block_of("pax", b"".join(records), tarfile.XHDTYPE)


def block_of(name: str, data: bytes, kind: bytes = tarfile.REGTYPE, size: int | None = None) -> bytes:
    info = tarfile.TarInfo(name)
    info.type, info.size = kind, len(data) if size is None else size
    return info.tobuf(tarfile.USTAR_FORMAT) + data + bytes(-len(data) % 512)


def listed(tmp_path: Path, data: bytes) -> dict[str, bytes]:
    release = opened(tmp_path, gzip.compress(data + bytes(1024), mtime=0)).release
    assert release is not None
    return {entry.path: entry.data for entry in release.members}


def found_anomalies(tmp_path: Path, data: bytes) -> set[str]:
    release = opened(tmp_path, gzip.compress(data + bytes(1024), mtime=0)).release
    assert release is not None
    return set(release.anomalies)


OTHER_DIGITS = "\u3000" + "".join(chr(0x660 + int(digit)) for digit in str(len(CODE)))


@pytest.mark.parametrize(
    "records",
    [
        [record(b"size", b"%d" % len(CODE), 25)],
        [record(b"size", OTHER_DIGITS.encode())],
        [record(b"size", b" %d\t" % len(CODE))],
        [
            record(b"GNU.sparse.map", f"\u0660,{OTHER_DIGITS}".encode()),
            record(b"GNU.sparse.size", OTHER_DIGITS.encode()),
        ],
    ],
)
def test_numbers_are_read_in_every_spelling_that_tarfile_reads(records: list[bytes], tmp_path: Path) -> None:
    data = pax_header(*records) + block_of("d/setup.py", CODE, size=0)
    if records[0].startswith(b"0"):
        assert standard(data + bytes(1024))[0] in {("d/setup.py", CODE), ("d/setup.py", b"")}
    else:
        assert standard(data + bytes(1024))[0] == ("d/setup.py", CODE)
    assert listed(tmp_path, data)["d/setup.py"] == CODE


@pytest.mark.parametrize(
    ("name", "prefix"), [(b"d/setup.py/", b""), (b"d/setup.py///", b""), (b"", b"d/setup.py"), (b"/", b"d/setup.py")]
)
def test_a_name_that_ends_in_a_slash_is_that_of_a_file(name: bytes, prefix: bytes, tmp_path: Path) -> None:
    data = set_field(set_field(block_of("x" * 20, CODE), 0, name.ljust(20, b"\0")), 345, prefix)
    assert listed(tmp_path, data) == {"d/setup.py": CODE}
    with tarfile.open(fileobj=io.BytesIO(data + bytes(1024))) as archive:
        archive.extractall(tmp_path / "out", filter="data")
    assert (tmp_path / "out" / "d" / "setup.py").read_bytes() == CODE


REST = b"print(1)\n" * 60


def test_a_sparse_map_that_is_longer_than_the_content_leads_over_the_next_headers(tmp_path: Path) -> None:
    behind = block_of("d/b.py", REST)
    whole = CODE.ljust(512, b"\0") + behind
    size = b"%d" % len(whole)
    records = record(b"GNU.sparse.map", b"0," + size), record(b"GNU.sparse.size", size)
    data = pax_header(*records) + block_of("d/a.py", CODE, size=512) + behind
    assert [("d/a.py", whole), ("d/b.py", REST)] == standard(data + bytes(1024))
    assert listed(tmp_path, data) == {"d/a.py": whole, "d/b.py": REST}
    assert "size_mismatch" in found_anomalies(tmp_path, data)


def test_a_sparse_map_in_the_data_may_be_longer_than_that(tmp_path: Path) -> None:
    behind = block_of("d/b.py", REST)
    numbers = b"1\n0\n%d\n" % len(CODE)
    records = [record(b"GNU.sparse.major", b"1"), record(b"GNU.sparse.minor", b"0")]
    records.append(record(b"GNU.sparse.realsize", b"%d" % len(CODE)))
    sparse_map = b"0" * (512 - len(numbers)) + numbers
    data = pax_header(*records) + block_of("d/a.py", b"", size=0) + sparse_map + behind
    with tarfile.open(fileobj=io.BytesIO(data + bytes(1024))) as archive:
        assert ["d/a.py"] == [info.name for info in archive]
    # The next header is looked for in the map.
    assert behind[: len(CODE)] == listed(tmp_path, data)["d/a.py"]


@pytest.mark.parametrize("parts", [b"0,10,5,18", b"10,18,0,10"])
def test_parts_of_a_sparse_file_that_overlap_are_kept_as_they_are_stored(parts: bytes, tmp_path: Path) -> None:
    data = pax_header(record(b"GNU.sparse.map", parts), record(b"GNU.sparse.size", b"28")) + block_of("d/a.py", CODE)
    assert "hidden_data" in found_anomalies(tmp_path, data)
    assert listed(tmp_path, data)["!hidden_data"].startswith(CODE[:20])


AMBIGUOUS = {
    "a size of more digits than newer Pythons read": (
        pax_header(record(b"size", b"%05000d" % 1024)) + block_of("d/a.bin", b"", size=0) + block_of("d/setup.py", CODE)
    ),
    "a folder by a name that newer Pythons do not look at": (
        block_of("././@LongLink", b"d/notes\0", b"L")
        + set_field(block_of("d/x/", b"x" * 512 + block_of("d/setup.py", CODE), size=1536), 156, b"\0")
    ),
    "parts of a sparse file in another record": (
        pax_header(
            record(b"GNU.sparse.size", b"%d" % len(CODE)),
            record(b"comment", b"\n1 GNU.sparse.offset=99\n1 GNU.sparse.numbytes=1\n"),
            record(b"GNU.sparse.offset", b"0"),
            record(b"GNU.sparse.numbytes", b"%d" % len(CODE)),
        )
        + block_of("d/setup.py", CODE)
    ),
}


@pytest.mark.parametrize("data", AMBIGUOUS.values(), ids=AMBIGUOUS)
def test_what_any_python_reads_is_examined_if_they_differ(data: bytes, tmp_path: Path) -> None:
    release = opened(tmp_path, gzip.compress(data + bytes(1024), mtime=0)).release
    assert release is not None
    assert CODE in [entry.data for entry in release.members if entry.path == "d/setup.py"]
    assert release.anomalies["ambiguous_header"]


def test_text_that_no_reader_shows_is_hidden_data(tmp_path: Path) -> None:
    long_name = block_of("././@LongLink", b"d/a.py\0" + CODE * 20, b"L")
    for data in (pax_header(record(b"comment", CODE * 20)) + block_of("d/a.py", b"x"), long_name + block_of("b", b"x")):
        assert {"d/a.py": b"x"}.items() <= listed(tmp_path, data).items()
        assert CODE * 20 in listed(tmp_path, data)["!hidden_data"]
        assert found_anomalies(tmp_path, data) == {"hidden_data"}


@pytest.mark.parametrize("pax", [{"comment": "a" * 40}, {"mtime": "1.5"}, {"SCHILY.xattr.user.origin": "tests"}])
def test_short_records_that_are_not_used_are_no_anomaly(pax: dict[str, str], tmp_path: Path) -> None:
    assert found_anomalies(tmp_path, tar(member("d/a.py", b"x", pax=pax))) == set()
