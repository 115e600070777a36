from collections import Counter
from dataclasses import replace
from datetime import date

import pytest

from jobs.corpus.rows import Label
from jobs.corpus.variants.contract import CorpusArtifact
from jobs.corpus.variants.plan import TRAINING, LabelledArtifact, VariantCounts, plan_variants
from jobs.corpus.variants.registry import find_kind


def item(
    number: int, label: int, split: str, *, cluster: str = "", stratum: str = "random", size: int = 5_000
) -> LabelledArtifact:
    digest = f"{number:064x}"
    name = f"p{number}-1.{'whl' if number % 3 == 0 else 'tar.gz'}"
    campaign = f"c{cluster}" if label else f"benign:p{number}"
    row = Label(
        digest,
        name,
        size,
        label,
        campaign,
        cluster,
        date(2023, 1, 1 + number % 28),
        stratum,
        split,
        "setup" if label else "",
    )
    return LabelledArtifact(CorpusArtifact((f"tree/{name}",), name, digest, f"p{number}", "1", row.payload_loc), row)


@pytest.fixture(scope="module")
def lists() -> tuple[list[LabelledArtifact], list[LabelledArtifact]]:
    bad = [item(n, 1, "train", cluster=str(n % 10), stratum="malware") for n in range(60)]
    bad += [item(n, 1, "dev", cluster=str(n % 4 + 20), stratum="malware") for n in range(100, 120)]
    good = [
        item(1000 + n, 0, split, stratum=stratum, size=10 ** (2 + n % 6))
        for n, (split, stratum) in enumerate(
            (s, t) for s in ("train", "test", "valid") for t in ("hard", "popular", "random") for _ in range(20)
        )
    ]
    return bad, good


COUNTS = VariantCounts(
    obfuscated=25,
    transplanted=30,
    obfuscated_benign=10,
    hosts=24,
    other_hosts=9,
    dependency=4,
    typosquats=6,
    repacked=7,
)


def test_training_is_made_of_train_artifacts_and_keeps_campaigns(lists):
    bad, good = lists
    by_digest = {listed.artifact.sha256: listed for listed in (*bad, *good)}
    plan = plan_variants(bad, good, COUNTS, 1)
    training = [planned for planned in plan if planned.stratum == TRAINING]
    assert {("obfuscated", 1): 25, ("transplanted", 1): 30, ("obfuscated", 0): 10} == Counter(
        (planned.kind, planned.label.label) for planned in training
    )
    for planned in training:
        origin = by_digest[planned.donor.sha256 if planned.donor else planned.base.sha256]
        assert ("train", "train", TRAINING) == (origin.label.split, planned.label.split, planned.label.stratum)
        later = max(origin.label.first_seen, by_digest[planned.base.sha256].label.first_seen)
        assert (origin.label.campaign, later) == (planned.label.campaign, planned.label.first_seen)
        assert "train" == by_digest[planned.base.sha256].label.split
    assert (
        max(
            Counter(
                planned.label.cluster for planned in training if planned.kind == "obfuscated" and planned.label.label
            ).values()
        )
        <= 3
    )


def test_evaluation_is_made_of_artifacts_that_no_model_learnt_from(lists):
    bad, good = lists
    by_digest = {listed.artifact.sha256: listed for listed in (*bad, *good)}
    evaluation = [planned for planned in plan_variants(bad, good, COUNTS, 1) if planned.stratum != TRAINING]
    assert {"variant"} == {planned.label.split for planned in evaluation}
    assert all(planned.label.stratum == planned.stratum for planned in evaluation)
    assert all(
        ("dev" if planned.kind == "obfuscated" else "test") == by_digest[planned.base.sha256].label.split
        for planned in evaluation
    )
    assert not [planned for planned in evaluation if planned.donor]
    counts = Counter(planned.stratum for planned in evaluation)
    assert (24, 24, 6, 7, 4) == tuple(
        counts[name] for name in ("injected-import", "injected-rest", "codeless", "repacked", "injected-dependency")
    )
    assert (
        3 * 4 * len({planned.recipe for planned in evaluation if planned.kind == "obfuscated"}) == counts["obfuscated"]
    )
    assert all(planned.base.filename.endswith(".whl") for planned in evaluation if planned.stratum == "injected-pth")
    assert not [
        planned
        for planned in evaluation
        if planned.stratum == "injected-install" and planned.base.filename.endswith(".whl")
    ]
    assert {0} == {planned.label.label for planned in evaluation if planned.stratum == "repacked"}
    assert {f"payload/{planned.payload}" for planned in evaluation if planned.payload} == {
        planned.label.campaign for planned in evaluation if planned.payload
    }


def test_hosts_are_of_all_sizes(lists):
    plan = plan_variants(lists[0], lists[1], COUNTS, 1)
    sizes = Counter(planned.label.size for planned in plan if planned.stratum == "injected-import")
    assert {10**power for power in range(2, 8)} == set(sizes)


def test_the_plan_is_by_seed_alone(lists):
    bad, good = lists
    first = plan_variants(bad, good, COUNTS, 1)
    assert first == plan_variants(reversed(bad), reversed(good), COUNTS, 1)
    assert first != plan_variants(bad, good, COUNTS, 2)
    assert len(first) == len(set(first))


def test_every_planned_kind_is_registered(lists):
    for planned in plan_variants(lists[0], lists[1], COUNTS, 1):
        assert planned.kind == find_kind(planned.kind).name


def test_without_artifacts_nothing_is_planned():
    assert [] == plan_variants([], [], COUNTS, 1)


def test_no_transplant_is_planned_by_default(lists):
    assert not [
        planned for planned in plan_variants(lists[0], lists[1], VariantCounts(), 1) if planned.kind == "transplanted"
    ]


@pytest.mark.parametrize(
    ("size", "is_host"), [(0, False), (1, True), (11_999_999, True), (12_000_000, False), (None, False)]
)
def test_a_host_is_not_empty_and_not_too_large(size, is_host):
    host = item(1, 0, "test")
    host = replace(host, label=replace(host.label, size=size))
    assert is_host == bool(plan_variants([], [host], COUNTS, 1))


def test_an_egg_is_no_host():
    host = item(1, 0, "test")
    egg = replace(host, artifact=replace(host.artifact, filename="p1-1.egg"))
    assert [] == plan_variants([], [egg], COUNTS, 1)


def test_training_hosts_are_smaller_than_evaluation_hosts():
    malware = [item(1, 1, "train", cluster="1")]
    host = item(2, 0, "train", size=1_500_000)
    counts = replace(COUNTS, obfuscated=0)
    assert [] == plan_variants(malware, [host], counts, 1)
    smaller = replace(host, label=replace(host.label, size=1_499_999))
    assert ["transplanted"] == [planned.kind for planned in plan_variants(malware, [smaller], counts, 1)]


def test_every_cluster_is_used_before_a_second_artifact_of_one():
    malware = [item(n, 1, "train", cluster="large" if n < 9 else str(n)) for n in range(12)]
    planned = plan_variants(malware, [], replace(COUNTS, obfuscated=4), 1)
    assert {"large", "9", "10", "11"} == {variant.label.cluster for variant in planned}
