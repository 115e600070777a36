"""Types of the corpus builders: listed files and blobs in, a tree in bandersnatch's layout out."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from packaging.utils import NormalizedName

from jobs.contract import JobsError

Progress = Callable[[int, int, str], None] | None
"""Called with the number done, the number to do and what was done; None reports nothing."""


class CorpusError(JobsError):
    """Base of the errors of `boojum corpus`; `subject` is the file, URL or project that it concerns."""

    def __init__(self, subject: str, reason: str, hint: str = "") -> None:
        super().__init__(subject, reason)
        self.subject = subject
        self.reason = reason
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.subject}: {self.reason}"


@dataclass(frozen=True, slots=True)
class ListedFile:
    """One row of a benign list; a value that the list does not have is None or empty, times are UTC."""

    project: NormalizedName
    version: str
    filename: str
    sha256: str
    blake2b_256: str = ""
    size: int | None = None
    upload_time: datetime | None = None
    stratum: str = ""
    split: str = ""
    kind: str = ""


@dataclass(frozen=True, slots=True)
class ListedBlob:
    """One row of a malicious list: a file of a git clone, by its path there and its digest."""

    path: str
    sha256: str
    project: str
    version: str
    filename: str
    upload_time: datetime


@dataclass(frozen=True, slots=True)
class MissingFile:
    """A listed file that the tree does not hold, with the reason."""

    project: str
    version: str
    filename: str
    sha256: str
    reason: str


@dataclass(frozen=True, slots=True)
class BuildResult:
    """Result of a builder: `written` files are new, `kept` ones were there, `bytes` is the size of both together."""

    out: Path
    listed: int
    written: int
    kept: int
    bytes: int
    missing: tuple[MissingFile, ...]
    seconds: float
