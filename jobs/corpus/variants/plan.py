"""Which variants are made: for training of `train` artifacts only, for evaluation of `dev` malware and `test` hosts.

The choice is by seed and digests alone, so that the same lists give the same variants.
"""

import hashlib
import random
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from jobs.corpus.rows import Label
from jobs.corpus.variants.contract import Source, Variant
from jobs.corpus.variants.insertion import PLACES
from jobs.corpus.variants.payloads import payloads
from jobs.corpus.variants.recipes import REWRITING, WRAPPING, choose_recipe

TRAINING = "variant"
"""Stratum of rows to learn from; every other set's name is the stratum of its rows."""

_LARGEST_TRAINED = 1_500_000
_LARGEST_HOST = 12_000_000
"""Bytes of an artifact on disk that something is put into."""
_EVALUATED = (
    "payload:base64", "payload:packed+xor", "payload:strings", "payload:aliases+strings+rename",
    "all:hex", "moved:", "moved:strings+reversed", "payload:rename+junk+stuffing+aside",
)  # fmt: skip
"""What every cluster of the evaluated malware is obfuscated by, so that the recipes can be compared."""
_SIZES = (3_000, 10_000, 30_000, 100_000, 300_000, 1_000_000, 3_000_000)


@dataclass(frozen=True, slots=True)
class Item:
    """One artifact that stands in a tree, with what its list says of it."""

    source: Source
    label: Label


@dataclass(frozen=True, slots=True)
class Sizes:
    """How many variants of each sort are planned; some of them turn out not to be possible."""

    obfuscated: int = 900
    transplanted: int = 0
    """None: learnt from, real payloads in honest hosts found more injected ones, and cost recall on new malware."""
    benign: int = 150
    hosts: int = 260
    others: int = 120
    dependency: int = 60
    codeless: int = 60
    control: int = 100
    per_cluster: int = 3


def plan_variants(malicious: Iterable[Item], benign: Iterable[Item], sizes: Sizes, seed: int) -> list[Variant]:
    """Return what is to be made, training first; sets of benign artifacts go by the lists' own splits."""
    bad, good = list(malicious), list(benign)
    train = _spread([item for item in bad if item.label.split == "train"], sizes.per_cluster, seed)
    dev = _spread([item for item in bad if item.label.split == "dev"], sizes.per_cluster, seed)
    hosts = [item for item in good if item.label.split == "test" and _fits(item, _LARGEST_HOST)]
    soil = [item for item in good if item.label.split == "train" and _fits(item, _LARGEST_TRAINED)]
    made = [
        *_obfuscated_training(train[: sizes.obfuscated], seed),
        *_transplants(train, soil, sizes.transplanted, seed),
        *_obfuscated_benign(soil, sizes.benign, seed),
        *_obfuscated_evaluation(dev, seed),
        *_injected(hosts, sizes, seed),
        *_codeless(hosts, sizes.codeless, seed),
        *_control(hosts, sizes.control, seed),
    ]
    unique: dict[tuple[object, ...], Variant] = {}
    for one in made:
        unique.setdefault((one.chosen, one.kind, one.recipe, one.base.sha256, one.donor, one.payload), one)
    return list(unique.values())


def _obfuscated_training(items: Sequence[Item], seed: int) -> Iterator[Variant]:
    for item in items:
        numbers = _numbers(seed, "obfuscated", item)
        scope = numbers.choice(("payload", "payload", "all", "moved"))
        recipe = f"{scope}:{choose_recipe(numbers, numbers.choice((1, 1, 2, 2, 3)))}"
        if scope == "moved" and numbers.random() < 0.4:
            recipe = "moved:"
        yield _variant(TRAINING, "obfuscated", recipe, seed, item, split="train")


def _transplants(donors: Sequence[Item], soil: Sequence[Item], count: int, seed: int) -> Iterator[Variant]:
    if not donors:
        return
    hosts = _by_size(soil, seed)
    for number, host in enumerate(hosts[:count]):
        donor = donors[number % len(donors)]
        numbers = _numbers(seed, "transplanted", host, donor)
        wheel = host.source.filename.endswith(".whl")
        place = numbers.choice(
            ("import", "module", "rest", "rest", "conditional", "pth" if numbers.random() < 0.5 else "module")
            if wheel
            else ("install", "install", "import", "module", "rest", "rest", "conditional")
        )
        recipe = place if numbers.random() < 0.6 else f"{place}:{choose_recipe(numbers, numbers.choice((1, 2)))}"
        made = _variant(TRAINING, "transplanted", recipe, seed, host, split="train")
        # A split by time must not learn how a host of later years is packaged.
        seen = max((day for day in (donor.label.first_seen, host.label.first_seen) if day), default=None)
        label = replace(donor.label, stratum=TRAINING, split="train", payload_loc=_located(place), first_seen=seen)
        yield replace(made, donor=donor.source, label=label)


def _obfuscated_benign(soil: Sequence[Item], count: int, seed: int) -> Iterator[Variant]:
    preferred = [
        item for item in soil if item.label.stratum in {"hard", "longtail"} and (item.label.size or 0) < 300_000
    ]
    for item in _shuffled(preferred, seed, "benign")[:count]:
        numbers = _numbers(seed, "benign", item)
        scope = numbers.choice(("payload", "all", "moved"))
        recipe = f"{scope}:{choose_recipe(numbers, numbers.choice((1, 1, 2, 3)))}"
        yield _variant(TRAINING, "obfuscated", recipe, seed, item, split="train")


def _obfuscated_evaluation(items: Sequence[Item], seed: int) -> Iterator[Variant]:
    for item in items:
        for recipe in _EVALUATED:
            yield _variant("obfuscated", "obfuscated", recipe, seed, item, split="variant")


def _injected(hosts: Sequence[Item], sizes: Sizes, seed: int) -> Iterator[Variant]:
    spread = _by_size(hosts, seed)[: sizes.hosts]
    wheels = [host for host in spread if host.source.filename.endswith(".whl")]
    sdists = [host for host in spread if not host.source.filename.endswith(".whl")]
    counts = {"install": sizes.hosts, "import": sizes.hosts, "rest": sizes.hosts, "dependency": sizes.dependency}
    bodies = payloads()
    turn = 0
    for place in PLACES:
        fitting = {"install": sdists, "pth": wheels}.get(place.name, spread)
        for host in fitting[: counts.get(place.name, sizes.others)]:
            turn += 1
            numbers = _numbers(seed, place.name, host)
            recipe = place.name
            if numbers.random() < 0.33 and place.name not in {"native", "dependency"}:
                recipe += f":{numbers.choice((*WRAPPING, *REWRITING[:2]))}"
            payload = bodies[turn % len(bodies)].id
            made = _variant(f"injected-{place.name}", "injected", recipe, seed, host, split="variant")
            yield _with_payload(made, payload, place.located)


def _codeless(hosts: Sequence[Item], count: int, seed: int) -> Iterator[Variant]:
    popular = [
        host for host in hosts if host.label.stratum in {"popular", "known"} and (host.label.size or 0) < 1_000_000
    ]
    for number, host in enumerate(_shuffled(popular or hosts, seed, "codeless")[:count]):
        recipe = "empty" if number % 2 else "copy"
        made = _variant("codeless", "codeless", recipe, seed, host, split="variant")
        bodies = payloads()
        if recipe == "copy":
            yield _with_payload(made, bodies[number % len(bodies)].id, "init")
        else:
            label = replace(
                made.label, label=1, campaign=f"codeless/{host.source.sha256[:12]}", payload_loc="none_visible"
            )
            yield replace(made, label=label)


def _control(hosts: Sequence[Item], count: int, seed: int) -> Iterator[Variant]:
    for host in _by_size(hosts, seed)[:count]:
        yield _variant("repacked", "repacked", "same", seed, host, split="variant")


def _with_payload(variant: Variant, payload: str, located: str) -> Variant:
    label = replace(variant.label, label=1, campaign=f"payload/{payload}", cluster=variant.recipe, payload_loc=located)
    return replace(variant, payload=payload, label=label)


def _variant(chosen: str, kind: str, recipe: str, seed: int, item: Item, *, split: str) -> Variant:
    label = replace(item.label, stratum=chosen, split=split)
    return Variant(chosen, kind, recipe, seed, item.source, label)


def _located(place: str) -> str:
    return next(one.located for one in PLACES if one.name == place)


def _fits(item: Item, largest: int) -> bool:
    return item.source.filename.endswith((".whl", ".tar.gz", ".zip", ".tgz")) and 0 < (item.label.size or 0) < largest


def _spread(items: Sequence[Item], most: int, seed: int) -> list[Item]:
    """Return at most so many of each cluster, the first of every cluster before the second of any."""
    clusters: dict[str, list[Item]] = defaultdict(list)
    for item in _shuffled(items, seed, "spread"):
        clusters[item.label.cluster or item.label.campaign].append(item)
    return [of_one[rank] for rank in range(most) for of_one in clusters.values() if rank < len(of_one)]


def _by_size(items: Sequence[Item], seed: int) -> list[Item]:
    """Return artifacts so that any prefix holds all sizes, and a third of popular projects, in equal shares."""
    shelves: dict[tuple[bool, int], list[Item]] = defaultdict(list)
    for item in _shuffled(items, seed, "size"):
        size = sum((item.label.size or 0) >= bound for bound in _SIZES)
        shelves[item.label.stratum in {"popular", "known"}, size].append(item)
    keys = [key for size in range(len(_SIZES) + 1) for key in ((False, size), (True, size), (False, size))]
    made: list[Item] = []
    while any(shelves.values()):
        made.extend(shelves[key].pop() for key in keys if shelves[key])
    return made


def _shuffled(items: Sequence[Item], seed: int, purpose: str) -> list[Item]:
    return sorted(items, key=lambda item: hashlib.blake2b(f"{seed}:{purpose}:{item.source.sha256}".encode()).digest())


def _numbers(seed: int, purpose: str, *items: Item) -> random.Random:
    said = ":".join(item.source.sha256 for item in items)
    return random.Random(f"{seed}:{purpose}:{said}")  # noqa: S311 - a choice, no secret
