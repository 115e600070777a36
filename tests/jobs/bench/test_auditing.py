import os
import subprocess
import sys
from pathlib import Path

import pytest

from jobs.bench import auditing
from jobs.bench.auditing import STAGES, StageMeter, WorkerPeak


@pytest.fixture
def clock(monkeypatch):
    """A processor clock and a wall clock that a test moves; returns `set(cpu, wall)`."""
    times = {"cpu": 2.0, "wall": 100.0}
    monkeypatch.setattr(auditing, "_processor_seconds", lambda: times["cpu"])
    monkeypatch.setattr("jobs.bench.auditing.time.perf_counter", lambda: times["wall"])
    return lambda cpu, wall: times.update(cpu=cpu, wall=wall)


def test_time_goes_to_the_stage_that_progress_names_and_imports_to_the_start(clock):
    reported = []
    meter = StageMeter(lambda *progress: reported.append(progress))
    clock(3.0, 101.0)
    meter(0, 0, "walking the mirror")
    clock(4.0, 103.0)
    meter(5, 0, "files found")  # the same stage
    clock(6.0, 104.0)
    meter(0, 9, "reading artifacts")
    clock(16.0, 110.0)
    assert (("start", 3.0, 1.0), ("walk", 3.0, 3.0), ("extraction", 10.0, 6.0)) == meter.close()
    assert [(0, 0, "walking the mirror"), (5, 0, "files found"), (0, 9, "reading artifacts")] == reported


def test_a_stage_that_comes_again_is_one_stage_and_an_unknown_one_has_its_own_name(clock):
    meter = StageMeter(lambda *_: None)
    meter(0, 0, "walking the mirror")
    clock(5.0, 100.0)
    meter(0, 0, "starting workers")
    clock(7.0, 100.0)
    meter(0, 0, "knitting")
    clock(8.0, 100.0)
    assert {"start": 4.0, "walk": 3.0, "knitting": 1.0} == {name: cpu for name, cpu, _ in meter.close()}


def test_processor_time_never_runs_backwards_while_a_worker_ends(clock):
    meter = StageMeter(lambda *_: None)
    clock(5.0, 101.0)
    meter(0, 0, "walking the mirror")
    clock(4.5, 102.0)
    meter(0, 0, "scoring parts")
    clock(6.0, 103.0)
    assert [5.0, 0.0, 1.0] == [cpu for _, cpu, _ in meter.close()]


def test_every_text_of_progress_that_an_audit_reports_has_a_stage():
    root = Path(__file__).parents[3]
    modules = [
        *(root / "jobs" / "run").glob("*.py"),
        *(root / "jobs" / "changes").glob("*.py"),
        root / "jobs" / "mirror" / "reading.py",
        root / "audit" / "nightly.py",
    ]
    text = "".join(path.read_text(encoding="utf-8") for path in modules)
    missing = [what for what in STAGES if f'"{what}"' not in text and what != "index pages"]
    assert missing == []


def test_time_of_children_counts_while_they_run_and_after_they_ended():
    burn = "import time\nend = time.process_time() + 0.3\nwhile time.process_time() < end: pass\nprint(flush=True)\ninput()"
    before = auditing._processor_seconds()
    with subprocess.Popen([sys.executable, "-c", burn], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as child:
        assert child.stdout
        child.stdout.readline()
        running = auditing._processor_seconds()
        child.communicate(b"\n")
    assert running - before >= 0.3
    assert auditing._processor_seconds() - before >= 0.3


def test_the_peak_is_that_of_the_largest_descendant():
    hold = "data = bytearray(b'x' * 2**27)\nprint(flush=True)\ninput()"
    peak = WorkerPeak()
    with subprocess.Popen([sys.executable, "-c", hold], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as child:
        assert child.stdout
        child.stdout.readline()
        peak(os.getpid())
        child.communicate(b"\n")
    assert 2**27 < peak.peak < 2**29


def test_a_process_that_has_ended_has_no_peak():
    peak = WorkerPeak()
    peak(2**30)
    assert 0 == peak.peak
