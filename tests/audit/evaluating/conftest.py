"""Provides an evaluation without a fit, with hostile text in every field that a package can choose."""

from collections.abc import Callable
from typing import Any

import pytest

from model.contract import Estimate, ModelResult, OperatingPointResult, RecallAtRate, Verdict
from model.evaluation.contract import (
    Evaluation,
    FalseAlarm,
    LocalisationResult,
    ProbeResult,
    RecallCurve,
    SectionResult,
    SliceResult,
    SplitSummary,
    ThresholdHits,
)

RATES = (0.01, 0.001, 0.0001)
FIXED = (
    OperatingPointResult(Verdict.MALICIOUS, 0.99, 0, 2_500, 0.0012, 0.6, 0.55),
    OperatingPointResult(Verdict.SUSPICIOUS, 0.9, 2, 2_500, 0.0025, 0.8, 0.75),
    OperatingPointResult(Verdict.REVIEW, 0.5, 20, 2_500, 0.012, 0.97, 0.95),
)


def make_result(section: str, split: str, model: str = "boojum", recall: float = 0.8, **changes: Any) -> ModelResult:
    recalls = tuple(
        RecallAtRate(
            rate, Estimate(recall, recall - 0.1, recall + 0.1), Estimate(recall - 0.05, 0.6, 0.9), 0.5, rate * 10_685
        )
        for rate in RATES
    )
    fields = {"fixed": FIXED if section == "time" else (), "note": f"how {split} was made", **changes}
    return ModelResult(section, split, model, 167, 34, 2_500, 0.99, 0.98, 0.9, recalls, **fields)


def make_curve(split: str, model: str = "boojum", benign: int = 2_500) -> RecallCurve:
    rates = tuple(10 ** (-4 + step / 10) for step in range(41))
    return RecallCurve(
        split, model, benign, rates, tuple(0.5 + n / 80 for n in range(41)), tuple(0.4 + n / 80 for n in range(41))
    )


def make_probe(name: str, label: int, hits: int, of: int, **changes: Any) -> ProbeResult:
    reached = tuple(
        ThresholdHits(point, 0.9, hits, hits / of, 0.1, 0.2, hits / of)
        for point in ("malicious", "suspicious", "review", *(["0.1 % of the test set"] if label else []))
    )
    return ProbeResult(name, label, of, of // 2, 0, reached, **changes)


def make_evaluation(hostile: str, **changes: Any) -> Evaluation:
    facts = {
        name: SplitSummary(name, "how", 2_000, 500, 6_000, 900, 3_000, 167, 34, 2_500)
        for name in ("after 2023-07-01", "after 2024-07-01", "dev", "campaign", "random")
    }
    time = ("after 2023-07-01", "after 2024-07-01", "dev")
    cut = SliceResult("dev", "kind", "sdist", 100, 30, 2_000, RATES, (0.9, 0.8, 0.7), (0.85, 0.75, 0.65), (20, 2, 0))
    benign = SliceResult("dev", "stratum", "popular", 0, 0, 400, RATES, (0.0,) * 3, (0.0,) * 3, (4, 1, 0))
    alarms = (FalseAlarm(hostile, "popular", 0.95),)
    parts = (
        SectionResult(
            "time",
            "a",
            600.0,
            tuple(facts[name] for name in time),
            tuple(make_result("time", name) for name in time),
            curves=tuple(make_curve(name) for name in time),
        ),
        SectionResult(
            "popular",
            "b",
            1.0,
            probes=(
                make_probe("popular", 0, 1, 415, alarms=alarms),
                make_probe("popular, validation half", 0, 1, 557),
                make_probe("fresh", 0, 2, 600),
            ),
        ),
        SectionResult(
            "sets", "c", 1.0, probes=(make_probe("injected-pth", 1, 80, 100), make_probe("repacked", 0, 3, 200))
        ),
        SectionResult(
            "changes",
            "j",
            60.0,
            (facts["dev"],),
            (make_result("changes", "held out", "changes", fixed=FIXED),),
            probes=(make_probe(hostile, 1, 40, 50, by="family"), make_probe("popular", 0, 1, 500, by="stratum")),
            curves=(make_curve("held out", "changes"),),
        ),
        SectionResult("both", "k", 1.0, results=(make_result("both", "held out", "the graver", fixed=FIXED),)),
        SectionResult("change_parts", "l", 1.0, results=(make_result("change_parts", "held out", "linear alone"),)),
        SectionResult("recent", "m", 9.0, results=(make_result("recent", "recent half 1, with the other half"),)),
        SectionResult("metadata", "n", 1.0, probes=(make_probe("metadata exchanged", 1, 40, 50, by="recent"),)),
        SectionResult("slices", "d", 1.0, slices=(cut, benign)),
        SectionResult("learners", "e", 1.0, results=(make_result("learners", "dev", "boosting alone", 0.7),)),
        SectionResult(
            "campaign",
            "f",
            200.0,
            (facts["campaign"],),
            (make_result("campaign", "campaign"),),
            curves=(make_curve("campaign"),),
        ),
        SectionResult(
            "random",
            "g",
            200.0,
            (facts["random"],),
            (make_result("random", "random"), make_result("random", "random", "samaana2024", 0.6)),
            curves=(make_curve("random"),),
        ),
        SectionResult(
            "baselines",
            "h",
            90.0,
            results=(make_result("baselines", "after 2024-07-01", "one decision tree", 0.3),),
            curves=(make_curve("after 2024-07-01", "one decision tree"),),
        ),
        SectionResult(
            "groups",
            "i",
            900.0,
            results=(
                make_result("groups", "after 2023-07-01", "all groups"),
                make_result("groups", "after 2023-07-01", "without known", 0.75),
            ),
        ),
    )
    fields = {
        "preset": "boojum",
        "learners": ("boosting", "forest"),
        "folds": 4,
        "ablation_folds": 2,
        "seed": 0,
        "fingerprint": "0123456789abcdef",
        "rows_digest": "00ff",
        "malicious": 2_709,
        "campaigns": 581,
        "benign": 13_811,
        "variants": 900,
        "versions": (("python", "3.11.0"),),
        "sections": parts,
        "localisation": (LocalisationResult("tuned", 20, 0.9, 0.95), LocalisationResult("held_out", 30, 0.82, 0.9)),
        **changes,
    }
    return Evaluation(**fields)


@pytest.fixture(name="make_evaluation")
def _make_evaluation(hostile: str) -> Callable[..., Evaluation]:
    return lambda **changes: make_evaluation(hostile, **changes)


@pytest.fixture
def evaluation(hostile: str) -> Evaluation:
    return make_evaluation(hostile)


@pytest.fixture(name="make_curve")
def _make_curve() -> Callable[..., RecallCurve]:
    return make_curve
