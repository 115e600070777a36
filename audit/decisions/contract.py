"""Defines the decisions that a person makes about files, releases and projects."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum


class Scope(StrEnum):
    """The extent of a decision."""

    FILE = "file"
    RELEASE = "release"
    PROJECT = "project"


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiver:
    """A person's decision not to report or block artifacts; it holds until the end of the day `expires`.

    `sha256` is that of a file, `project` (normalised) and `version` (canonical) are those of a release or a project.
    `indicator` ("" for none) restricts the waiver to findings whose evidence is of that indicator alone. A waiver of a
    release or a project covers only files that were there when it was `decided` (in UTC), unless `later_files`: then
    also later ones, as long as nothing that changed in them speaks against them. `audit.decisions.matching` has the
    exact rules.
    """

    scope: Scope = Scope.FILE
    sha256: str = ""
    project: str = ""
    version: str = ""
    indicator: str = ""
    later_files: bool = False
    owner: str
    reason: str
    expires: date
    decided: datetime | None = None
    """Moment of the decision; None only in a waiver of a file that an older boojum wrote."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """A person's decision to block a file, a release or a whole project, without an end."""

    scope: Scope = Scope.FILE
    sha256: str = ""
    project: str = ""
    version: str = ""
    owner: str
    reason: str
    decided: datetime

    @property
    def day(self) -> date:
        """The day of the decision, in UTC."""
        return self.decided.date()


@dataclass(frozen=True, slots=True, kw_only=True)
class Label:
    """A person's finding about one file, to train from: `label` is "malicious" or "benign"."""

    sha256: str
    label: str
    why: str
    owner: str
    decided: datetime

    @property
    def day(self) -> date:
        """The day of the decision, in UTC."""
        return self.decided.date()
