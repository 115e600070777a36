import errno
import os
import signal
import subprocess
import sys
import threading

import pytest

from jobs.contract import OutputLockedError, OutputReadError, OutputUnusableError, StoreFullError
from jobs.store.lock import OutputLock, reading, without_readers

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
