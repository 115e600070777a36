"""Holds back Ctrl-C while workers are started or ended, so that none of them is left half-way."""

import contextlib
import signal
import threading
from collections.abc import Iterator
from multiprocessing import resource_tracker

_SIGNALS = (signal.SIGINT, signal.SIGTERM)


@contextlib.contextmanager
def deferred_interrupts() -> Iterator[None]:
    """Hold back SIGINT and SIGTERM in the block; the first one that came is raised again at its end.

    Threads and processes that are started in the block never get SIGINT: a terminal sends Ctrl-C to the whole process
    group, and this process ends them in order. In another thread than the main one the block does nothing, because
    Python handles no signals there.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    # If multiprocessing started this process later, it would unblock SIGINT in the thread that starts the workers.
    resource_tracker.ensure_running()
    came: list[int] = []
    handlers = {
        number: signal.signal(number, lambda received, _: came.append(received))
        for number in _SIGNALS
        if signal.getsignal(number) is not signal.SIG_IGN
    }
    mask = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, mask)
        for number, handler in handlers.items():
            signal.signal(number, handler)
        if came:
            signal.raise_signal(came[0])
