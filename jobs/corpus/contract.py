"""What the corpus builders take and give: listed files and blobs in, a tree in bandersnatch's layout out."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from packaging.utils import NormalizedName

from jobs.contract import JobsError

# Called with what is done, what there is to do, and a short note of what it was; None means nobody listens.
Progress = Callable[[int, int, str], None] | None


class CorpusError(JobsError):
    """Base of the errors of `boojum corpus`; `subject` is the file, address or project that it is about."""

    def __init__(self, subject: str, reason: str, hint: str = "") -> None:
        super().__init__(subject, reason)
        self.subject = subject
        self.reason = reason
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.subject}: {self.reason}"


@dataclass(frozen=True, slots=True)
class ListedFile:
    """One row of a benign list; what a list does not say is None or empty, times are UTC."""

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
    """One row of a malicious list: a file of a registry's clone, by its path there and its digest."""

    path: str
    sha256: str
    project: str
    version: str
    filename: str
    upload_time: datetime


@dataclass(frozen=True, slots=True)
class Missing:
    """A listed file that the tree does not hold, and why."""

    project: str
    version: str
    filename: str
    sha256: str
    reason: str


@dataclass(frozen=True, slots=True)
class BuildResult:
    """What a builder did: `written` new files, `kept` ones that were there, `bytes` of both together."""

    out: Path
    listed: int
    written: int
    kept: int
    bytes: int
    missing: tuple[Missing, ...]
    seconds: float
