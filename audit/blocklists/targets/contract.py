"""Defines the formats that hand a blocklist to an artifact proxy or a mirror."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from typing import Protocol

from audit.blocklists.contract import Blocklist
from audit.blocklists.mirror_files import MirrorFile

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Action(StrEnum):
    """The treatment of a blocked file by a target.

    DENY refuses the file and leaves it on the page of its project, so that an installer that chose it fails. HIDE takes
    it off the page, so that an installer chooses another release.
    """

    DENY = "deny"
    HIDE = "hide"


class Scope(StrEnum):
    """The extent of what an entry of a target blocks, the narrowest first."""

    FILE = "file"
    VERSION = "version"
    PROJECT = "project"


@dataclass(frozen=True, slots=True)
class ExportOptions:
    """The wishes of a person, and the facts of the mirror that an export needs.

    `widen` is the widest scope that the person allows, and `made` the time of the export. `known` has the files of the
    mirror by normalised project, for the projects of the blocklist. `standing` has the normalised projects that a
    person blocked as a whole, each with the reason: a target that blocks projects blocks them, with what comes later.
    """

    action: Action = Action.DENY
    widen: Scope = Scope.FILE
    made: datetime = EPOCH
    known: Mapping[str, tuple[MirrorFile, ...]] = field(default_factory=dict)
    standing: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class BlocklistExport:
    """A blocklist in a target's own format.

    `files` maps file names to their text. `widened` has a line for each entry that blocks more than the files that are
    listed, and `left_out` one for each file that the target cannot block in the allowed scope, with the reason.
    `instructions` describe to the operator how to use the files.
    """

    files: Mapping[str, str]
    instructions: str
    widened: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()


class BlocklistFormat(Protocol):
    """A format that a target takes."""

    @property
    def name(self) -> str:
        """The target's word for `boojum export --to`."""

    @property
    def summary(self) -> str:
        """The target in one line for the table of targets."""

    @property
    def actions(self) -> tuple[Action, ...]:
        """The ways in which the target can treat a file; the first is the default."""

    @property
    def scopes(self) -> tuple[Scope, ...]:
        """The scopes that an entry of the target can have, the narrowest first."""

    def export(self, blocklist: Blocklist, options: ExportOptions) -> BlocklistExport:
        """Return the target's files; what they do not block, or block beyond the files, is named."""
