"""Tests that an interrupt ends a command with one line, wherever it comes, and that everything is restored after it."""

import contextlib
import gc
import logging
import os
import signal
import subprocess
import sys
import threading
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from audit import cli
from audit.exits import Exit
from audit.interrupts import Interrupts

ROOT = Path(__file__).parents[2]
LINE = "boojum: interrupted; the next run resumes\n"
DRIVER = """
import signal, sys
# A shell starts what it puts in the background with SIGINT ignored, and a child inherits that.
signal.signal(signal.SIGINT, signal.default_int_handler)
from audit import cli
if __name__ == "__main__":
    print("ready", flush=True)
    sys.exit(cli.main())
"""


def test_handlers_and_hooks_are_restored() -> None:
    before = [*map(signal.getsignal, (signal.SIGINT, signal.SIGTERM)), sys.unraisablehook, threading.excepthook]
    with pytest.raises(KeyboardInterrupt), Interrupts(ends_process=False) as interrupts:  # noqa: PT012  the block is the test
        assert not interrupts.received
        signal.raise_signal(signal.SIGTERM)
    assert interrupts.received
    assert logging.root.manager.disable == logging.NOTSET
    assert before == [
        *map(signal.getsignal, (signal.SIGINT, signal.SIGTERM)),
        sys.unraisablehook,
        threading.excepthook,
    ]


def test_an_ignored_ctrl_c_stays_ignored() -> None:
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        with Interrupts(ends_process=False) as interrupts:
            signal.raise_signal(signal.SIGINT)
        assert not interrupts.received
    finally:
        signal.signal(signal.SIGINT, before)


def test_after_the_end_of_a_command_interrupts_are_ignored() -> None:
    with Interrupts(ends_process=False) as interrupts:
        interrupts.ignore()
        signal.raise_signal(signal.SIGINT)
        assert not interrupts.received


def test_another_thread_leaves_the_handlers_alone() -> None:
    before = signal.getsignal(signal.SIGINT)
    seen = []

    def other() -> None:
        with Interrupts(ends_process=False):
            seen.append(signal.getsignal(signal.SIGINT))

    thread = threading.Thread(target=other)
    thread.start()
    thread.join()
    assert [before] == seen


class Closing:
    """An object whose finalizer is interrupted, which Python can only report."""

    def __del__(self) -> None:
        signal.raise_signal(signal.SIGINT)


@pytest.fixture(autouse=True)
def heeded() -> Iterator[None]:
    """Let the process heed SIGINT, which a shell has ignored by what it starts in the background."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


def test_an_interrupt_that_a_finalizer_lost_comes_again(capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(KeyboardInterrupt), Interrupts(ends_process=False):  # noqa: PT012  the block is the test
        closing = [Closing()]
        closing.clear()
        gc.collect()
        while True:
            time.sleep(1)
    assert capfd.readouterr() == ("", "")


def test_threads_are_silent_after_an_interrupt_and_only_then(capfd: pytest.CaptureFixture[str]) -> None:
    def fail() -> None:
        raise ValueError("of a thread")

    def run() -> None:
        thread = threading.Thread(target=fail)
        thread.start()
        thread.join()

    # The runner of the tests has a hook of its own.
    before, threading.excepthook = threading.excepthook, threading.__excepthook__
    try:
        with contextlib.suppress(KeyboardInterrupt), Interrupts(ends_process=False):
            run()
            assert "of a thread" in capfd.readouterr().err
            try:
                signal.raise_signal(signal.SIGINT)
            finally:
                run()
        assert capfd.readouterr() == ("", "")
    finally:
        threading.excepthook = before


def test_an_interrupt_that_a_library_turned_into_an_error_is_no_fault(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    def interrupted(*_: object, **__: object) -> None:
        try:
            signal.raise_signal(signal.SIGINT)
        except KeyboardInterrupt:
            raise RuntimeError("Query interrupted") from None

    monkeypatch.setattr("audit.nightly.audit_mirror", interrupted)
    assert Exit.INTERRUPTED == cli.main(["audit", str(tmp_path), "--out", str(tmp_path / "out")])
    assert LINE == capsys.readouterr().err


@pytest.fixture(scope="module")
def mirror(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("mirror")
    for number in range(12):
        with zipfile.ZipFile(folder / f"p{number}-1.0-py3-none-any.whl", "w") as archive:
            archive.writestr(f"p{number}-1.0.dist-info/METADATA", f"Metadata-Version: 2.1\nName: p{number}\n")
            archive.writestr(f"p{number}/__init__.py", "x = 1\n")
    return folder


@contextlib.contextmanager
def audited(mirror: Path, out: Path) -> Iterator[subprocess.Popen[str]]:
    """Start an audit in a process group of its own, as a terminal does; whatever is left of it ends with the block."""
    argv = [sys.executable, "-c", DRIVER, "audit", str(mirror), "--out", str(out), "--workers", "2", "--quiet"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    pipe = subprocess.PIPE
    with subprocess.Popen(argv, env=environment, stdout=pipe, stderr=pipe, text=True, start_new_session=True) as audit:
        try:
            yield audit
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(audit.pid, signal.SIGKILL)


def group_is_gone(group: int) -> bool:
    """Return whether no process of a group runs; multiprocessing's own ends some moments after its parent."""
    for _ in range(100):
        try:
            os.killpg(group, 0)
        except ProcessLookupError:
            return True
        time.sleep(0.1)
    return False


MOMENTS = 5


@pytest.mark.slow
@pytest.mark.parametrize(("number", "times"), [(signal.SIGINT, 1), (signal.SIGINT, 2), (signal.SIGTERM, 1)])
def test_an_audit_that_is_interrupted_at_any_moment_says_one_line(
    mirror: Path, tmp_path: Path, number: signal.Signals, times: int
) -> None:
    with audited(mirror, tmp_path / "whole") as audit:
        assert audit.stdout
        assert audit.stdout.readline() == "ready\n"
        began = time.monotonic()
        audit.communicate()
        seconds = time.monotonic() - began
    for moment in range(MOMENTS):
        with audited(mirror, tmp_path / f"out{moment}") as audit:
            assert audit.stdout
            assert audit.stdout.readline() == "ready\n"
            time.sleep(seconds * (moment + 0.5) / MOMENTS)
            for _ in range(times):
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(audit.pid, number)
                time.sleep(0.2)
            _, noise = audit.communicate()
            # The audit may have been faster this time.
            assert (audit.returncode, noise) in {(130, LINE), (130, "boojum: interrupted\n"), (0, "")}, moment
            assert group_is_gone(audit.pid), moment
