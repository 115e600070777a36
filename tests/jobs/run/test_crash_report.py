import errno
import os
import subprocess
import sys
from pathlib import Path

import pytest

from jobs.contract import StoreFullError, StoreUnwritableError
from jobs.run.crash_report import DIED, CrashReport, read_crash_report, record_crashes

WORKER = """
import ctypes, os, signal, sys, time
from pathlib import Path
from jobs.run.crash_report import record_crashes
with record_crashes(Path(sys.argv[1]), "u") as recorder:
    with recorder.artifact(3, 600):
        pass
    with recorder.artifact(70_000, float(sys.argv[2])):
        exec(sys.argv[3])
    recorder.idle()
    exec(sys.argv[4])
"""


def end(folder: Path, how: str, then: str = "", seconds: float = 600) -> CrashReport:
    command = [sys.executable, "-c", WORKER, str(folder), str(seconds), how, then]
    path = os.pathsep.join(p for p in sys.path if p)
    subprocess.run(command, env={**os.environ, "PYTHONPATH": path}, capture_output=True, timeout=100, check=False)
    return read_crash_report(folder, "u")


@pytest.mark.parametrize(
    ("how", "seconds", "reason"),
    [
        ("ctypes.string_at(0)", 600, "of a crash (Segmentation fault)"),
        ("os.abort()", 600, "of a crash (Aborted)"),
        ("time.sleep(600)", 0.05, "out of time: it was at it without an end"),
        ("os.kill(os.getpid(), signal.SIGTERM)", 600, "out of memory: it was told to end, as a worker is beyond its bound"),
        ("os.kill(os.getpid(), signal.SIGKILL)", 600, "at once: it was killed, as the system does when memory is out, or it ended by itself"),
    ],
)  # fmt: skip
def test_a_dead_worker_leaves_its_artifact_and_its_end(tmp_path, how, seconds, reason):
    assert CrashReport(70_000, f"{DIED} {reason}") == end(tmp_path, how, seconds=seconds)
    assert [] == list(tmp_path.iterdir())


def test_an_artifact_that_raises_is_named_and_one_whose_rows_are_written_is_not(tmp_path):
    assert 70_000 == end(tmp_path, "raise ValueError").number
    assert end(tmp_path, "", "os._exit(1)").number is None


def test_a_timer_is_kept_for_the_next_artifact_while_it_leaves_enough_time(tmp_path, monkeypatch):
    clock, armed = [100.0], []
    monkeypatch.setattr("jobs.run.crash_report.time.monotonic", lambda: clock[0])
    monkeypatch.setattr(
        "jobs.run.crash_report.faulthandler.dump_traceback_later", lambda seconds, **_: armed.append(seconds)
    )
    with record_crashes(tmp_path, "u") as recorder:
        for passed, seconds in ((0.0, 60.0), (30.0, 60.0), (0.5, 60.0), (0.0, 80.0), (0.0, 10.0)):
            clock[0] += passed
            with recorder.artifact(1, seconds):
                pass
        assert [90.0, 90.0, 15.0] == armed
        recorder.idle()
        with recorder.artifact(2, 10.0):
            pass
    assert [90.0, 90.0, 15.0, 15.0] == armed


def test_a_unit_that_was_finished_or_never_begun_has_no_crash_file(tmp_path):
    never = CrashReport(None, f"{DIED} before it was begun")
    assert never == end(tmp_path, "")
    assert never == read_crash_report(tmp_path / "absent", "u")


def test_a_folder_that_is_gone_or_full_concerns_the_run_and_not_the_artifact(tmp_path, monkeypatch):
    with pytest.raises(StoreUnwritableError), record_crashes(tmp_path / "absent", "u"):
        pass

    def full(*_: object) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("jobs.run.crash_report.os.pwrite", full)
    with pytest.raises(StoreFullError), record_crashes(tmp_path, "u"):
        pass
