"""Types of built releases: the splits, the families, the building blocks and the plan of one release."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from random import Random
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from jobs.corpus.payloads.draft import Draft

SPLITS = ("train", "valid", "test")
"""A built release has one of these, and so have its host project, family, dress, trigger, act and addresses."""

FRESH = "fresh"
"""Split of families, dresses, triggers and acts that no model learns or is chosen by; their hosts are those of test."""

BLIND = "blind"
"""Split of a third author's families, which no fit ever learns, not even the one that ships; on hosts of test too."""

MEASURED = (FRESH, BLIND)
"""Splits whose families are built when they are asked for, on hosts of test, for measuring alone."""

SHARED = "shared"
"""Split of the two blocks that add no code of their own: the plain dress and the trigger that is always met."""

_TEST_SHARE, _VALID_SHARE = 64, 96
"""Of 256 values of a project's digest, those below the first bound are test, those below the second valid."""


def split_of(text: str) -> str:
    """Return the split that a project (by its normalised name) or a campaign belongs to, by its digest alone."""
    first = hashlib.blake2b(text.encode("utf-8", "replace"), digest_size=1).digest()[0]
    return "test" if first < _TEST_SHARE else "valid" if first < _VALID_SHARE else "train"


@dataclass(frozen=True, slots=True)
class Block:
    """A building block that belongs to one split: the source of an act, a condition, a text in another language.

    `kind` is what chooses among blocks of one list: an act's behaviour, a text's language.
    """

    name: str
    split: str
    kind: str
    text: str


@dataclass(frozen=True, slots=True)
class Dress:
    """A way to write code so that it is hard to read; `apply` takes and returns source of whole statements."""

    name: str
    split: str
    apply: Callable[[str, Random], str]


@dataclass(frozen=True, slots=True)
class Family:
    """One technique: where a payload stands and what makes it run.

    `needs` is "sdist", "wheel" or "any"; `dress` names what hides the code where the technique itself does, "plain"
    where nothing can, and is "" where any dress fits. `build` changes the draft; it raises NotApplicableError where
    the host has no such place.
    """

    name: str
    place: str
    split: str
    build: "Callable[[Draft], None]"
    needs: str = "any"
    dress: str = ""
    takes_trigger: bool = True


@dataclass(frozen=True, slots=True)
class HonestChange:
    """One kind of honest change; `mirrors` are the places of payloads that it resembles, () for any."""

    name: str
    mirrors: tuple[str, ...]
    build: "Callable[[Draft], None]"


@dataclass(frozen=True, slots=True)
class HostFile:
    """A file of a listed release; `path` is where its bytes are."""

    project: str
    version: str
    filename: str
    sha256: str
    path: str
    size: int
    stratum: str

    @property
    def kind(self) -> str:
        """Return "wheel" or "sdist"."""
        return "wheel" if self.filename.endswith(".whl") else "sdist"


@dataclass(frozen=True, slots=True)
class HostPair:
    """The file that is copied and the release before it; where both are one, the copy gets the next version."""

    host: HostFile
    base: HostFile

    @property
    def is_raised(self) -> bool:
        """Tell whether the copy gets the next version."""
        return self.host.sha256 == self.base.sha256


@dataclass(frozen=True, slots=True)
class Donor:
    """An artifact of known malware whose payload is transplanted."""

    path: str
    filename: str
    sha256: str
    project: str
    version: str
    campaign: str
    payload_loc: str
    first_seen: str = ""


@dataclass(frozen=True, slots=True)
class PlannedRelease:
    """One release to build, from the first of `candidates` that it can be built from.

    `number` is its place in the plan, `label` 1 for a payload and 0 for an honest twin. `family` names a technique, or
    an honest change. With a `donor`, its payload is the code.
    """

    number: int
    split: str
    label: int
    family: str
    candidates: tuple[HostPair, ...]
    seed: int
    donor: Donor | None = None

    def rng(self, pair: HostPair) -> Random:
        """Return a random generator that is seeded by this release and a candidate."""
        donor = self.donor.sha256 if self.donor else ""
        text = f"{self.seed}:{self.number}:{pair.host.sha256}:{self.family}:{donor}"
        return Random(text)  # noqa: S311 - no secret


@dataclass(frozen=True, slots=True)
class BuiltRelease:
    """One line of the manifest: what was built, from what, and the members that hold the payload (or the change).

    `path` is relative to the folder of the manifest; `donor` is "template", or the campaign of the donor.
    """

    path: str
    sha256: str
    label: int
    split: str
    family: str
    place: str
    trigger: str
    dress: str
    act: str
    donor: str
    donor_sha256: str
    donor_first_seen: str
    host_project: str
    host_sha256: str
    base_sha256: str
    base_filename: str
    version: str
    kind: str
    stratum: str
    member: str
    other_members: str
