"""Finds the popular names that a project's name resembles, and the ways in which it differs from them.

The popular names are package data (`data/popular_names.txt`, one on a line, the most depended-on first). Names are
compared in their normalised form (PEP 503). Distance alone is weak evidence: `requests` and `request`, `pytest` and
`pytest-cov` are close and honest. So the comparison returns the way in which two names differ, and how popular the
other is. A popular name is not compared with others.
"""

import hashlib
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path

from features.packaging.names import normalise
from features.reference.name_changes import (
    NameChange,
    edit_changes,
    edit_distance,
    letter_bits,
    skeleton,
    with_one_deleted,
    without_affixes,
    without_repetition,
)
from features.runtime.cache import cached_text, size_of_words

POPULAR_FILE = Path(__file__).parents[1] / "data" / "popular_names.txt"

MAX_NAME_CHARS = 100
"""Characters of the longest name that is compared."""

SHORTEST = 4
"""Characters of the shortest popular name that is compared by edits; shorter names are close to many honest ones."""

WELL_KNOWN = 1_000
"""Number of popular names, by rank, that are searched for inside longer names."""

FAMOUS = 500
"""Number of popular names, by rank, that are compared at two edits."""

LONG = 6
"""Letters of the shortest word for which one edit is unlikely to be chance."""

LONGER = 8
"""Letters of the shortest popular name for which two edits are unlikely to be chance."""

BRAND = 2
"""Number of popular names with the same word from which the word is a brand: `microsoft`, `opentelemetry`."""


_SLIPS = tuple(change for change in NameChange if change.is_slip)


@dataclass(frozen=True, slots=True)
class NameComparison:
    """The popular names that a name resembles.

    `popular_rank` is the name's own rank among the popular ones (0 first), None if it is not one. `changes` maps
    each way in which it differs from a popular name to the most popular of those names. `target` is the most popular
    of them; a name that it merely contains counts only if there is no other. If it resembles none, `target` is ""
    and `target_rank` None. `family` and `family_end` are how many other popular names begin with its first word and
    end in its last: `pytest-anything` has a large family, `requests3` has none.
    """

    popular_rank: int | None
    changes: Mapping[NameChange, str]
    target: str = ""
    target_rank: int | None = None
    family: int = 0
    family_end: int = 0

    @property
    def slip(self) -> str:
        """The popular name that a slip turns into this one, by the most direct slip; "" if there is none.

        A plural for a singular is not a slip: honest projects use both `request` and `requests`.
        """
        plural = self.changes.get(NameChange.PLURAL)
        slips = ((change, self.changes[change]) for change in _SLIPS if change in self.changes) if self.changes else ()
        return next(
            (
                name
                for change, name in slips
                if name != plural or change not in {NameChange.INSERTION, NameChange.DELETION}
            ),
            "",
        )

    @property
    def resembled(self) -> frozenset[str]:
        """The popular names that it resembles other than by containing them."""
        return frozenset(name for change, name in self.changes.items() if not change.is_containment)


class _NameForms:
    """The forms of popular names through which similar names are found, of `ranks` (name to rank)."""

    def __init__(self, ranks: Mapping[str, int]) -> None:
        self.squashed: dict[str, str] = {}
        self.sorted: dict[str, str] = {}
        self.skeletons: dict[str, str] = {}
        self.unrepeated: dict[str, str] = {}
        self.deleted: dict[str, str] = {}
        self.famous: defaultdict[int, list[tuple[str, int]]] = defaultdict(list)
        self.heads = Counter(name.split("-")[0] for name in ranks if "-" in name)
        self.tails = Counter(name.rpartition("-")[2] for name in ranks if "-" in name)
        words = Counter(part for name in ranks for part in set(name.split("-")) if len(part) >= LONG)
        brands = {word for word, count in words.items() if count >= BRAND}
        self.words = frozenset(brands | {name for name, rank in ranks.items() if rank < WELL_KNOWN})
        self.brand_skeletons: dict[str, str] = {}
        for name in ranks:
            for word in name.split("-"):
                if word in brands:
                    self.brand_skeletons.setdefault(skeleton(word), name)
        for name, rank in ranks.items():
            if rank < FAMOUS and len(name) >= LONGER:
                self.famous[len(name)].append((name, letter_bits(name)))
            for less in with_one_deleted(name):
                self.deleted[less] = f"{self.deleted[less]} {name}" if less in self.deleted else name
            if len(name) >= SHORTEST:
                self.squashed.setdefault(name.replace("-", ""), name)
                self.sorted.setdefault("-".join(sorted(name.split("-"))), name)
                self.skeletons.setdefault(skeleton(name), name)
                self.unrepeated.setdefault(without_repetition(name), name)


class PopularNames:
    """Popular names, which similar names are compared with; `digest` changes with the list."""

    def __init__(self, names: Iterable[str]) -> None:
        self.ranks: dict[str, int] = {}
        for name in names:
            self.ranks.setdefault(normalise(name), len(self.ranks))
        self.digest = hashlib.blake2b("\n".join(self.ranks).encode(), digest_size=4).hexdigest()

    @cached_property
    def _forms(self) -> _NameForms:
        """The forms of the names, which a process that compares no name never makes."""
        return _NameForms(self.ranks)

    def __contains__(self, name: str) -> bool:
        return name in self.ranks

    def compare(self, name: str) -> NameComparison:
        """Return the comparison of a name, in any spelling, with the popular names."""
        name = normalise(name[: MAX_NAME_CHARS + 1])
        family, family_end = self._forms.heads[name.split("-")[0]], self._forms.tails[name.rpartition("-")[2]]
        if "-" not in name:
            family_end = 0
        if name in self.ranks:
            own = "-" in name
            return NameComparison(self.ranks[name], {}, family=family - own, family_end=max(family_end - own, 0))
        found: dict[NameChange, str] = {}
        if name and len(name) <= MAX_NAME_CHARS:
            for change, target in self._similar(name):
                if change not in found or self.ranks[target] < self.ranks[found[change]]:
                    found[change] = target
        near = [target for change, target in found.items() if not change.is_containment] or list(found.values())
        if not near:
            return NameComparison(None, {}, family=family, family_end=family_end)
        target = min(near, key=self.ranks.__getitem__)
        return NameComparison(None, found, target, self.ranks[target], family, family_end)

    def _similar(self, name: str) -> Iterator[tuple[NameChange, str]]:
        once = self._one_edit_away(name)
        for variant in once:
            if len(variant) >= SHORTEST:
                yield from ((change, variant) for change in edit_changes(name, variant))
        squashed = self._forms.squashed.get(name.replace("-", ""))
        whole = (
            (NameChange.SEPARATOR, squashed),
            (NameChange.ORDER, self._forms.sorted.get("-".join(sorted(name.split("-"))))),
            (NameChange.LOOKALIKE, None if squashed else self._forms.skeletons.get(skeleton(name))),
            (NameChange.REPEATED, self._forms.unrepeated.get(without_repetition(name))),
        )
        yield from ((change, target) for change, target in whole if target is not None)
        for inner in without_affixes(name):
            if inner in self.ranks and len(inner) >= SHORTEST:
                yield NameChange.AFFIX, inner
        if not once and squashed is None and len(name) >= LONG:
            words = set(name.split("-"))
            for target in self._two_edits_away(name):
                if words.isdisjoint(target.split("-")):
                    yield NameChange.DISTANT, target
        yield from self._pairs(name.replace("-", ""))
        parts = [part for part in name.split("-") if part]
        for at, part in enumerate(parts):
            for candidate in (part, "-".join(parts[at : at + 2])):
                if len(parts) > 1 and len(candidate) > SHORTEST and self.ranks.get(candidate, WELL_KNOWN) < WELL_KNOWN:
                    yield NameChange.COMBINED, candidate
                    if at and name.endswith(candidate):
                        yield NameChange.TAIL, candidate
            yield from self._word_slips(part, whole=len(parts) == 1)

    def _one_edit_away(self, name: str) -> list[str]:
        """Return the popular names that are one edit away."""
        near: set[str] = set()
        for less in self._forms.deleted.keys() & with_one_deleted(name):
            near.update(self._forms.deleted[less].split())
        return [target for target in sorted(near) if edit_distance(name, target) == 1]

    def _two_edits_away(self, name: str) -> list[str]:
        """Return the famous names that are two edits away."""
        size, letters = len(name), letter_bits(name)
        # An edit adds at most one letter and removes at most one.
        near = [
            target
            for other in range(size - 2, size + 3)
            for target, others in self._forms.famous.get(other, ())
            if (letters ^ others).bit_count() <= 4
        ]
        return [target for target in sorted(near) if edit_distance(name, target) == 2]

    def _pairs(self, squashed: str) -> Iterator[tuple[NameChange, str]]:
        """Yield the better known of two well-known names that this one consists of."""
        for at in range(SHORTEST, len(squashed) - SHORTEST + 1):
            head, tail = (self._forms.squashed.get(half, "") for half in (squashed[:at], squashed[at:]))
            ranks = [self.ranks.get(half, WELL_KNOWN) for half in (head, tail)]
            if head != tail and max(ranks) < WELL_KNOWN:
                yield NameChange.PAIR, min(head, tail, key=self.ranks.__getitem__)

    def _word_slips(self, word: str, *, whole: bool) -> Iterator[tuple[NameChange, str]]:
        """Yield the popular names or brands that a slip turns into this word: `reqeusts` or `rnicrosoft`."""
        if len(word) < LONG or word in self._forms.words or word in self.ranks:
            return
        brand = self._forms.brand_skeletons.get(skeleton(word))
        if brand is not None:
            yield NameChange.PART, brand
        if whole:
            return
        lookalike = self._forms.skeletons.get(skeleton(word), "")
        if self.ranks.get(lookalike, WELL_KNOWN) < WELL_KNOWN and lookalike.replace("-", "") != word:
            yield NameChange.PART, lookalike
        for variant in self._one_edit_away(word):
            well_known = len(variant) >= LONG and self.ranks[variant] < WELL_KNOWN
            # A letter added or removed at an end makes another honest word (`finance`, `yfinance`), a hyphen does not.
            inner = word[0] == variant[0] and word[-1] == variant[-1] and word != variant.replace("-", "")
            if well_known and inner:
                yield NameChange.PART, variant


def _size_of_comparison(comparison: NameComparison) -> int:
    return 256 + size_of_words(comparison.changes.values())


@cache
def popular_names() -> PopularNames:
    """Return the shipped list, read once in a process."""
    return PopularNames(POPULAR_FILE.read_text(encoding="utf-8").split())


def is_slip_of_well_known(name: str) -> bool:
    """Return whether a slip turns a well-known name of at least `LONG` letters into this one."""
    slip = compare_name(name).slip
    return len(slip) >= LONG and popular_names().ranks[slip] < WELL_KNOWN


@cached_text("name_imitations", size_of=_size_of_comparison)
def compare_name(name: str) -> NameComparison:
    """Return the comparison of a name with the shipped popular names."""
    return popular_names().compare(name)
