import errno
import fcntl
import os
import signal
import stat
import subprocess
import sys
import threading

import pytest

from jobs.contract import OutputLockedError, OutputReadError, OutputUnusableError, StoreFullError
from jobs.store.lock import LOCK_FILE, READERS_FILE, OutputLock, reading, without_readers

HOLDER = """
import sys
from pathlib import Path
from jobs.store.lock import OutputLock
lock = OutputLock(Path(sys.argv[1]))
print("held", flush=True)
input()
"""


def test_a_second_lock_is_refused_and_names_the_process_that_holds_it(tmp_path):
    lock = OutputLock(tmp_path / "out")
    with pytest.raises(OutputLockedError, match=f"process {os.getpid()}"):
        OutputLock(tmp_path / "out")
    lock.release()
    OutputLock(tmp_path / "out").release()


def test_a_lock_may_be_released_twice_without_releasing_that_of_another(tmp_path):
    lock = OutputLock(tmp_path)
    lock.release()
    other = OutputLock(tmp_path)
    lock.release()
    with pytest.raises(OutputLockedError):
        OutputLock(tmp_path)
    other.release()


def test_a_killed_process_holds_no_lock(tmp_path):
    command = [sys.executable, "-c", HOLDER, str(tmp_path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as holder:
        assert holder.stdout is not None
        assert b"held\n" == holder.stdout.readline()
        with pytest.raises(OutputLockedError, match=str(holder.pid)):
            OutputLock(tmp_path)
        holder.send_signal(signal.SIGKILL)
        holder.wait()
    OutputLock(tmp_path).release()


def test_a_folder_that_cannot_be_made_is_unusable(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(OutputUnusableError, match="Not a directory"):
        OutputLock(tmp_path / "file" / "out")


def test_a_full_disk_is_named_as_such_and_leaves_no_lock_held(tmp_path, monkeypatch):
    def full(*_: object) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr("jobs.store.lock.os.pwrite", full)
        with pytest.raises(StoreFullError, match="No space left"):
            OutputLock(tmp_path)
    OutputLock(tmp_path).release()


def test_readers_share_the_folder_with_one_another_and_with_a_run(tmp_path):
    lock = OutputLock(tmp_path)
    with reading(tmp_path) as out, reading(tmp_path):
        assert tmp_path == out
    lock.release()


def test_nothing_is_removed_under_a_reader(tmp_path):
    (tmp_path / "runs").mkdir()
    with reading(tmp_path), pytest.raises(OutputReadError), without_readers(tmp_path, 0):
        raise AssertionError("a reader was overlooked")
    with without_readers(tmp_path, 0):
        pass


def test_no_reader_begins_in_the_middle_of_a_removal(tmp_path, monkeypatch):
    monkeypatch.setattr("jobs.store.lock.READER_PATIENCE", 0)
    with without_readers(tmp_path, 0), pytest.raises(OutputReadError, match="in use"), reading(tmp_path):
        raise AssertionError("a reader was let in")
    with reading(tmp_path):
        pass


def test_who_holds_readers_off_waits_for_those_that_read(tmp_path):
    (tmp_path / "runs").mkdir()
    reader = reading(tmp_path)
    reader.__enter__()
    ended = threading.Timer(0.1, reader.__exit__, (None, None, None))
    ended.start()
    with without_readers(tmp_path, 60):
        assert ended.finished.is_set()
    ended.join()


def test_a_reader_leaves_nothing_in_a_folder_without_runs(tmp_path):
    with reading(tmp_path), reading(tmp_path / "absent"):
        pass
    assert [] == list(tmp_path.iterdir())


def test_removal_from_a_folder_that_is_not_there_is_an_error(tmp_path):
    with pytest.raises(OutputUnusableError), without_readers(tmp_path / "absent", 0):
        raise AssertionError


@pytest.mark.parametrize("name", [LOCK_FILE, READERS_FILE])
def test_no_other_user_can_open_a_lock_and_so_hold_it_and_an_old_one_is_mended(tmp_path, name):
    (tmp_path / "runs").mkdir()
    (tmp_path / READERS_FILE).touch(mode=0o644)
    (tmp_path / LOCK_FILE).touch(mode=0o644)
    OutputLock(tmp_path).release()
    with reading(tmp_path):
        assert 0o600 == stat.S_IMODE((tmp_path / name).stat().st_mode)


def test_locks_are_made_private(tmp_path):
    OutputLock(tmp_path).release()
    with without_readers(tmp_path, 0):
        modes = {stat.S_IMODE((tmp_path / name).stat().st_mode) for name in (LOCK_FILE, READERS_FILE)}
    assert {0o600} == modes


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a folder away")
def test_a_lock_that_root_makes_belongs_to_the_owner_of_the_folder(tmp_path):
    os.chown(tmp_path, 65534, 65534)
    OutputLock(tmp_path).release()
    assert 65534 == (tmp_path / LOCK_FILE).stat().st_uid


def test_the_process_that_holds_a_lock_is_named_and_not_the_one_that_held_it_last(tmp_path):
    (tmp_path / LOCK_FILE).write_text("1\n")
    with (tmp_path / LOCK_FILE).open() as stranger:
        fcntl.flock(stranger, fcntl.LOCK_EX)
        with pytest.raises(OutputLockedError, match=f"process {os.getpid()}"):
            OutputLock(tmp_path)


@pytest.mark.parametrize("name", [LOCK_FILE, READERS_FILE])
def test_a_link_or_a_pipe_in_the_place_of_a_lock_is_never_followed_or_waited_for(tmp_path, name):
    (tmp_path / "runs").mkdir()
    (tmp_path / name).symlink_to(tmp_path / "elsewhere")
    with pytest.raises(OutputUnusableError), without_readers(tmp_path, 0):
        OutputLock(tmp_path)
    (tmp_path / name).unlink()
    os.mkfifo(tmp_path / name)
    with reading(tmp_path):
        assert not (tmp_path / "elsewhere").exists()
