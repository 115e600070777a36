"""Turns Ctrl-C and SIGTERM into one line and an exit status, wherever a command is when they come."""

import logging
import signal
import sys
import threading
from typing import Any, Self

_SIGNALS = (signal.SIGINT, signal.SIGTERM)
_AGAIN_SECONDS = 0.05


class Interrupts:
    """The interrupts of a command, as a context manager: SIGINT and SIGTERM raise KeyboardInterrupt in its block.

    `received` is True from the first on. An interrupt may end a library's call as another exception, and may be lost in
    a finalizer: the caller asks for `received` in the first case, and in the second one the interrupt comes again. What
    other threads and finalizers have to say afterwards is not shown. `ends_process` leaves it so after the block,
    because the interpreter is about to end; otherwise everything is restored. In another thread than the main one the
    block does nothing, because Python handles no signals there.
    """

    def __init__(self, *, ends_process: bool) -> None:
        self.received = False
        self._ends_process = ends_process
        self._is_main = threading.current_thread() is threading.main_thread()
        self._handlers: dict[signal.Signals, Any] = {}
        self._hooks: tuple[Any, Any] = (None, None)

    def __enter__(self) -> Self:
        if self._is_main:
            self._hooks = sys.unraisablehook, threading.excepthook
            sys.unraisablehook, threading.excepthook = self._unraisable, self._thread_failed
            for number in _SIGNALS:
                # A shell starts what it puts in the background with SIGINT ignored.
                if number is signal.SIGTERM or signal.getsignal(number) is not signal.SIG_IGN:
                    self._handlers[number] = signal.signal(number, self._interrupt)
        return self

    def __exit__(self, *_: object) -> None:
        if self._ends_process:
            self.ignore()
            return
        for number, handler in self._handlers.items():
            signal.signal(number, handler)
        if self._is_main:
            sys.unraisablehook, threading.excepthook = self._hooks
            if self.received:
                logging.disable(logging.NOTSET)

    def ignore(self) -> None:
        """Ignore further interrupts: the command has ended."""
        for number in self._handlers:
            signal.signal(number, signal.SIG_IGN)

    def _interrupt(self, *_: object) -> None:
        self.received = True
        logging.disable(logging.CRITICAL)
        raise KeyboardInterrupt

    def _unraisable(self, lost: "sys.UnraisableHookArgs") -> None:
        if lost.exc_type is KeyboardInterrupt:
            again = threading.Timer(_AGAIN_SECONDS, signal.raise_signal, (signal.SIGINT,))
            again.daemon = True
            again.start()
        elif not self.received:
            self._hooks[0](lost)

    def _thread_failed(self, failed: "threading.ExceptHookArgs") -> None:
        if not self.received:
            self._hooks[1](failed)
