"""Shows progress on stderr: a bar on a terminal, a line at intervals elsewhere, nothing when quiet."""

import sys
import time
from typing import Any, Self, TextIO

LINE_EVERY = 30.0
"""Seconds between two lines where stderr is no terminal."""
BAR_DELAY = 2.0
"""Seconds until the bar of a stage appears, so that short stages show none."""


class ProgressBars:
    """Progress bars, one for each stage; a `features.contract.Progress`.

    A new stage ends the bar of the previous one. As a context manager it also ends the bar on Ctrl-C.
    """

    def __init__(self, *, quiet: bool = False, stream: TextIO | None = None) -> None:
        self._stream = stream or sys.stderr
        self._quiet = quiet
        self._terminal = self._stream.isatty()
        self._stage = ""
        self._bar: Any = None
        self._last_line = self._started = 0.0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __call__(self, done: int, total: int, stage: str) -> None:
        """Show that `done` of `total` (0: unknown) items of a stage are finished."""
        if self._quiet:
            return
        if stage != self._stage:
            self.close()
            self._stage = stage
            self._started = time.monotonic()
            # Many short stages after one another are long work too.
            self._last_line = self._last_line or self._started
        if self._terminal:
            self._update_bar(done, total)
        else:
            self._write_line(done, total)

    def close(self) -> None:
        """End the current bar."""
        if self._bar is not None:
            self._bar.close()
            self._bar = None
        self._stage = ""

    def _update_bar(self, done: int, total: int) -> None:
        if self._bar is None:
            from tqdm import tqdm  # noqa: PLC0415  needed on a terminal only

            self._bar = tqdm(
                total=total or None,
                desc=self._stage,
                file=self._stream,
                delay=BAR_DELAY,
                leave=False,
                unit="",
                dynamic_ncols=True,
            )
        if total and self._bar.total != total:
            self._bar.total = total
        self._bar.update(done - self._bar.n)

    def _write_line(self, done: int, total: int) -> None:
        now = time.monotonic()
        if now - self._last_line >= LINE_EVERY:
            self._last_line = now
            of = f" of {total:,}" if total else ""
            self._stream.write(f"boojum: {self._stage}: {done:,}{of}, {now - self._started:.0f} s\n")
            self._stream.flush()
