"""How a project's name imitates a popular one, and which.

The popular names are package data (`data/popular_names.txt`, the most depended-on first, one on a line). A name
is compared with them in its normalised form. Distance alone says little: `requests` and `request`, `pytest` and
`pytest-cov` are near each other and honest; so the way of a difference is told, beside how popular the other
name is. A name that is itself popular imitates nobody.
"""

import hashlib
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from pathlib import Path

from features.packaging.names import normalise
from features.runtime.cache import cached_text, size_of_words

POPULAR_FILE = Path(__file__).parents[1] / "data" / "popular_names.txt"

MAX_NAME = 100
"""A longer name is not compared."""

SHORTEST = 4
"""A popular name that is shorter is near too many honest ones to be imitated by an edit."""

WELL_KNOWN = 1_000
"""Popular names up to this rank are looked for inside longer names."""

FAMOUS = 500
"""Popular names up to this rank are looked for at two edits."""

LONG = 6
"""Letters from which a word of a name that is one edit away is no chance."""

LONGER = 8
"""Letters of a popular name from which a name two edits away is no chance."""

BRAND = 2
"""Popular names that have a word in common which is then somebody's: `microsoft`, `opentelemetry`."""

AFFIXES = frozenset({
    "py", "python", "python2", "python3", "lib", "libs", "sdk", "api", "cli", "util", "utils", "tool",
    "tools", "client", "server", "core", "dev", "test", "tests", "beta", "alpha", "new", "latest", "official",
    "pro", "plus", "lite", "fast", "easy", "simple", "secure", "safe", "async", "aio", "http", "https",
    "package", "module", "helper", "helpers", "wrapper", "extra", "extras", "ext", "plugin", "addon", "patch",
    "fix", "fixed", "mirror", "binary", "bin", "io", "js", "x", "2", "3", "4", "v2", "v3", "my", "the",
    "real", "free", "nightly", "cpu", "gpu", "self", "asyncio", "stable", "next", "kit", "bot", "rs", "pip",
    "install", "installer", "setup", "update", "updated", "upgrade", "modified", "custom", "fork", "unofficial",
    "original", "mini", "full", "base", "common", "support", "security", "demo", "example", "pkg", "project",
    "compat", "proxy", "ssl", "v1", "v4", "0", "1", "5",
})  # fmt: skip
"""What imitators put before or behind a name."""

MAX_AFFIX = max(map(len, AFFIXES))

_KEYBOARD = ("1234567890", "qwertyuiop", "asdfghjkl", "zxcvbnm")
_VOWELS = frozenset("aeiou")
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
    TAIL = "tail"
    PAIR = "pair"
    PART = "part"
    DISTANT = "distant"

    @property
    def is_within(self) -> bool:
        """Whether a popular name merely stands in it, as in the names of honest plug-ins and stubs."""
        return self in {Way.COMBINED, Way.TAIL, Way.PAIR}

    @property
    def is_slip(self) -> bool:
        """Whether it is what a slip of the finger or the eye leaves of a popular name."""
        return not self.is_within and self not in {Way.AFFIX, Way.PLURAL}


_SLIPS = tuple(way for way in Way if way.is_slip)


@dataclass(frozen=True, slots=True)
class Imitation:
    """What was found for one name.

    `popular_rank` is the name's own rank among the popular ones (0 first), None where it is not one.
    `ways` maps each way in which it differs from a popular name to that name; where several names are near
    in one way, the most popular. `target` is the most popular of the names that it is near to in another way
    than by having it in it, or else in that; "" and rank None where there is none. `family` and `family_end` are
    how many other popular names begin with its first word and end in its last: `pytest-anything` has a large
    family, `requests3` none.
    """

    popular_rank: int | None
    ways: Mapping[Way, str]
    target: str = ""
    rank: int | None = None
    family: int = 0
    family_end: int = 0

    @property
    def slip(self) -> str:
        """The popular name that this one is a slip away from, the most direct way first; "" where there is none.

        A plural for a singular is none: `request` and `requests` are both words that honest people use.
        """
        plural = self.ways.get(Way.PLURAL)
        slips = ((way, self.ways[way]) for way in _SLIPS if way in self.ways) if self.ways else ()
        return next((name for way, name in slips if name != plural or way not in {Way.INSERTION, Way.DELETION}), "")

    @property
    def likened(self) -> frozenset[str]:
        """The popular names that it is near to otherwise than by having them in it."""
        return frozenset(name for way, name in self.ways.items() if not way.is_within)


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
        self._deleted: dict[str, str] = {}
        self._famous: defaultdict[int, list[tuple[str, int]]] = defaultdict(list)
        self._heads = Counter(name.split("-")[0] for name in self.ranks if "-" in name)
        self._tails = Counter(name.rpartition("-")[2] for name in self.ranks if "-" in name)
        words = Counter(part for name in self.ranks for part in set(name.split("-")) if len(part) >= LONG)
        brands = {word for word, count in words.items() if count >= BRAND}
        self._words = frozenset(brands | {name for name, rank in self.ranks.items() if rank < WELL_KNOWN})
        self._brand_looks: dict[str, str] = {}
        for name in self.ranks:
            for word in name.split("-"):
                if word in brands:
                    self._brand_looks.setdefault(_skeleton(word), name)
        for name, rank in self.ranks.items():
            if rank < FAMOUS and len(name) >= LONGER:
                self._famous[len(name)].append((name, _letters(name)))
            for less in _deletes(name):
                self._deleted[less] = f"{self._deleted[less]} {name}" if less in self._deleted else name
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
        family, family_end = self._heads[name.split("-")[0]], self._tails[name.rpartition("-")[2]]
        if "-" not in name:
            family_end = 0
        if name in self.ranks:
            own = "-" in name
            return Imitation(self.ranks[name], {}, family=family - own, family_end=max(family_end - own, 0))
        found: dict[Way, str] = {}
        if name and len(name) <= MAX_NAME:
            for way, target in self._near(name):
                if way not in found or self.ranks[target] < self.ranks[found[way]]:
                    found[way] = target
        near = [target for way, target in found.items() if not way.is_within] or list(found.values())
        if not near:
            return Imitation(None, {}, family=family, family_end=family_end)
        target = min(near, key=self.ranks.__getitem__)
        return Imitation(None, found, target, self.ranks[target], family, family_end)

    def _near(self, name: str) -> Iterator[tuple[Way, str]]:
        once = self._edited(name)
        for variant in once:
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
        if not once and squashed is None and len(name) >= LONG:
            words = set(name.split("-"))
            for target in self._distant(name):
                if words.isdisjoint(target.split("-")):
                    yield Way.DISTANT, target
        yield from self._pairs(name.replace("-", ""))
        parts = [part for part in name.split("-") if part]
        for at, part in enumerate(parts):
            for candidate in (part, "-".join(parts[at : at + 2])):
                if len(parts) > 1 and len(candidate) > SHORTEST and self.ranks.get(candidate, WELL_KNOWN) < WELL_KNOWN:
                    yield Way.COMBINED, candidate
                    if at and name.endswith(candidate):
                        yield Way.TAIL, candidate
            yield from self._word_slips(part, whole=len(parts) == 1)

    def _edited(self, name: str) -> list[str]:
        """Return the names that one edit leads to."""
        near: set[str] = set()
        for less in self._deleted.keys() & _deletes(name):
            near.update(self._deleted[less].split())
        return [target for target in sorted(near) if _distance(name, target) == 1]

    def _distant(self, name: str) -> list[str]:
        """Return the famous names that two edits lead to."""
        size, letters = len(name), _letters(name)
        # An edit adds one letter and takes one away at most.
        near = [
            target
            for other in range(size - 2, size + 3)
            for target, others in self._famous.get(other, ())
            if (letters ^ others).bit_count() <= 4
        ]
        return [target for target in sorted(near) if _distance(name, target) == 2]

    def _pairs(self, squashed: str) -> Iterator[tuple[Way, str]]:
        """Yield the better known of two well-known names that are written one after the other."""
        for at in range(SHORTEST, len(squashed) - SHORTEST + 1):
            head, tail = (self._squashed.get(half, "") for half in (squashed[:at], squashed[at:]))
            ranks = [self.ranks.get(half, WELL_KNOWN) for half in (head, tail)]
            if head != tail and max(ranks) < WELL_KNOWN:
                yield Way.PAIR, min(head, tail, key=self.ranks.__getitem__)

    def _word_slips(self, word: str, *, whole: bool) -> Iterator[tuple[Way, str]]:
        """Yield the name whose word this one is nearly: `reqeusts` in `reqeusts-lib`, `rnicrosoft` for a brand."""
        if len(word) < LONG or word in self._words or word in self.ranks:
            return
        brand = self._brand_looks.get(_skeleton(word))
        if brand is not None:
            yield Way.PART, brand
        if whole:
            return
        looked = self._looks.get(_skeleton(word), "")
        if self.ranks.get(looked, WELL_KNOWN) < WELL_KNOWN and looked.replace("-", "") != word:
            yield Way.PART, looked
        for variant in self._edited(word):
            well_known = len(variant) >= LONG and self.ranks[variant] < WELL_KNOWN
            # A letter more or less at an end makes another honest word (`finance`, `yfinance`), a hyphen none.
            inner = word[0] == variant[0] and word[-1] == variant[-1] and word != variant.replace("-", "")
            if well_known and inner:
                yield Way.PART, variant


def _deletes(name: str) -> set[str]:
    """Return a name as it is and with each letter left out: so names that are one edit apart meet."""
    return {name, *[name[:at] + name[at + 1 :] for at in range(len(name))]}


def _letters(name: str) -> int:
    """Return a name's letters as bits, a second and a third of a kind apart."""
    bits = 0
    for letter in name:
        bit = 1 << (ord(letter) & 63)
        while bits & bit and bit < 1 << 128:
            bit <<= 64
        bits |= bit
    return bits


def _distance(one: str, other: str) -> int:
    """Return the edits between two words, an exchange of neighbours being one (optimal string alignment)."""
    while one and other and one[-1] == other[-1]:
        one, other = one[:-1], other[:-1]
    while one and other and one[0] == other[0]:
        one, other = one[1:], other[1:]
    before: list[int] = []
    last = list(range(len(other) + 1))
    for at, letter in enumerate(one, start=1):
        row = [at]
        for there, opposite in enumerate(other, start=1):
            cost = min(last[there] + 1, row[-1] + 1, last[there - 1] + (letter != opposite))
            if at > 1 and there > 1 and letter == other[there - 2] and one[at - 2] == opposite:
                cost = min(cost, before[there - 2] + 1)
            row.append(cost)
        before, last = last, row
    return last[-1]


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
    if other in _NEIGHBOURS.get(letter, ()):
        ways.append(Way.KEYBOARD)
    if letter in _VOWELS and other in _VOWELS:
        ways.append(Way.VOWEL)
    return tuple(ways)


def _keyboard_neighbours() -> Iterator[tuple[str, frozenset[str]]]:
    """Yield each key of a QWERTY keyboard with those that touch it."""
    for row, keys in enumerate(_KEYBOARD):
        for at, key in enumerate(keys):
            above = _KEYBOARD[row - 1][at : at + 2] if row else ""
            below = _KEYBOARD[row + 1][max(0, at - 1) : at + 1] if row + 1 < len(_KEYBOARD) else ""
            yield key, frozenset(keys[max(0, at - 1) : at + 2] + above + below) - {key}


_NEIGHBOURS = dict(_keyboard_neighbours())


def _skeleton(name: str) -> str:
    """Return a name with letters that look alike made the same."""
    name = name.replace("-", "").translate(_LOOK)
    for pair, letter in _LOOK_PAIRS:
        name = name.replace(pair, letter)
    return name


def _without_affix(name: str) -> Iterator[str]:
    """Yield what is left of a name without one usual prefix or suffix, or two that are set off by a hyphen."""
    for rest in _without_one(name):
        yield rest
        if rest != name and "-" in rest:
            yield from _without_one(rest)


def _without_one(name: str) -> Iterator[str]:
    for cut in range(1, min(len(name), MAX_AFFIX + 1)):
        if name[:cut] in AFFIXES:
            yield name[cut:].lstrip("-")
        if name[-cut:] in AFFIXES:
            yield name[:-cut].rstrip("-")


def _size_of_imitation(imitation: Imitation) -> int:
    return 256 + size_of_words(imitation.ways.values())


@cache
def popular_names() -> PopularNames:
    """Return the shipped list, read once in a process."""
    return PopularNames(POPULAR_FILE.read_text(encoding="utf-8").split())


def slips_from_well_known(name: str) -> bool:
    """Return whether a name is a slip away from a well-known one that is long enough for it to be no chance."""
    slip = imitation_of(name).slip
    return len(slip) >= LONG and popular_names().ranks[slip] < WELL_KNOWN


@cached_text("name_imitations", size_of=_size_of_imitation)
def imitation_of(name: str) -> Imitation:
    """Return how a name is near to the shipped popular ones; the names of dependencies come again and again."""
    return popular_names().compare(name)
