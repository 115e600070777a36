"""Defines the record of what is blocked."""

from dataclasses import dataclass
from enum import StrEnum

from audit.contract import Held, Withheld


class EntryState(StrEnum):
    """The whereabouts of the file of an entry at the last run.

    A file "stands" whose place on the mirror could not be read: boojum does not know whether it is still there.
    """

    ON_MIRROR = "on mirror"
    GONE = "gone"
    STANDS = "stands"


class EntryOrigin(StrEnum):
    """The one who put an entry on the record: a run's verdict, or a person with `boojum block`."""

    VERDICT = "verdict"
    PERSON = "person"


@dataclass(frozen=True, slots=True)
class BlocklistEntry:
    """One artifact that the proxy must refuse, with its history on this mirror.

    `first_seen` is the day on which it was first blocked. `last_confirmed` is the day of the last run whose verdict
    blocks it, and `expires_at` the last day of the entry; both are ISO dates, and "" is never. `path` is that on the
    mirror, "" if unknown. `score` is None and `verdict` "" for a file that was never scored.
    """

    purl: str
    project: str
    version: str
    filename: str
    sha256: str
    blake2b_256: str
    score: float | None
    verdict: str
    reasons: tuple[str, ...]
    first_seen: str
    source_run: str
    expires_at: str
    scope: str = "file"
    action: str = "deny"
    path: str = ""
    state: EntryState = EntryState.ON_MIRROR
    last_confirmed: str = ""
    why: EntryOrigin = EntryOrigin.VERDICT


@dataclass(frozen=True, slots=True)
class LiftedEntry:
    """An entry that is out of force since `day`, because it was "waived" or has "expired"; `note` says by whom.

    A waived one returns when its waiver ends.
    """

    entry: BlocklistEntry
    why: str
    day: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Blocklist:
    """The record of what is blocked: the entries in force, ordered by project, version and filename.

    `waived` counts files that a waiver keeps off the record. `refused` is the reason why files of the run are not on
    it, "" if all are; `withheld` names them. `held` are files of popular projects that wait for a person. `mirror` is
    the folder that the paths of entries start from, "" if it is not known.
    """

    schema_version: int
    revision: str
    generated_at: str
    expires_at: str
    mirror_serial: str
    model_id: str
    source_run: str
    waived: int
    entries: tuple[BlocklistEntry, ...]
    refused: str = ""
    withheld: tuple[Withheld, ...] = ()
    held: tuple[Held, ...] = ()
    lifted: tuple[LiftedEntry, ...] = ()
    mirror: str = ""
