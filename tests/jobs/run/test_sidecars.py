"""Metadata beside wheels: the same as inside, changed, unreadable, too large, and read again only when it changes."""

import os
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from store_builders import finish
from xxhash import xxh3_128_digest

from features.schema import MEMBERS
from jobs.run import sidecars
from jobs.run.sidecars import check_sidecars
from jobs.store.part_store import PartStore

WHEEL = "packages/demo-1.0-py3-none-any.whl"
INSIDE = b"Metadata-Version: 2.1\nName: demo\nRequires-Dist: one\n"
Check = Callable[..., list[tuple[str, str]]]


@pytest.fixture
def sidecar(tmp_path: Path) -> Path:
    """The sidecar of the wheel, equal to what is inside."""
    path = tmp_path / "web" / f"{WHEEL}.metadata"
    path.parent.mkdir(parents=True)
    path.write_bytes(INSIDE)
    return path


@pytest.fixture
def check(tmp_path: Path) -> Check:
    """Return `check(sha256, seen) -> [(code, detail)]`, one night after the other."""
    member = {"path": "demo-1.0.dist-info/METADATA", "digest": xxh3_128_digest(INSIDE), "size": len(INSIDE)}
    deeper = {"path": "a/b-1.0.dist-info/METADATA", "digest": xxh3_128_digest(b"other")}
    store = PartStore(tmp_path / "store")
    schema = pa.schema([("path", pa.string()), ("sha256", pa.string()), ("members", MEMBERS)])
    part = pa.Table.from_pylist([{"path": WHEEL, "sha256": "aa", "members": [member, deeper]}], schema)
    finish(store, "1", a=part)
    nights: list[Path] = []

    def run(sha256: str = "aa", seen: str = "tonight") -> list[tuple[str, str]]:
        row = {"path": WHEEL, "filename": Path(WHEEL).name, "sha256": sha256, "kind": "wheel", "seen": seen}
        scores = tmp_path / "scores.parquet"
        pq.write_table(pa.Table.from_pylist([row]), scores)
        night = tmp_path / f"{len(nights)}.parquet"
        last = nights[-1] if nights else None
        faults = check_sidecars(night, scores, last, store, tmp_path / "web", lambda *_: None, tmp_path / "spill")
        nights.append(night)
        return [(fault.code, fault.detail) for fault in faults]

    return run


OTHER = [
    (
        "sidecar",
        f"{WHEEL}.metadata: It is not the METADATA in {WHEEL}, and installers resolve dependencies from it.",
    )
]


def test_the_same_bytes_are_nothing_and_other_bytes_of_the_same_size_are_a_fault_that_stands(sidecar, check):
    assert [] == check()
    before = sidecar.stat()
    sidecar.write_bytes(INSIDE.replace(b"one", b"two"))
    os.utime(sidecar, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert OTHER == check()
    assert OTHER == check()
    assert OTHER == check(seen="stands")
    sidecar.write_bytes(INSIDE)
    assert [] == check()


def test_a_longer_sidecar_is_a_fault_and_none_is_nothing(sidecar, check):
    sidecar.write_bytes(INSIDE + b"Requires-Dist: evil\n")
    assert OTHER == check()
    sidecar.unlink()
    assert [] == check()


def test_nothing_is_said_of_a_wheel_that_was_not_read_until_it_is(sidecar, check):
    sidecar.write_bytes(b"Name: other\n")
    assert [] == check(sha256="")
    assert OTHER == check()


def test_an_unchanged_sidecar_is_not_read_again(sidecar, check, monkeypatch):
    assert [] == check()
    monkeypatch.setattr(sidecars, "open_file", None)
    assert [] == check()


@pytest.mark.parametrize("make", [os.mkfifo, os.mkdir, lambda path: path.symlink_to("/etc/hostname")])
def test_what_is_no_file_of_the_mirror_is_named_and_not_waited_for(sidecar, check, make):
    sidecar.unlink()
    make(sidecar)
    ((code, detail),) = check()
    assert "sidecar" == code
    assert f"{WHEEL}.metadata: It was not compared" in detail


def test_one_that_may_not_be_read_is_named(sidecar, check, monkeypatch):
    def deny(*_: object) -> int:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(sidecars, "open_file", deny)
    assert [
        ("sidecar", f"{WHEEL}.metadata: It was not compared with the METADATA in {WHEEL} (Permission denied).")
    ] == (check())


def test_a_huge_one_is_named_and_not_read(sidecar, check):
    os.truncate(sidecar, 2**40)
    assert [
        ("sidecar", f"{WHEEL}.metadata: It was not compared with the METADATA in {WHEEL} (it is over 8,388,608 bytes).")
    ] == check()
