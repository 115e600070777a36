"""What a worker pays once, told apart from what an artifact costs: the first artifact is a small one of our own.

Patterns are compiled, indexes read and libraries imported when they are first needed. Reading an inert source
distribution of a few lines first brings all of that forward, to where it can be timed.
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
    """Read our own small artifact, the first time in a process; return the processor seconds it took."""
    begun = time.process_time()
    with tempfile.TemporaryDirectory(prefix="boojum-bench-") as folder:
        path = Path(folder) / _NAME
        path.write_bytes(_sdist())
        extract(path, _NAME, Limits())
    return time.process_time() - begun


def _sdist() -> bytes:
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w") as tar:
        for name, data in _FILES.items():
            info = tarfile.TarInfo(f"warm-1.0/{name}")
            info.size = len(data)
            tar.addfile(info, io.BytesIO(data))
    return gzip.compress(made.getvalue())


@dataclass(frozen=True, slots=True)
class WarmExtract:
    """An `Extract` that warms up before its first artifact and leaves a note of what that took in `notes`."""

    notes: Path
    extract: Extract

    def __call__(self, path: Path, filename: str, limits: Limits) -> Row:
        """Return the row of one file."""
        if not warm_up.cache_info().currsize:
            _note(self.notes, warm_up(self.extract))
        return self.extract(path, filename, limits)


@dataclass(frozen=True, slots=True)
class TimedLoad:
    """A `LoadModel` that leaves a note of what it took in `notes`, on whichever worker it is called."""

    notes: Path
    load: LoadModel

    def __call__(self, model: Path | None) -> Scorer:
        """Return the loaded model."""
        begun = time.process_time()
        scorer = self.load(model)
        _note(self.notes, time.process_time() - begun)
        return scorer


def _note(folder: Path, seconds: float) -> None:
    (folder / f"{os.getpid()}-{time.monotonic_ns():020d}-{secrets.token_hex(4)}").write_text(repr(seconds))


def read_notes(folder: Path, driver: int) -> float:
    """Return the seconds of all notes but the driver's first: it loads the model before its work begins."""
    notes = sorted(folder.iterdir())
    ours = [note for note in notes if note.name.startswith(f"{driver}-")]
    return sum(float(note.read_text()) for note in notes if note not in ours[:1])
