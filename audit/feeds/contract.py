"""Defines what feeds say of a mirror: matches, states of feeds, files gone upstream, and dependents."""

from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum


class FeedKind(StrEnum):
    """The format of a feed."""

    OSV = "osv"
    SHA256 = "sha256"
    NAMES = "names"
    RELEASES = "releases"
    BLOCKLIST = "blocklist"
    SNAPSHOT = "snapshot"


@dataclass(frozen=True, slots=True)
class FeedMatch:
    """A record of a feed that speaks of an artifact; its text is of somebody else, hostile and unescaped.

    `kind` is what of the artifact the record names: its "digest", its "file" name, its "version" or its "name".
    `day` is that of the record (None: unknown), `withdrawn` the day on which its feed took it back (None: it stands).
    `note` is the reason why the record does not make the artifact known bad, as a clause, "" if it does.
    """

    feed: str
    record: str
    kind: str
    day: date | None = None
    text: str = ""
    withdrawn: date | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class NamedFile:
    """A file of the mirror that records of feeds name without making it known bad. Names are hostile, unescaped."""

    project: str
    version: str
    filename: str
    path: str
    sha256: str
    match: FeedMatch


@dataclass(frozen=True, slots=True)
class FeedState:
    """A feed as it was in a run: how many records it has, how many are broken, and `stale` if it is too old.

    `origin` is what it was made from, `kind` its format, and `day` the day of its content. `matches` counts the files
    of the mirror that it makes known bad.
    """

    name: str
    kind: str
    origin: str
    day: date
    records: int
    broken: int = 0
    stale: bool = False
    matches: int = 0


@dataclass(frozen=True, slots=True)
class GoneFile:
    """A file that is served here and is gone upstream; `why` is "project" (all of it is gone) or "file"."""

    project: str
    version: str
    filename: str
    path: str
    sha256: str
    verdict: str
    why: str


@dataclass(frozen=True, slots=True)
class GoneUpstream:
    """The files that are gone upstream and still served here, by the snapshots of the index; `files` is bounded.

    `count` counts all of them, `projects` their projects of which upstream has nothing left. `newer` files came after
    the snapshot, so that it says nothing of them. `snapshot` names the feed, "" if there is none.
    """

    snapshot: str = ""
    day: date | None = None
    count: int = 0
    projects: int = 0
    newer: int = 0
    files: tuple[GoneFile, ...] = ()


@dataclass(frozen=True, slots=True)
class Dependent:
    """A release on the mirror that requires another project; `specifier` and `marker` are as it declares them."""

    project: str
    version: str
    specifier: str
    marker: str = ""


@dataclass(frozen=True, slots=True)
class BrokenRecord:
    """A record of a feed that could not be used; both texts are hostile, unescaped."""

    where: str
    why: str


@dataclass(frozen=True, slots=True)
class Feed:
    """A feed that is kept: how it was made and what it holds, as in its feed.json.

    `day` is the day of its content, `added` the day on which boojum read it. `entries` counts what its records name;
    `left_out` counts records that are not used, by reason. `broken` are the first broken records of `broken_total`.
    """

    schema_version: int
    name: str
    kind: FeedKind
    origin: str
    day: date
    added: date
    records: int
    entries: int
    withdrawn: int
    left_out: tuple[tuple[str, int], ...] = ()
    broken_total: int = 0
    broken: tuple[BrokenRecord, ...] = ()

    def is_stale(self, today: date, stale_days: int) -> bool:
        """Return whether its content is older than a number of days; 0 days is never."""
        return bool(stale_days) and (today - self.day).days > stale_days


@dataclass(frozen=True, slots=True)
class FeedNight:
    """The comparison of a mirror with all feeds: their states, what is gone upstream, and the notes' number."""

    states: tuple[FeedState, ...] = ()
    gone: GoneUpstream = field(default_factory=GoneUpstream)
    notes: int = 0
