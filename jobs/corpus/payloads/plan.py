"""Plans which releases are built, from lists of hosts and donors and a seed.

Training, validation and test releases share no project, no family, no dress, no act and no campaign.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from random import Random

from jobs.corpus.payloads.blind_honest import BLIND_CHANGES
from jobs.corpus.payloads.contract import BLIND, MEASURED, SPLITS, Donor, Family, HostPair, PlannedRelease, split_of
from jobs.corpus.payloads.honest import CHANGES
from jobs.corpus.payloads.registry import FAMILIES, find_family

_SHARES = {"train": 0.6, "valid": 0.14, "test": 0.26} | dict.fromkeys(MEASURED, 0.26)
_HOSTS_OF = {split: split for split in SPLITS} | dict.fromkeys(MEASURED, "test")
_CANDIDATES = 10
_RAISED_SHARE = 0.35


@dataclass(frozen=True, slots=True)
class PayloadCounts:
    """Numbers of releases to plan: with payloads of templates, with transplanted ones, and honest twins."""

    templates: int = 5_000
    transplants: int = 1_200
    twins: int = 1_500


def choose_families(names: Sequence[str]) -> tuple[Family, ...]:
    """Return the families of these names, where a split's name stands for all of its families; raises KeyError."""
    known = {name for family in FAMILIES for name in (family.name, family.split)}
    for name in names:
        if name not in known:
            raise KeyError(name)
    return tuple(family for family in FAMILIES if {family.name, family.split} & set(names))


def plan_releases(
    pairs: Sequence[HostPair],
    donors: Sequence[Donor],
    counts: PayloadCounts,
    seed: int,
    families: Sequence[Family] | None = None,
) -> list[PlannedRelease]:
    """Return the releases to build, mixed, so that each prefix has all families; raises nothing for what it lacks.

    `families` are all of `SPLITS` where none are named. Each split that has some gets its share of the counts.
    """
    families = choose_families(SPLITS) if families is None else families
    shares = {split: share for split, share in _SHARES.items() if any(f.split == split for f in families)}
    shares = {split: share / sum(shares.values()) for split, share in shares.items()}
    hosts = {split: [p for p in pairs if split_of(p.host.project) == split] for split in SPLITS}
    decks = {split: _Deck(hosts[_HOSTS_OF[split]], seed, split) for split in shares}
    planned = [
        *_plan_templates(decks, shares, families, counts.templates, seed),
        *_plan_transplants(decks, shares, families, donors, counts.transplants, seed),
    ]
    Random(f"{seed}:order").shuffle(planned)  # noqa: S311 - no secret
    planned += _plan_twins(planned, counts.twins, seed)
    return [replace(release, number=number) for number, release in enumerate(planned)]


class _Deck:
    """Pairs of hosts of one split, dealt so that strata and kinds take turns and projects come up evenly."""

    def __init__(self, pairs: Sequence[HostPair], seed: int, split: str) -> None:
        self._rng = Random(f"{seed}:{split}")  # noqa: S311 - no secret
        self._stacks: dict[tuple[str, str, bool], list[HostPair]] = defaultdict(list)
        self._all = list(pairs)
        self._strata = sorted({pair.host.stratum for pair in pairs})
        for pair in pairs:
            self._stacks[pair.host.stratum, pair.host.kind, pair.is_raised].append(pair)
        self._dealt: dict[tuple[str, str, bool], list[HostPair]] = {}
        self._turn = 0

    def deal(self, needs: str) -> tuple[HostPair, ...]:
        """Return some pairs of one stratum and kind, none where the deck has none."""
        if not self._strata:
            return ()
        self._turn += 1
        stratum = self._strata[self._turn % len(self._strata)]
        kind = needs if needs != "any" else self._rng.choice(("wheel", "wheel", "sdist"))
        raised = self._rng.random() < _RAISED_SHARE
        found = [pair for pair in (self._next((stratum, kind, raised)) for _ in range(_CANDIDATES)) if pair]
        return tuple(dict.fromkeys(found))

    def _next(self, key: tuple[str, str, bool]) -> HostPair | None:
        if not self._dealt.get(key):
            self._dealt[key] = self._rng.sample(self._stacks[key], len(self._stacks[key]))
        return self._dealt[key].pop() if self._dealt[key] else None


def _plan_templates(
    decks: Mapping[str, _Deck], shares: Mapping[str, float], families: Sequence[Family], count: int, seed: int
) -> Iterator[PlannedRelease]:
    for split, share in shares.items():
        own = [family for family in families if family.split == split]
        yield from _deal_families(decks[split], split, own, round(count * share), seed)


def _deal_families(
    deck: _Deck, split: str, families: Sequence[Family], count: int, seed: int
) -> Iterator[PlannedRelease]:
    for number in range(count):
        family = families[number % len(families)]
        if candidates := deck.deal(family.needs):
            yield PlannedRelease(0, split, 1, family.name, candidates, seed)


def _plan_transplants(
    decks: Mapping[str, _Deck],
    shares: Mapping[str, float],
    families: Sequence[Family],
    donors: Sequence[Donor],
    count: int,
    seed: int,
) -> Iterator[PlannedRelease]:
    """Yield transplants: a donor's campaign decides the split, and takes a family of that split that any code fits."""
    by_split = {split: [donor for donor in donors if split_of(donor.campaign) == _HOSTS_OF[split]] for split in shares}
    for split, share in shares.items():
        rng = Random(f"{seed}:{split}:transplants")  # noqa: S311 - no secret
        own = [family for family in families if family.split == split and not family.dress]
        for number in range(round(count * share) if by_split[split] and own else 0):
            family = rng.choice(own)
            if candidates := decks[split].deal(family.needs):
                donor = by_split[split][number % len(by_split[split])]
                yield PlannedRelease(0, split, 1, family.name, candidates, seed, donor)


def _plan_twins(planned: Iterable[PlannedRelease], count: int, seed: int) -> Iterator[PlannedRelease]:
    """Yield honest twins of about a third of the releases: the same hosts, with a change of the same kind."""
    rng = Random(f"{seed}:twins")  # noqa: S311 - no secret
    templates = [release for release in planned if release.donor is None]
    for release in rng.sample(templates, min(count, len(templates))):
        place = find_family(release.family).place
        changes = BLIND_CHANGES if release.split == BLIND else CHANGES
        alike = [change for change in changes if place in change.mirrors]
        change = rng.choice(alike if alike and rng.random() < 0.6 else changes)
        yield replace(release, label=0, family=change.name)
