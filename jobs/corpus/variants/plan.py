"""Plans which variants are made, from labelled artifacts and a seed.

Training variants are made from `train` artifacts alone; evaluation variants from `dev` malware and `test` hosts. Seed
and digests alone decide, so the same lists give the same variants.
"""

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from random import Random

from jobs.corpus.rows import Label
from jobs.corpus.variants.contract import CorpusArtifact, Variant
from jobs.corpus.variants.insertion import INSERTION_POINTS
from jobs.corpus.variants.obfuscations import REWRITERS, WRAPPERS, choose_obfuscations
from jobs.corpus.variants.payloads import read_payloads

TRAINING = "variant"
"""Stratum of training variants; evaluation variants have the name of their set."""

_MAX_TRAINING_HOST_BYTES = 1_500_000
_MAX_EVALUATION_HOST_BYTES = 12_000_000
_EVALUATED_RECIPES = (
    "payload:base64", "payload:packed+xor", "payload:strings", "payload:aliases+strings+rename",
    "all:hex", "moved:", "moved:strings+reversed", "payload:rename+junk+stuffing+aside",
)  # fmt: skip
"""Recipes that each evaluated artifact of malware is obfuscated by, so that they can be compared."""
_SIZE_BOUNDS = (3_000, 10_000, 30_000, 100_000, 300_000, 1_000_000, 3_000_000)


@dataclass(frozen=True, slots=True)
class LabelledArtifact:
    """One artifact of a corpus tree, and its label."""

    artifact: CorpusArtifact
    label: Label


@dataclass(frozen=True, slots=True)
class VariantCounts:
    """Numbers of variants that are planned, of which some cannot be made.

    `hosts` releases get a payload at the points install, import and rest, `other_hosts` at each other point. Of one
    cluster of malware at most `per_cluster` artifacts are used. `transplanted` is 0 because a model that learnt from
    transplants found more of the injected payloads, but less of the new malware.
    """

    obfuscated: int = 900
    transplanted: int = 0
    obfuscated_benign: int = 150
    hosts: int = 260
    other_hosts: int = 120
    dependency: int = 60
    typosquats: int = 60
    repacked: int = 100
    per_cluster: int = 3


def plan_variants(
    malicious: Iterable[LabelledArtifact], benign: Iterable[LabelledArtifact], counts: VariantCounts, seed: int
) -> list[Variant]:
    """Return the variants to make, training first, each once; the splits are those of the lists."""
    malware, honest = list(malicious), list(benign)
    train = _spread_over_clusters([a for a in malware if a.label.split == "train"], counts.per_cluster, seed)
    dev = _spread_over_clusters([a for a in malware if a.label.split == "dev"], counts.per_cluster, seed)
    test_hosts = [a for a in honest if a.label.split == "test" and _is_host(a, _MAX_EVALUATION_HOST_BYTES)]
    train_hosts = [a for a in honest if a.label.split == "train" and _is_host(a, _MAX_TRAINING_HOST_BYTES)]
    planned = [
        *_plan_obfuscated(train[: counts.obfuscated], seed),
        *_plan_transplanted(train, train_hosts, counts.transplanted, seed),
        *_plan_obfuscated_benign(train_hosts, counts.obfuscated_benign, seed),
        *_plan_obfuscated_evaluation(dev, seed),
        *_plan_injected(test_hosts, counts, seed),
        *_plan_typosquats(test_hosts, counts.typosquats, seed),
        *_plan_repacked(test_hosts, counts.repacked, seed),
    ]
    unique: dict[tuple[object, ...], Variant] = {}
    for variant in planned:
        key = (variant.stratum, variant.kind, variant.recipe, variant.base.sha256, variant.donor, variant.payload)
        unique.setdefault(key, variant)
    return list(unique.values())


def _plan_obfuscated(malware: Sequence[LabelledArtifact], seed: int) -> Iterator[Variant]:
    for base in malware:
        rng = _rng(seed, "obfuscated", base)
        scope = rng.choice(("payload", "payload", "all", "moved"))
        recipe = f"{scope}:{choose_obfuscations(rng, rng.choice((1, 1, 2, 2, 3)))}"
        if scope == "moved" and rng.random() < 0.4:
            recipe = "moved:"
        yield _variant(TRAINING, "obfuscated", recipe, seed, base, split="train")


def _plan_transplanted(
    donors: Sequence[LabelledArtifact], hosts: Sequence[LabelledArtifact], count: int, seed: int
) -> Iterator[Variant]:
    if not donors:
        return
    for number, host in enumerate(_mix_sizes(hosts, seed)[:count]):
        donor = donors[number % len(donors)]
        rng = _rng(seed, "transplanted", host, donor)
        point = rng.choice(
            ("import", "module", "rest", "rest", "conditional", "pth" if rng.random() < 0.5 else "module")
            if _is_wheel(host)
            else ("install", "install", "import", "module", "rest", "rest", "conditional")
        )
        recipe = point if rng.random() < 0.6 else f"{point}:{choose_obfuscations(rng, rng.choice((1, 2)))}"
        variant = _variant(TRAINING, "transplanted", recipe, seed, host, split="train")
        # A split by time must not learn how hosts of later years are packaged.
        first_seen = max((day for day in (donor.label.first_seen, host.label.first_seen) if day), default=None)
        label = replace(
            donor.label, stratum=TRAINING, split="train", payload_loc=_payload_loc(point), first_seen=first_seen
        )
        yield replace(variant, donor=donor.artifact, label=label)


def _plan_obfuscated_benign(hosts: Sequence[LabelledArtifact], count: int, seed: int) -> Iterator[Variant]:
    preferred = [h for h in hosts if h.label.stratum in {"hard", "longtail"} and (h.label.size or 0) < 300_000]
    for base in _shuffle(preferred, seed, "benign")[:count]:
        rng = _rng(seed, "benign", base)
        scope = rng.choice(("payload", "all", "moved"))
        recipe = f"{scope}:{choose_obfuscations(rng, rng.choice((1, 1, 2, 3)))}"
        yield _variant(TRAINING, "obfuscated", recipe, seed, base, split="train")


def _plan_obfuscated_evaluation(malware: Sequence[LabelledArtifact], seed: int) -> Iterator[Variant]:
    for base in malware:
        for recipe in _EVALUATED_RECIPES:
            yield _variant("obfuscated", "obfuscated", recipe, seed, base, split="variant")


def _plan_injected(hosts: Sequence[LabelledArtifact], counts: VariantCounts, seed: int) -> Iterator[Variant]:
    mixed = _mix_sizes(hosts, seed)[: counts.hosts]
    wheels = [host for host in mixed if _is_wheel(host)]
    sdists = [host for host in mixed if not _is_wheel(host)]
    count_at = dict.fromkeys(("install", "import", "rest"), counts.hosts) | {"dependency": counts.dependency}
    payloads = read_payloads()
    number = 0
    for point in INSERTION_POINTS:
        suitable = {"install": sdists, "pth": wheels}.get(point.name, mixed)
        for host in suitable[: count_at.get(point.name, counts.other_hosts)]:
            number += 1
            rng = _rng(seed, point.name, host)
            recipe = point.name
            if rng.random() < 0.33 and point.name not in {"native", "dependency"}:
                recipe += f":{rng.choice((*WRAPPERS, *REWRITERS[:2]))}"
            payload = payloads[number % len(payloads)].id
            variant = _variant(f"injected-{point.name}", "injected", recipe, seed, host, split="variant")
            yield _with_payload(variant, payload, point.payload_loc)


def _plan_typosquats(hosts: Sequence[LabelledArtifact], count: int, seed: int) -> Iterator[Variant]:
    popular = [h for h in hosts if _is_popular(h) and (h.label.size or 0) < 1_000_000]
    payloads = read_payloads()
    for number, host in enumerate(_shuffle(popular or hosts, seed, "codeless")[:count]):
        recipe = "empty" if number % 2 else "copy"
        variant = _variant("codeless", "codeless", recipe, seed, host, split="variant")
        if recipe == "copy":
            yield _with_payload(variant, payloads[number % len(payloads)].id, "init")
        else:
            campaign = f"codeless/{host.artifact.sha256[:12]}"
            yield replace(variant, label=replace(variant.label, label=1, campaign=campaign, payload_loc="none_visible"))


def _plan_repacked(hosts: Sequence[LabelledArtifact], count: int, seed: int) -> Iterator[Variant]:
    for host in _mix_sizes(hosts, seed)[:count]:
        yield _variant("repacked", "repacked", "same", seed, host, split="variant")


def _with_payload(variant: Variant, payload: str, payload_loc: str) -> Variant:
    campaign = f"payload/{payload}"
    label = replace(variant.label, label=1, campaign=campaign, cluster=variant.recipe, payload_loc=payload_loc)
    return replace(variant, payload=payload, label=label)


def _variant(stratum: str, kind: str, recipe: str, seed: int, base: LabelledArtifact, *, split: str) -> Variant:
    return Variant(stratum, kind, recipe, seed, base.artifact, replace(base.label, stratum=stratum, split=split))


def _payload_loc(point: str) -> str:
    return next(listed.payload_loc for listed in INSERTION_POINTS if listed.name == point)


def _is_wheel(host: LabelledArtifact) -> bool:
    return host.artifact.filename.endswith(".whl")


def _is_popular(host: LabelledArtifact) -> bool:
    return host.label.stratum in {"popular", "known"}


def _is_host(listed: LabelledArtifact, max_bytes: int) -> bool:
    """Return whether something can be inserted into an artifact: a wheel or an sdist that is not too large."""
    is_suitable = listed.artifact.filename.endswith((".whl", ".tar.gz", ".zip", ".tgz"))
    return is_suitable and 0 < (listed.label.size or 0) < max_bytes


def _spread_over_clusters(malware: Sequence[LabelledArtifact], per_cluster: int, seed: int) -> list[LabelledArtifact]:
    """Return at most `per_cluster` of each cluster, the first of every cluster before the second of any."""
    clusters: dict[str, list[LabelledArtifact]] = defaultdict(list)
    for listed in _shuffle(malware, seed, "spread"):
        clusters[listed.label.cluster or listed.label.campaign].append(listed)
    return [cluster[rank] for rank in range(per_cluster) for cluster in clusters.values() if rank < len(cluster)]


def _mix_sizes(hosts: Sequence[LabelledArtifact], seed: int) -> list[LabelledArtifact]:
    """Return hosts in an order whose every prefix has all sizes in equal shares, a third of them popular projects."""
    queues: dict[tuple[bool, int], list[LabelledArtifact]] = defaultdict(list)
    for host in _shuffle(hosts, seed, "size"):
        size_class = sum((host.label.size or 0) >= bound for bound in _SIZE_BOUNDS)
        queues[_is_popular(host), size_class].append(host)
    turns = [(popular, size) for size in range(len(_SIZE_BOUNDS) + 1) for popular in (False, True, False)]
    mixed: list[LabelledArtifact] = []
    while any(queues.values()):
        mixed.extend(queues[turn].pop() for turn in turns if queues[turn])
    return mixed


def _shuffle(listed: Sequence[LabelledArtifact], seed: int, purpose: str) -> list[LabelledArtifact]:
    return sorted(listed, key=lambda a: hashlib.blake2b(f"{seed}:{purpose}:{a.artifact.sha256}".encode()).digest())


def _rng(seed: int, purpose: str, *artifacts: LabelledArtifact) -> Random:
    digests = ":".join(listed.artifact.sha256 for listed in artifacts)
    return Random(f"{seed}:{purpose}:{digests}")  # noqa: S311 - no secret
