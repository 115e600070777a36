"""Defines an entry of a feed while it is read, and the protocol that each format of a feed implements."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Protocol

from audit.feeds.contract import FeedKind
from audit.feeds.source import BrokenRecords


@dataclass(frozen=True, slots=True)
class Entry:
    """A thing that a record names; the attributes are the columns of `audit.feeds.schema.ENTRIES`."""

    kind: str
    record: str
    project: str = ""
    version: str = ""
    filename: str = ""
    sha256: str = ""
    blake2b_256: str = ""
    ranges: str = ""
    day: date | None = None
    modified: date | None = None
    withdrawn: date | None = None
    text: str = ""


@dataclass(slots=True)
class Counts:
    """The contents of a feed: records that are used, those of them withdrawn, and those left out by reason."""

    records: int = 0
    withdrawn: int = 0
    left_out: Counter[str] = field(default_factory=Counter)


class FeedFormat(Protocol):
    """A format of feeds."""

    @property
    def kind(self) -> FeedKind:
        """The word for `boojum feed add --kind`."""

    @property
    def summary(self) -> str:
        """A line for the help."""

    def read(self, path: Path, counts: Counts, broken: BrokenRecords) -> Iterator[Entry]:
        """Yield the entries of a source, counting records; raises FeedError where it cannot be read as a whole."""
