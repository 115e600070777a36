"""Defines the blocklist and the formats that hand it to an artifact proxy or a mirror."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class BlocklistEntry:
    """One artifact that the proxy must refuse."""

    purl: str
    project: str
    version: str
    filename: str
    sha256: str
    blake2b_256: str
    score: float
    verdict: str
    reasons: tuple[str, ...]
    first_seen: str
    source_run: str
    expires_at: str
    scope: str = "file"
    action: str = "deny"


@dataclass(frozen=True, slots=True)
class Blocklist:
    """The entries of a run, ordered by project, version and filename.

    `refused` is the reason why a newer list was not written; the entries are then those of the previous list.
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


@dataclass(frozen=True, slots=True)
class BlocklistExport:
    """A blocklist in a target's own format.

    `files` maps file names to their text, `widened` names entries that block more than their file, and
    `instructions` describe to the operator how to use the files.
    """

    files: Mapping[str, str]
    widened: tuple[str, ...]
    instructions: str


class BlocklistFormat(Protocol):
    """A format that a target takes."""

    @property
    def name(self) -> str:
        """The target's word for `boojum export --to`."""

    def export(self, blocklist: Blocklist) -> BlocklistExport:
        """Return the target's files; they block nothing wider than a file unless `widened` names it."""
