"""Progress on stderr: a bar on a terminal, a line every so often elsewhere, nothing when quiet."""

import sys
import time
from typing import Any, Self, TextIO

LINE_EVERY = 30.0
"""Seconds between two lines where there is no terminal."""
PATIENCE = 2.0
"""Seconds before a stage says anything at all."""


class Bars:
    """A `features.contract.Progress`: called with (done, total, stage).

    A new stage ends the bar of the one before. Use as a context manager, so that Ctrl-C leaves a clean line.
    """

    def __init__(self, *, quiet: bool = False, stream: TextIO | None = None) -> None:
        self._stream = stream or sys.stderr
        self._quiet = quiet
        self._terminal = self._stream.isatty()
        self._stage = ""
        self._bar: Any = None
        self._said = self._began = 0.0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __call__(self, done: int, total: int, stage: str) -> None:
        """Show that `done` of `total` (0: unknown) of a stage are through."""
        if self._quiet:
            return
        if stage != self._stage:
            self.close()
            self._stage = stage
            self._began = self._said = time.monotonic()
        if self._terminal:
            self._draw(done, total)
        else:
            self._line(done, total)

    def close(self) -> None:
        """End the bar in progress."""
        if self._bar is not None:
            self._bar.close()
            self._bar = None
        self._stage = ""

    def _draw(self, done: int, total: int) -> None:
        if self._bar is None:
            from tqdm import tqdm  # noqa: PLC0415  `boojum --help` does not pay for it

            self._bar = tqdm(
                total=total or None,
                desc=self._stage,
                file=self._stream,
                delay=PATIENCE,
                leave=False,
                unit="",
                dynamic_ncols=True,
            )
        if total and self._bar.total != total:
            self._bar.total = total
        self._bar.update(done - self._bar.n)

    def _line(self, done: int, total: int) -> None:
        now = time.monotonic()
        if now - self._said >= LINE_EVERY:
            self._said = now
            of = f" of {total:,}" if total else ""
            self._stream.write(f"boojum: {self._stage}: {done:,}{of}, {now - self._began:.0f} s\n")
            self._stream.flush()
