"""One distribution file is read into memory under limits."""

import bz2
import gzip
import io
import lzma
import os
import random
import tarfile
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from features.contract import FileType, Role, Status
from features.limits import Limits
from features.opening import OpenedFile, open_release

PAYLOAD = b"import os\nos.getcwd()\n"
SMALL = Limits()
Build = Callable[[dict[str, bytes]], bytes]


def zipped(files: dict[str, bytes]) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return made.getvalue()


def tarred(files: dict[str, bytes]) -> bytes:
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w:gz", compresslevel=1) as archive:
        for name, data in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return made.getvalue()


def opened(tmp_path: Path, data: bytes, limits: Limits = SMALL, name: str = "demo-1.0.tar.gz") -> OpenedFile:
    path = tmp_path / "artifact"
    path.write_bytes(data)
    return open_release(path, name, limits)


@pytest.mark.slow
@pytest.mark.parametrize("build", [zipped, tarred])
def test_members_beyond_the_limit_are_not_listed(build: Build, tmp_path: Path) -> None:
    data = build({f"d/{at}": b"" for at in range(20_000)})
    result = opened(tmp_path, data, replace(SMALL, members=1_000))
    assert (result.status, result.limits) == (Status.PARTIAL, ("members",))
    assert result.release is not None
    assert len(result.release.members) == 1_000


@pytest.mark.parametrize("build", [zipped, tarred])
def test_a_bomb_is_not_read_further(build: Build, tmp_path: Path) -> None:
    data = build({"demo/bomb.bin": bytes(40 * 2**20), "demo/__init__.py": PAYLOAD})
    result = opened(tmp_path, data)
    assert (result.status, result.limits) == (Status.PARTIAL, ("ratio",))
    assert result.release is not None
    found = {member.path: member for member in result.release.members}
    assert found["demo/bomb.bin"].problem == "ratio"
    assert found["demo/__init__.py"].data == PAYLOAD


@pytest.mark.parametrize("build", [zipped, tarred])
def test_inflating_ends_at_the_limit(build: Build, tmp_path: Path) -> None:
    noise = random.Random(1).randbytes(2**20)
    data = build({"a/__init__.py": PAYLOAD, "b.bin": noise, "c.bin": noise, "d.bin": noise})
    result = opened(tmp_path, data, replace(SMALL, inflated_bytes=2**20 + 2**19))
    assert (result.status, result.limits) == (Status.PARTIAL, ("inflated_bytes",))
    assert result.release is not None
    assert result.release.members[0].data == PAYLOAD
    assert "inflated_bytes" in {member.problem for member in result.release.members}


def test_code_of_a_wheel_is_inflated_before_its_data(tmp_path: Path) -> None:
    noise = random.Random(1).randbytes(2**20)
    data = zipped({"b.bin": noise, "c.bin": noise, "z/__init__.py": PAYLOAD})
    result = opened(tmp_path, data, replace(SMALL, inflated_bytes=2**20))
    assert result.release is not None
    assert result.release.members[-1].data == PAYLOAD


def test_a_long_text_keeps_both_ends(tmp_path: Path) -> None:
    text = b"import first\n" + b"x = 1  # filler\n" * 4000 + b"import last\n"
    for build in (zipped, tarred):
        result = opened(tmp_path, build({"d/a.py": text}), replace(SMALL, member_bytes=2000))
        assert result.release is not None
        member = result.release.members[0]
        assert (result.limits, member.problem, member.size) == (("member_bytes",), "member_bytes", len(text))
        assert member.data.startswith(b"import first\n")
        assert member.data.endswith(b"import last\n")
        assert len(member.data) <= 2001


def test_a_long_text_in_many_blocks_keeps_both_ends(tmp_path: Path) -> None:
    text = b"import first\n" + random.Random(1).randbytes(3 * 2**20).hex().encode() + b"\nimport last\n"
    for build in (zipped, tarred):
        result = opened(tmp_path, build({"d/a.py": text}), replace(SMALL, member_bytes=100_000))
        assert result.release is not None
        member = result.release.members[0]
        half = 50_000
        assert member.data == text[:half] + b"\n" + text[-half:]
        assert member.size == len(text)


def test_kept_text_leaves_room_for_code(tmp_path: Path) -> None:
    files = {f"d/{at}.txt": b"text %d " % at * 200 for at in range(50)} | {"d/z.py": PAYLOAD}
    for build in (zipped, tarred):
        result = opened(tmp_path, build(files), replace(SMALL, kept_bytes=40_000))
        assert result.release is not None
        assert result.limits == ("kept_bytes",)
        assert sum(len(member.data) for member in result.release.members) <= 40_000
        assert {m.path: m.data for m in result.release.members}["d/z.py"] == PAYLOAD


def test_long_native_code_keeps_both_ends(tmp_path: Path) -> None:
    code = b"\x7fELF" + random.Random(1).randbytes(5 * 2**20)
    result = opened(tmp_path, zipped({"d/a.so": code}))
    assert result.release is not None
    member = result.release.members[0]
    assert (result.status, member.file_type, member.size) == (Status.OK, FileType.NATIVE, len(code))
    assert member.head == code[:4096]
    assert 2 * 2**20 <= len(member.data) <= 2 * 2**20 + 1


def test_reading_ends_when_the_time_is_over(tmp_path: Path) -> None:
    data = tarred({f"d/{at}.py": PAYLOAD for at in range(3000)})
    result = opened(tmp_path, data, replace(SMALL, seconds=0.0))
    assert result.status in {Status.PARTIAL, Status.UNREADABLE}
    assert result.limits == ("seconds",)


def test_a_file_beyond_the_limit_is_only_hashed(tmp_path: Path) -> None:
    result = opened(tmp_path, zipped({"a.py": PAYLOAD}), replace(SMALL, artifact_bytes=100))
    assert (result.status, result.limits) == (Status.UNREADABLE, ("artifact_bytes",))
    assert result.sha256


def test_nested_archives_of_every_format_are_opened(tmp_path: Path) -> None:
    inner = {"zip": zipped({"p.py": PAYLOAD}), "tgz": tarred({"p.py": PAYLOAD}), "py.gz": gzip.compress(PAYLOAD),
             "py.bz2": bz2.compress(PAYLOAD), "py.xz": lzma.compress(PAYLOAD), "png": zipped({"p.py": PAYLOAD})}  # fmt: skip
    for build in (zipped, tarred):
        result = opened(tmp_path, build({f"d/a.{suffix}": data for suffix, data in inner.items()}))
        assert result.release is not None
        found = {m.path: m.data for m in result.release.members if "!/" in m.path}
        assert {
            "d/a.zip!/p.py": PAYLOAD, "d/a.tgz!/p.py": PAYLOAD, "d/a.py.gz!/a.py": PAYLOAD,
            "d/a.py.bz2!/a.py": PAYLOAD, "d/a.py.xz!/a.py": PAYLOAD, "d/a.png!/p.py": PAYLOAD,
        } == found  # fmt: skip
        assert result.status == Status.OK


def test_data_in_nested_archives_do_not_use_up_the_budget(tmp_path: Path) -> None:
    inner = zipped({"array.npy": b"\x93NUMPY\x01\x00" + bytes(30 * 2**20), "p.py": PAYLOAD})
    result = opened(tmp_path, zipped({"a.npz": inner}), replace(SMALL, inflated_bytes=4 * 2**20))
    assert result.release is not None
    found = {member.path: member for member in result.release.members}
    assert (Status.OK, PAYLOAD) == (result.status, found["a.npz!/p.py"].data)
    assert found["a.npz!/array.npy"].size == 30 * 2**20 + 8


@pytest.mark.parametrize("depth", [1, 2, 3, 4, 8])
def test_archives_are_opened_down_to_the_limit(depth: int, tmp_path: Path) -> None:
    data = zipped({"p.py": PAYLOAD})
    for _ in range(depth):
        data = zipped({"inner.zip": data})
    result = opened(tmp_path, data)
    assert result.release is not None
    found = [member for member in result.release.members if member.data == PAYLOAD]
    if depth <= SMALL.nesting:
        assert (Status.OK, 1) == (result.status, len(found))
        assert found[0].path == "inner.zip!/" * depth + "p.py"
    else:
        assert (Status.PARTIAL, ("nesting",), []) == (result.status, result.limits, found)


def test_an_archive_of_many_nested_ones_ends_at_the_limit_of_members(tmp_path: Path) -> None:
    data = zipped({"p.py": PAYLOAD})
    for _ in range(4):
        data = zipped({f"{at}.zip": data for at in range(12)})
    result = opened(tmp_path, data, replace(SMALL, members=2_000))
    assert "members" in result.limits


def test_a_text_that_begins_like_an_archive_is_a_text(tmp_path: Path) -> None:
    result = opened(tmp_path, zipped({"d/run": b"BZh91AY&SY if 0 else 1\n", "d/setup.py": b"BZh91AY&SY if 0 else 1\n"}))
    assert result.release is not None
    assert [(FileType.TEXT, True), (FileType.PYTHON, True)] == [(m.file_type, m.kept) for m in result.release.members]


def test_a_name_that_looks_nested_is_not(tmp_path: Path) -> None:
    result = opened(tmp_path, tarred({"d!/PKG-INFO": b"Name: d\n", "d!/setup.py": PAYLOAD}))
    assert result.release is not None
    assert result.release.members[1].role == Role.INSTALL


@pytest.mark.parametrize(
    ("reason", "data"),
    [
        ("The file is empty.", b""),
        ("It is not an archive.", b"hello, this is no archive\n" * 90),
        ("It is not an archive.", bytes(2000)),
        ("It is a 7z file, which cannot be examined.", b"7z\xbc\xaf\x27\x1c" + bytes(90)),
        ("It is a zstd file, which cannot be examined.", b"\x28\xb5\x2f\xfd" + bytes(90)),
        ("It is a deb file, which cannot be examined.", b"!<arch>\ndebian-binary   "),
        ("It is an empty zip archive.", zipped({})),
        ("It is a damaged gz archive (truncated): no member could be read.", gzip.compress(PAYLOAD)[:4]),
    ],
)
def test_a_file_without_members_is_unreadable(reason: str, data: bytes, tmp_path: Path) -> None:
    result = opened(tmp_path, data)
    assert (Status.UNREADABLE, reason, None) == (result.status, result.reason, result.release)
    assert (64, 64) == (len(result.sha256), len(result.blake2b_256))


def test_what_is_no_regular_file_cannot_be_read(tmp_path: Path) -> None:
    assert open_release(tmp_path, "a-1.zip", SMALL).reason == "The file cannot be read: not a regular file."
    assert (
        open_release(tmp_path / "none", "a-1.zip", SMALL).reason
        == "The file cannot be read: no such file or directory."
    )
    os.mkfifo(tmp_path / "pipe")
    assert open_release(tmp_path / "pipe", "a-1.zip", SMALL).status == Status.UNREADABLE
    assert open_release(Path("a\0b"), "a-1.zip", SMALL).status == Status.UNREADABLE


def test_a_file_that_may_not_be_opened_cannot_be_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def deny(*_: object, **__: object) -> int:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(os, "open", deny)
    assert open_release(tmp_path / "a", "a-1.zip", SMALL).reason == "The file cannot be read: permission denied."


def test_a_file_that_vanishes_while_it_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a"
    path.write_bytes(zipped({"a.py": PAYLOAD}))

    def fail(*_: object) -> bytes:
        raise OSError(116, "Stale file handle")

    monkeypatch.setattr(os, "pread", fail)
    assert open_release(path, "a-1.zip", SMALL).reason == "The file cannot be read: stale file handle."


def test_a_large_file_is_read_in_parts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("features.archive.byte_source.IN_MEMORY_BYTES", 1000)
    for build in (zipped, tarred):
        files = {f"d/{at}.py": random.Random(at).randbytes(4000).hex().encode() for at in range(60)}
        result = opened(tmp_path, build(files))
        assert result.release is not None
        assert (files, Status.OK) == ({m.path: m.data for m in result.release.members}, result.status)


def test_a_sparse_file_of_any_size_is_read_until_the_time_is_over(tmp_path: Path) -> None:
    path = tmp_path / "artifact"
    with path.open("wb") as file:
        file.truncate(2**43)
    result = open_release(path, "demo-1.0.tar.gz", SMALL, deadline=-1.0)
    assert (Status.UNREADABLE, ("seconds",), "") == (result.status, result.limits, result.sha256)
    assert "digests" in result.reason
