from collections import Counter
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
    by_digest = {one.artifact.sha256: one for one in (*bad, *good)}
    plan = plan_variants(bad, good, COUNTS, 1)
    training = [one for one in plan if one.stratum == TRAINING]
    assert {("obfuscated", 1): 25, ("transplanted", 1): 30, ("obfuscated", 0): 10} == Counter(
        (one.kind, one.label.label) for one in training
    )
    for one in training:
        origin = by_digest[one.donor.sha256 if one.donor else one.base.sha256]
        assert ("train", "train", TRAINING) == (origin.label.split, one.label.split, one.label.stratum)
        later = max(origin.label.first_seen, by_digest[one.base.sha256].label.first_seen)
        assert (origin.label.campaign, later) == (one.label.campaign, one.label.first_seen)
        assert "train" == by_digest[one.base.sha256].label.split
    assert (
        max(Counter(one.label.cluster for one in training if one.kind == "obfuscated" and one.label.label).values())
        <= 3
    )


def test_evaluation_is_made_of_what_nobody_learnt_from(lists):
    bad, good = lists
    by_digest = {one.artifact.sha256: one for one in (*bad, *good)}
    evaluation = [one for one in plan_variants(bad, good, COUNTS, 1) if one.stratum != TRAINING]
    assert {"variant"} == {one.label.split for one in evaluation}
    assert all(one.label.stratum == one.stratum for one in evaluation)
    assert all(
        ("dev" if one.kind == "obfuscated" else "test") == by_digest[one.base.sha256].label.split for one in evaluation
    )
    assert not [one for one in evaluation if one.donor]
    counts = Counter(one.stratum for one in evaluation)
    assert (24, 24, 6, 7, 4) == tuple(
        counts[name] for name in ("injected-import", "injected-rest", "codeless", "repacked", "injected-dependency")
    )
    assert 3 * 4 * len({one.recipe for one in evaluation if one.kind == "obfuscated"}) == counts["obfuscated"]
    assert all(one.base.filename.endswith(".whl") for one in evaluation if one.stratum == "injected-pth")
    assert not [one for one in evaluation if one.stratum == "injected-install" and one.base.filename.endswith(".whl")]
    assert {0} == {one.label.label for one in evaluation if one.stratum == "repacked"}
    assert {f"payload/{one.payload}" for one in evaluation if one.payload} == {
        one.label.campaign for one in evaluation if one.payload
    }


def test_hosts_are_of_all_sizes(lists):
    plan = plan_variants(lists[0], lists[1], COUNTS, 1)
    sizes = Counter(one.label.size for one in plan if one.stratum == "injected-import")
    assert {10**power for power in range(2, 8)} == set(sizes)


def test_the_plan_is_by_seed_alone(lists):
    bad, good = lists
    first = plan_variants(bad, good, COUNTS, 1)
    assert first == plan_variants(reversed(bad), reversed(good), COUNTS, 1)
    assert first != plan_variants(bad, good, COUNTS, 2)
    assert len(first) == len(set(first))


def test_every_planned_kind_is_registered(lists):
    for one in plan_variants(lists[0], lists[1], COUNTS, 1):
        assert one.kind == find_kind(one.kind).name


def test_without_artifacts_nothing_is_planned():
    assert [] == plan_variants([], [], COUNTS, 1)
