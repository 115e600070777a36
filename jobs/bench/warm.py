"""Separates what a worker loads once from what its artifacts cost, by first reading a small artifact of our own.

Patterns are compiled, indexes read and libraries imported at their first use. Reading an inert source distribution of a
few lines causes all of it at a moment when it can be timed.
"""

import gzip
import io
import os
import secrets
import tarfile
import tempfile
import time
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from features.contract import Row
from features.limits import Limits
from jobs.contract import Extract, LoadModel, Scorer

_NAME = "warm-1.0.tar.gz"
_FILES = {
    "PKG-INFO": b"Metadata-Version: 2.1\nName: warm\nVersion: 1.0\nSummary: A few lines to read first\n",
    "setup.py": b"import os\nfrom setuptools import setup\n\nsetup(name='warm', version='1.0', packages=['warm'])\n",
    "warm/__init__.py": b"import base64\nimport subprocess\n\nNAMES = [name.lower() for name in ('One', 'Two')]\n",
    "README": b"Nothing is in here.\n",
}


@cache
def warm_up(extract: Extract) -> float:
    """Extract a small artifact once in this process; return the processor seconds that it took."""
    started = time.process_time()
    with tempfile.TemporaryDirectory(prefix="boojum-bench-") as folder:
        path = Path(folder) / _NAME
        path.write_bytes(_make_sdist())
        extract(path, _NAME, Limits())
    return time.process_time() - started


def _make_sdist() -> bytes:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as tar:
        for name, data in _FILES.items():
            info = tarfile.TarInfo(f"warm-1.0/{name}")
            info.size = len(data)
            tar.addfile(info, io.BytesIO(data))
    return gzip.compress(packed.getvalue())


@dataclass(frozen=True, slots=True)
class WarmExtract:
    """An `Extract` that warms up before its first artifact and writes the seconds to a note in the folder `notes`."""

    notes: Path
    extract: Extract

    def __call__(self, path: Path, filename: str, limits: Limits) -> Row:
        """Return the row of one file."""
        if not warm_up.cache_info().currsize:
            _write_note(self.notes, warm_up(self.extract))
        return self.extract(path, filename, limits)


@dataclass(frozen=True, slots=True)
class TimedLoadModel:
    """A `LoadModel` that writes the seconds of each load to a note in the folder `notes`, on any worker."""

    notes: Path
    load: LoadModel

    def __call__(self, model: Path | None) -> Scorer:
        """Return the loaded model."""
        started = time.process_time()
        scorer = self.load(model)
        _write_note(self.notes, time.process_time() - started)
        return scorer


def _write_note(folder: Path, seconds: float) -> None:
    (folder / f"{os.getpid()}-{time.monotonic_ns():020d}-{secrets.token_hex(4)}").write_text(repr(seconds))


def read_notes(folder: Path, driver: int) -> float:
    """Return the sum of the seconds of all notes, except the first one of the process `driver`.

    The driver loads the model before its first report of progress, so the stage START contains it already.
    """
    notes = sorted(folder.iterdir())
    of_driver = [note for note in notes if note.name.startswith(f"{driver}-")]
    return sum(float(note.read_text()) for note in notes if note not in of_driver[:1])
