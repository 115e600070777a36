"""Tests that interrupts wait for the end of a block, and that what is started in it never gets Ctrl-C."""

import signal
import subprocess
import sys
import threading

import pytest

from jobs.run.interrupts import deferred_interrupts

SIGNALS = (signal.SIGINT, signal.SIGTERM)


@pytest.fixture(autouse=True)
def handled():
    """Let both signals raise KeyboardInterrupt, and restore their handlers."""
    before = [signal.signal(number, signal.default_int_handler) for number in SIGNALS]
    yield
    for number, handler in zip(SIGNALS, before, strict=True):
        signal.signal(number, handler)


@pytest.mark.parametrize("number", SIGNALS, ids=str)
def test_an_interrupt_waits_for_the_end_of_the_block(number):
    done = []
    with pytest.raises(KeyboardInterrupt), deferred_interrupts():  # noqa: PT012  the block is the test
        signal.raise_signal(number)
        signal.raise_signal(number)
        done.append("block")
    assert ["block"] == done
    assert [signal.default_int_handler] * 2 == [signal.getsignal(each) for each in SIGNALS]
    assert not set(SIGNALS) & signal.pthread_sigmask(signal.SIG_BLOCK, ())


def test_an_interrupt_that_another_thread_received_waits_too():
    done = []
    with pytest.raises(KeyboardInterrupt), deferred_interrupts():  # noqa: PT012  the block is the test
        thread = threading.Thread(target=signal.raise_signal, args=(signal.SIGTERM,))
        thread.start()
        thread.join()
        done.append("block")
    assert ["block"] == done


def test_blocks_may_be_nested():
    done = []
    with pytest.raises(KeyboardInterrupt), deferred_interrupts():  # noqa: PT012  the block is the test
        with deferred_interrupts():
            signal.raise_signal(signal.SIGINT)
            done.append("inner")
        done.append("outer")
    assert ["inner", "outer"] == done


def test_without_an_interrupt_and_in_another_thread_nothing_happens():
    seen = []

    def block():
        with deferred_interrupts():
            seen.append(signal.getsignal(signal.SIGINT))

    thread = threading.Thread(target=block)
    thread.start()
    thread.join()
    block()
    assert signal.default_int_handler is seen[0]
    assert signal.default_int_handler is not seen[1]


def test_an_ignored_signal_stays_ignored():
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with deferred_interrupts():
        signal.raise_signal(signal.SIGINT)
    assert signal.SIG_IGN is signal.getsignal(signal.SIGINT)


def test_processes_that_are_started_in_the_block_have_ctrl_c_blocked():
    program = "import signal; print(signal.SIGINT in signal.pthread_sigmask(signal.SIG_BLOCK, ()))"
    with deferred_interrupts():
        inside = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    outside = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert ("True\n", "False\n") == (inside.stdout, outside.stdout)
