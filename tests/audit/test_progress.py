"""Tests progress: a line at intervals without a terminal, and nothing when quiet."""

import io

from audit.progress import ProgressBars


def test_no_terminal_gets_a_line_every_so_often(monkeypatch):
    now = iter([0.0, 0.0, 10.0, 31.0, 40.0, 70.0])
    monkeypatch.setattr("time.monotonic", lambda: next(now, 99.0))
    stream = io.StringIO()
    with ProgressBars(stream=stream) as bars:
        for done in range(5):
            bars(done * 1000, 4000, "reading artifacts")
    lines = stream.getvalue().splitlines()
    assert lines[0].startswith("boojum: reading artifacts: ")
    assert 1 <= len(lines) <= 3


def test_many_short_stages_are_told_too(monkeypatch):
    now = iter(float(second) for second in range(10, 1_000, 10))
    monkeypatch.setattr("time.monotonic", lambda: next(now))
    stream = io.StringIO()
    with ProgressBars(stream=stream) as bars:
        for number in range(8):
            bars(number, 8, f"fold {number}")
    assert 2 <= len(stream.getvalue().splitlines()) < 8


def test_quiet_says_nothing():
    stream = io.StringIO()
    with ProgressBars(quiet=True, stream=stream) as bars:
        bars(1, 2, "x")
    assert "" == stream.getvalue()


class Terminal(io.StringIO):
    def isatty(self):
        return True


def test_a_terminal_gets_a_bar_that_ends_with_its_stage(monkeypatch):
    monkeypatch.setattr("audit.progress.BAR_DELAY", 0.0)
    stream = Terminal()
    with ProgressBars(stream=stream) as bars:
        bars(1, 10, "first")
        bars(10, 10, "first")
        bars(0, 0, "second")
    assert "first" in stream.getvalue()
    assert "second" in stream.getvalue()
