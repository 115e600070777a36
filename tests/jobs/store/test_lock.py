import errno
import os
import signal
import subprocess
import sys

import pytest

from jobs.contract import OutputLockedError, OutputUnusableError, StoreFullError
from jobs.store.lock import OutputLock

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
