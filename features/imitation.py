"""How a project's name imitates a popular one, and which.

The popular names are package data (`data/popular_names.txt`, the most depended-on first, one on a line). A name
is compared with them in its normalised form. Distance alone says little: `requests` and `request`, `pytest` and
`pytest-cov` are near each other and honest; so the way of a difference is told, beside how popular the other
name is. A name that is itself popular imitates nobody.
"""

import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache, lru_cache
from pathlib import Path

from features.names import normalise

POPULAR_FILE = Path(__file__).parent / "data" / "popular_names.txt"

MAX_NAME = 100
"""A longer name is not compared."""

SHORTEST = 4
"""A popular name that is shorter is near too many honest ones to be imitated by an edit."""

WELL_KNOWN = 1_000
"""Popular names up to this rank are looked for inside longer names."""

AFFIXES = frozenset({
    "py", "python", "python2", "python3", "lib", "libs", "sdk", "api", "cli", "util", "utils", "tool",
    "tools", "client", "server", "core", "dev", "test", "tests", "beta", "alpha", "new", "latest", "official",
    "pro", "plus", "lite", "fast", "easy", "simple", "secure", "safe", "async", "aio", "http", "https",
    "package", "module", "helper", "helpers", "wrapper", "extra", "extras", "ext", "plugin", "addon", "patch",
    "fix", "fixed", "mirror", "binary", "bin", "io", "js", "x", "2", "3", "4", "v2", "v3", "my", "the",
    "real", "free",
})  # fmt: skip
"""What imitators put before or behind a name."""

_KEYBOARD = ("1234567890", "qwertyuiop", "asdfghjkl", "zxcvbnm")
_VOWELS = frozenset("aeiou")
_ALPHABET = "abcdefghijklmnopqrstuvwxyz0123456789-"
_LOOK = str.maketrans("015", "ols")
_LOOK_PAIRS = (("rn", "m"), ("vv", "w"), ("cl", "d"), ("nn", "m"), ("i", "l"))
_RUN = re.compile(r"(.)\1+")


class Way(StrEnum):
    """How a name differs from the popular one it is near to."""

    INSERTION = "insertion"
    DELETION = "deletion"
    SUBSTITUTION = "substitution"
    TRANSPOSITION = "transposition"
    REPEATED = "repeated"
    KEYBOARD = "keyboard"
    VOWEL = "vowel"
    PLURAL = "plural"
    LOOKALIKE = "lookalike"
    SEPARATOR = "separator"
    ORDER = "order"
    AFFIX = "affix"
    COMBINED = "combined"


@dataclass(frozen=True, slots=True)
class Imitation:
    """What was found for one name.

    `popular_rank` is the name's own rank among the popular ones (0 first), None where it is not one.
    `ways` maps each way in which it differs from a popular name to that name; where several names are near
    in one way, the most popular. `target` is the most popular of the names that it is near to in another way
    than COMBINED, or else in that; "" and rank None where there is none.
    """

    popular_rank: int | None
    ways: Mapping[Way, str]
    target: str = ""
    rank: int | None = None


class PopularNames:
    """Popular names with the forms by which a likeness is found; `digest` changes with the list."""

    def __init__(self, names: Iterable[str]) -> None:
        self.ranks: dict[str, int] = {}
        for name in names:
            self.ranks.setdefault(normalise(name), len(self.ranks))
        self._squashed: dict[str, str] = {}
        self._sorted: dict[str, str] = {}
        self._looks: dict[str, str] = {}
        self._runs: dict[str, str] = {}
        for name in self.ranks:
            if len(name) >= SHORTEST:
                self._squashed.setdefault(name.replace("-", ""), name)
                self._sorted.setdefault("-".join(sorted(name.split("-"))), name)
                self._looks.setdefault(_skeleton(name), name)
                self._runs.setdefault(_RUN.sub(r"\1", name), name)
        self.digest = hashlib.blake2b("\n".join(self.ranks).encode(), digest_size=4).hexdigest()

    def __contains__(self, name: str) -> bool:
        return name in self.ranks

    def compare(self, name: str) -> Imitation:
        """Return how a name (in any spelling) is near to popular ones."""
        name = normalise(name[: MAX_NAME + 1])
        if name in self.ranks:
            return Imitation(self.ranks[name], {})
        found: dict[Way, str] = {}
        if name and len(name) <= MAX_NAME:
            for way, target in self._near(name):
                if way not in found or self.ranks[target] < self.ranks[found[way]]:
                    found[way] = target
        near = [target for way, target in found.items() if way is not Way.COMBINED] or list(found.values())
        if not near:
            return Imitation(None, {})
        target = min(near, key=self.ranks.__getitem__)
        return Imitation(None, found, target, self.ranks[target])

    def _near(self, name: str) -> Iterator[tuple[Way, str]]:
        for variant in sorted(_edits(name) & self.ranks.keys()):
            if len(variant) >= SHORTEST:
                yield from ((way, variant) for way in _edit_ways(name, variant))
        squashed = self._squashed.get(name.replace("-", ""))
        whole = (
            (Way.SEPARATOR, squashed),
            (Way.ORDER, self._sorted.get("-".join(sorted(name.split("-"))))),
            (Way.LOOKALIKE, None if squashed else self._looks.get(_skeleton(name))),
            (Way.REPEATED, self._runs.get(_RUN.sub(r"\1", name))),
        )
        yield from ((way, target) for way, target in whole if target is not None)
        for inner in _without_affix(name):
            if inner in self.ranks and len(inner) >= SHORTEST:
                yield Way.AFFIX, inner
        parts = [part for part in name.split("-") if part]
        for at, part in enumerate(parts):
            for candidate in (part, "-".join(parts[at : at + 2])):
                if len(parts) > 1 and len(candidate) > SHORTEST and self.ranks.get(candidate, WELL_KNOWN) < WELL_KNOWN:
                    yield Way.COMBINED, candidate


def _edits(name: str) -> set[str]:
    """Return every name one edit away: a letter less, more or another, or two neighbours exchanged."""
    halves = [(name[:at], name[at:]) for at in range(len(name) + 1)]
    return {
        *(head + tail[1:] for head, tail in halves if tail),
        *(head + tail[1] + tail[0] + tail[2:] for head, tail in halves if len(tail) > 1),
        *(head + letter + tail[1:] for head, tail in halves if tail for letter in _ALPHABET),
        *(head + letter + tail for head, tail in halves for letter in _ALPHABET),
    } - {name}


def _edit_ways(name: str, popular: str) -> Iterator[Way]:
    """Yield how `name` differs from a popular name that is one edit away."""
    at = next(
        (at for at, (a, b) in enumerate(zip(name, popular, strict=False)) if a != b), min(len(name), len(popular))
    )
    if len(name) == len(popular):
        if name[at + 1 :] == popular[at + 1 :]:
            yield from _substituted(name[at], popular[at])
        else:
            yield Way.TRANSPOSITION
        return
    more = len(name) > len(popular)
    letter = name[at] if more else popular[at]
    if letter == "-":
        yield Way.SEPARATOR
        return
    yield Way.INSERTION if more else Way.DELETION
    if letter == "s" and at == min(len(name), len(popular)):
        yield Way.PLURAL


def _substituted(letter: str, other: str) -> tuple[Way, ...]:
    ways = [Way.SUBSTITUTION]
    if other in _neighbours(letter):
        ways.append(Way.KEYBOARD)
    if letter in _VOWELS and other in _VOWELS:
        ways.append(Way.VOWEL)
    return tuple(ways)


@cache
def _neighbours(letter: str) -> frozenset[str]:
    """Return the keys that touch a letter's key on a QWERTY keyboard."""
    for row, keys in enumerate(_KEYBOARD):
        at = keys.find(letter)
        if at >= 0:
            above = _KEYBOARD[row - 1][at : at + 2] if row else ""
            below = _KEYBOARD[row + 1][max(0, at - 1) : at + 1] if row + 1 < len(_KEYBOARD) else ""
            return frozenset(keys[max(0, at - 1) : at + 2] + above + below) - {letter}
    return frozenset()


def _skeleton(name: str) -> str:
    """Return a name with letters that look alike made the same."""
    name = name.replace("-", "").translate(_LOOK)
    for pair, letter in _LOOK_PAIRS:
        name = name.replace(pair, letter)
    return name


def _without_affix(name: str) -> Iterator[str]:
    """Yield what is left of a name without a usual prefix or suffix, set off by a hyphen or not."""
    for cut in range(1, min(len(name), 9)):
        if name[:cut] in AFFIXES:
            yield name[cut:].lstrip("-")
        if name[-cut:] in AFFIXES:
            yield name[:-cut].rstrip("-")


@cache
def popular_names() -> PopularNames:
    """Return the shipped list, read once in a process."""
    return PopularNames(POPULAR_FILE.read_text(encoding="utf-8").split())


@lru_cache(maxsize=16_384)
def imitation_of(name: str) -> Imitation:
    """Return how a name is near to the shipped popular ones; the names of dependencies come again and again."""
    return popular_names().compare(name)
