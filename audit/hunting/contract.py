"""Defines what is hunted for, and what was found."""

from dataclasses import dataclass, field

from audit.errors import StatedError
from jobs.hunt.contract import SearchPattern


class HuntError(StatedError):
    """A hunt that cannot be made: nothing is asked for, or patterns that cannot be read."""


@dataclass(frozen=True, slots=True)
class Hunt:
    """The things that are looked for; an artifact that has any of them is found.

    `hosts` are names or addresses, `digests` hex digests, `names` projects, file names or members, all with `*` for any
    letters. `texts` are literal. `members` are (name, xxh3-128 hex, sha256 hex) of files on this machine. `where` is an
    SQL condition over the view `artifacts`.
    """

    hosts: tuple[str, ...] = ()
    digests: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    texts: tuple[str, ...] = ()
    members: tuple[tuple[str, str, str], ...] = ()
    patterns: tuple[SearchPattern, ...] = ()
    rules: str = ""
    where: str = ""

    @property
    def reads(self) -> bool:
        """True if the store alone cannot answer."""
        return bool(self.texts or self.patterns or self.rules)


@dataclass(frozen=True, slots=True)
class HuntHit:
    """A place that was found: what was asked, the artifact, and where. Names and excerpts are hostile text, unescaped.

    `place` is "member:line", "member" or "".
    """

    asked: str
    project: str
    version: str
    filename: str
    path: str
    sha256: str
    verdict: str
    score: float | None
    place: str = ""
    excerpt: str = ""


@dataclass(frozen=True, slots=True)
class HuntResult:
    """The hits, bounded, the gravest verdict first; `total` counts all of them, `artifacts` the artifacts with one.

    `searched` files were read again, of which `unread` could not be searched to their end.
    """

    hits: tuple[HuntHit, ...]
    total: int
    artifacts: int
    searched: int = 0
    unread: tuple[tuple[str, str], ...] = field(default=())
