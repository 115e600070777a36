"""What a variant is: an artifact changed in memory, by a recipe and a seed, so that the same one is made again.

Nothing of a variant but its feature row leaves the process that made it.
"""

import random
from dataclasses import dataclass
from typing import Protocol

from jobs.corpus.contract import CorpusError
from jobs.corpus.rows import Label


class UnfitError(CorpusError):
    """An artifact that this variant cannot be made of; the reason stands in the list of what was made."""


@dataclass(frozen=True, slots=True)
class Source:
    """One artifact of a tree: `paths` are files that may be it, of which the digest (sha256, hex) tells."""

    paths: tuple[str, ...]
    filename: str
    sha256: str
    project: str
    version: str
    payload_loc: str = ""


@dataclass(frozen=True, slots=True)
class Variant:
    """One variant to be made.

    `chosen` names the set it belongs to, `kind` is the name of a registered kind, `recipe` what that kind is to do.
    `base` is what is changed; `donor` the malware whose payload is moved into it, or None; `payload` the id of one of
    our own payloads, or "". `label` is what the row will say; its sha256, filename and size are the base's.
    """

    chosen: str
    kind: str
    recipe: str
    seed: int
    base: Source
    label: Label
    donor: Source | None = None
    payload: str = ""

    def random(self) -> random.Random:
        """Return the numbers that this variant is made with: the same every time, others for any other variant."""
        donor = self.donor.sha256 if self.donor else self.payload
        return random.Random(f"{self.base.sha256}:{donor}:{self.kind}:{self.recipe}:{self.seed}")  # noqa: S311 - a choice, no secret


@dataclass(frozen=True, slots=True)
class Entry:
    """One member of an archive; `link` is the target of a link, `folder` says that it is one; mode as in POSIX."""

    path: str
    data: bytes = b""
    mode: int = 0o644
    link: str = ""
    hard: bool = False
    folder: bool = False


@dataclass(frozen=True, slots=True)
class Package:
    """An artifact's members in memory, in their order, one for each path; `container` is "tar.gz", "zip" ..."""

    filename: str
    project: str
    version: str
    container: str
    entries: tuple[Entry, ...]

    def files(self) -> dict[str, bytes]:
        """Return the content of all regular files by path."""
        return {entry.path: entry.data for entry in self.entries if not entry.folder and not entry.link}


@dataclass(frozen=True, slots=True)
class Order:
    """What a kind is told beside the package: the variant, its numbers, and where the payload is known to stand.

    `heavy` are the base's members by what the extraction found in them, the worst first; `donor` and `donor_heavy`
    are the same of the donor.
    """

    variant: Variant
    random: random.Random
    heavy: tuple[str, ...] = ()
    donor: Package | None = None
    donor_heavy: tuple[str, ...] = ()


class VariantKind(Protocol):
    """One way of making variants."""

    @property
    def name(self) -> str:
        """Name in lists."""

    @property
    def recipes(self) -> tuple[str, ...]:
        """What it can do; a kind may take several joined by "+"."""

    def make(self, package: Package, order: Order) -> Package:
        """Return the changed package; raises UnfitError where it cannot be changed so."""
