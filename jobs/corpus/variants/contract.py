"""Types of variants: an artifact, the change that a recipe and a seed make to it, and the kinds of change.

A variant is reproducible: the same artifact, recipe and seed give the same bytes. Only its feature row leaves the
process that made it.
"""

from dataclasses import dataclass
from random import Random
from typing import Protocol

from jobs.corpus.contract import CorpusError
from jobs.corpus.rows import Label


class NotApplicableError(CorpusError):
    """An artifact that a variant cannot be made from; `variants.csv` lists the reason."""


@dataclass(frozen=True, slots=True)
class CorpusArtifact:
    """One artifact of a corpus tree; of the files at `paths`, the one with the digest `sha256` (hex) is meant."""

    paths: tuple[str, ...]
    filename: str
    sha256: str
    project: str
    version: str
    payload_loc: str = ""


@dataclass(frozen=True, slots=True)
class Variant:
    """One planned variant.

    `stratum` is the set that it belongs to, `kind` the name of a registered kind, `recipe` the change in that kind's
    words. `base` is the artifact that is changed, `donor` the malware whose payload is put into it (or None) and
    `payload` the id of a look-alike payload (or ""). `label` labels the row; its sha256, filename and size are the
    base's.
    """

    stratum: str
    kind: str
    recipe: str
    seed: int
    base: CorpusArtifact
    label: Label
    donor: CorpusArtifact | None = None
    payload: str = ""

    def rng(self) -> Random:
        """Return a random generator that is seeded by this variant."""
        donor = self.donor.sha256 if self.donor else self.payload
        return Random(f"{self.base.sha256}:{donor}:{self.kind}:{self.recipe}:{self.seed}")  # noqa: S311 - no secret


@dataclass(frozen=True, slots=True)
class ArchiveMember:
    """One member of an archive; `link_target` is "" where the member is no link, `mode` is as in POSIX."""

    path: str
    data: bytes = b""
    mode: int = 0o644
    link_target: str = ""
    is_hard_link: bool = False
    is_folder: bool = False


@dataclass(frozen=True, slots=True)
class Package:
    """A distribution file in memory: its members in archive order, one for each path.

    `container` is "tar", "tar.gz", "tar.bz2" or "zip".
    """

    filename: str
    project: str
    version: str
    container: str
    members: tuple[ArchiveMember, ...]

    def files(self) -> dict[str, bytes]:
        """Return the content of all regular files by path."""
        return {member.path: member.data for member in self.members if not member.is_folder and not member.link_target}


@dataclass(frozen=True, slots=True)
class VariantContext:
    """Everything that a kind needs besides the package: the variant, its random generator, likely payload members.

    `suspects` are members of the base by the weight of the evidence in them, the heaviest first. `donor` and
    `donor_suspects` are the donor's package and its suspects.
    """

    variant: Variant
    rng: Random
    suspects: tuple[str, ...] = ()
    donor: Package | None = None
    donor_suspects: tuple[str, ...] = ()


class VariantKind(Protocol):
    """One way of making variants."""

    @property
    def name(self) -> str:
        """Name in lists and in the seeds of variants."""

    @property
    def recipes(self) -> tuple[str, ...]:
        """Names that a recipe is made of; the class docstring gives the grammar."""

    def make(self, package: Package, context: VariantContext) -> Package:
        """Return the changed package; raises NotApplicableError where the change is not possible."""
