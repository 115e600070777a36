import os
import stat
from datetime import UTC, datetime
from pathlib import Path

import pytest

from features.runtime.atomic_write import open_temporary, sync_to_disk, write_atomically


def files(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_a_file_gets_its_content(tmp_path):
    write_atomically(tmp_path / "f", b"new")
    assert files(tmp_path) == {"f": b"new"}


def test_a_file_is_replaced_as_another_inode_so_that_an_open_reader_keeps_the_old_one(tmp_path):
    write_atomically(tmp_path / "f", b"old")
    with (tmp_path / "f").open("rb") as reader:
        write_atomically(tmp_path / "f", memoryview(b"new"), durable=True)
        assert reader.read() == b"old"
    assert files(tmp_path) == {"f": b"new"}


def test_a_failed_write_leaves_the_old_file_and_no_temporary_one(tmp_path):
    write_atomically(tmp_path / "f", b"old")
    with pytest.raises(TypeError):
        write_atomically(tmp_path / "f", "text")  # type: ignore[arg-type]
    assert files(tmp_path) == {"f": b"old"}


def test_a_failed_rename_leaves_the_old_file_and_no_temporary_one(tmp_path, monkeypatch):
    def fail(self, target):
        raise OSError(28, "No space left on device")

    write_atomically(tmp_path / "f", b"old")
    monkeypatch.setattr(Path, "replace", fail)
    with pytest.raises(OSError, match="No space left"):
        write_atomically(tmp_path / "f", b"new")
    assert files(tmp_path) == {"f": b"old"}


def test_content_reaches_the_disk_before_the_rename_only_if_it_must_be_durable(tmp_path, monkeypatch):
    events = []
    replace = Path.replace

    def noted_replace(self, target):
        events.append("rename")
        return replace(self, target)

    monkeypatch.setattr(os, "fsync", lambda handle: events.append("fsync"))
    monkeypatch.setattr(Path, "replace", noted_replace)
    write_atomically(tmp_path / "f", b"1")
    assert events == ["rename"]
    write_atomically(tmp_path / "f", b"2", durable=True)
    assert events == ["rename", "fsync", "rename"]


def test_missing_folders_are_made_only_on_request(tmp_path):
    with pytest.raises(FileNotFoundError):
        write_atomically(tmp_path / "a" / "b" / "f", b"")
    assert files(tmp_path) == {}
    write_atomically(tmp_path / "a" / "b" / "f", b"1", parents=True)
    assert files(tmp_path / "a" / "b") == {"f": b"1"}


@pytest.mark.parametrize(("mode", "expected"), [(0o666, 0o640), (0o600, 0o600)])
def test_a_mode_is_reduced_by_the_umask(tmp_path, mode, expected):
    before = os.umask(0o027)
    try:
        write_atomically(tmp_path / "f", b"", mode=mode)
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "f").stat().st_mode) == expected


def test_a_file_gets_the_time_that_it_is_given(tmp_path):
    time = datetime(2020, 8, 3, 9, 30, tzinfo=UTC)
    write_atomically(tmp_path / "f", b"", mtime=time)
    assert (tmp_path / "f").stat().st_mtime == time.timestamp()


def test_the_longest_name_has_room_for_its_temporary_one(tmp_path):
    write_atomically(tmp_path / ("n" * 255), b"1")
    assert files(tmp_path) == {"n" * 255: b"1"}


def test_a_block_that_raises_leaves_no_temporary_file(tmp_path):
    def interrupted():
        with open_temporary(tmp_path / "f") as temporary:
            temporary.write_bytes(b"half")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert files(tmp_path) == {}


def test_files_and_folders_can_be_flushed_and_what_is_missing_cannot(tmp_path):
    write_atomically(tmp_path / "f", b"1")
    sync_to_disk(tmp_path)
    sync_to_disk(tmp_path / "f")
    with pytest.raises(FileNotFoundError):
        sync_to_disk(tmp_path / "g")
