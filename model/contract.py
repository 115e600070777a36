"""Defines the verdicts, the operating points and the card of a model, and the figures on the card.

Imports neither numpy nor a learning library, so that the command line starts quickly.
"""

from dataclasses import dataclass
from enum import StrEnum


class Verdict(StrEnum):
    """An operating point, fixed on validation data; each names the false positives it was fixed at."""

    MALICIOUS = "malicious"
    """At most 1 in 10,000."""
    SUSPICIOUS = "suspicious"
    """At most 1 in 1,000."""
    REVIEW = "review"
    """At most 1 in 100."""
    CLEAR = "clear"
    UNREADABLE = "unreadable"
    """Not scored, because nothing of it could be examined."""


@dataclass(frozen=True, slots=True)
class OperatingPoint:
    """A threshold: a score at or above it earns the verdict.

    `nominal` is the rate of false positives it was fixed at, on `rows` benign validation artifacts of which
    `alarms` reach it; `lower` and `upper` are the one-sided 95 % Clopper-Pearson bounds of the true rate.
    `extrapolated` where the rows were too few to support the rate and the threshold stands above them all.
    """

    verdict: Verdict
    threshold: float
    nominal: float
    alarms: int
    rows: int
    lower: float
    upper: float
    extrapolated: bool

    def __str__(self) -> str:
        return (
            f"{self.alarms:,} of {self.rows:,} benign validation artifacts: "
            f"at most {self.upper * 10_000:.1f} in 10,000 at 95 %"
        )


@dataclass(frozen=True, slots=True)
class Estimate:
    """A measured share with the 90 % interval of a bootstrap over campaigns and projects."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class RecallAtRate:
    """What is found at a rate of false positives: of all artifacts, and of campaigns that count one each.

    `precision` is what share of alarms is right where one upload in 425 is malicious; `alerts` are false
    alarms a night at 10,685 new files.
    """

    false_positives: float
    artifacts: Estimate
    campaigns: Estimate
    precision: float
    alerts: float


@dataclass(frozen=True, slots=True)
class Fixed:
    """What a threshold that was fixed on validation rows gives on test rows."""

    verdict: Verdict
    threshold: float
    alarms: int
    benign: int
    upper: float
    artifacts: float
    campaigns: float


@dataclass(frozen=True, slots=True)
class Result:
    """One row of an evaluation: which learner, on which split, how well."""

    section: str
    split: str
    model: str
    malicious: int
    campaigns: int
    benign: int
    auc: float
    average_precision: float
    f1: float
    recalls: tuple[RecallAtRate, ...]
    fixed: tuple[Fixed, ...] = ()
    note: str = ""


@dataclass(frozen=True, slots=True)
class Slice:
    """How one part of the test rows fares (`by` payload place, year, kind or size) at thresholds of them all.

    `recalls` and `alarms` (counts of benign rows) go with `rates`, the shares of false positives overall.
    """

    split: str
    by: str
    value: str
    malicious: int
    campaigns: int
    benign: int
    rates: tuple[float, ...]
    recalls: tuple[float, ...]
    campaign_recalls: tuple[float, ...]
    alarms: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Curve:
    """Recall against false positives, both shares, at log-spaced false positives; what a plot is drawn from.

    `benign` is how many test rows stand behind it: below 3 / benign no share of false positives can be claimed.
    """

    split: str
    model: str
    benign: int
    false_positives: tuple[float, ...]
    artifacts: tuple[float, ...]
    campaigns: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class SplitFacts:
    """What stands on each side of a split: rows, and campaigns where they are malicious.

    `variants` are rows made of the malware that is learnt from; they are among no other number.
    """

    name: str
    note: str
    learnt_malicious: int
    learnt_campaigns: int
    learnt_benign: int
    variants: int
    valid: int
    test_malicious: int
    test_campaigns: int
    test_benign: int


@dataclass(frozen=True, slots=True)
class Reached:
    """How many rows of a set reach a threshold.

    `point` is a verdict or a share of false positives among the benign test rows, like "0.1 % of the test set".
    `share` is of artifacts, with its two-sided 90 % Clopper-Pearson bounds; `groups` counts each campaign once.
    """

    point: str
    threshold: float
    hits: int
    share: float
    lower: float
    upper: float
    groups: float


@dataclass(frozen=True, slots=True)
class Alarm:
    """A benign artifact that is called suspicious or worse. The file's name is hostile text, raw."""

    filename: str
    stratum: str
    score: float


@dataclass(frozen=True, slots=True)
class Probe:
    """A set of rows of one label, asked about at fixed thresholds.

    `groups` are its campaigns (or projects); `left_out` rows are of campaigns that the fit has learnt from.
    """

    name: str
    label: int
    artifacts: int
    groups: int
    left_out: int
    reached: tuple[Reached, ...]
    alarms: tuple[Alarm, ...] = ()


@dataclass(frozen=True, slots=True)
class Localisation:
    """On how many artifacts the evidence names the payload's file first, and its line among the first three.

    `part` says which artifacts: those that the weighing of evidence was chosen on, or those that were kept apart.
    """

    part: str
    artifacts: int
    top1: float
    top3: float


@dataclass(frozen=True, slots=True)
class Section:
    """One part of an evaluation and everything it measured. It is measured again where `inputs` changed."""

    name: str
    inputs: str
    seconds: float
    splits: tuple[SplitFacts, ...] = ()
    results: tuple[Result, ...] = ()
    slices: tuple[Slice, ...] = ()
    curves: tuple[Curve, ...] = ()
    probes: tuple[Probe, ...] = ()


@dataclass(frozen=True, slots=True)
class Evaluation:
    """Everything `boojum evaluate` measured; becomes JSON with `dataclasses.asdict`.

    `malicious`, `campaigns` and `benign` count genuine rows; `variants` those that were made of them.
    """

    preset: str
    learners: tuple[str, ...]
    folds: int
    ablation_folds: int
    seed: int
    fingerprint: str
    rows_digest: str
    malicious: int
    campaigns: int
    benign: int
    variants: int
    versions: tuple[tuple[str, str], ...]
    sections: tuple[Section, ...]
    localisation: tuple[Localisation, ...] = ()

    @property
    def splits(self) -> tuple[SplitFacts, ...]:
        """Every split that something was measured on, once."""
        return tuple({facts.name: facts for section in self.sections for facts in section.splits}.values())

    @property
    def results(self) -> tuple[Result, ...]:
        """The results of all sections."""
        return tuple(result for section in self.sections for result in section.results)

    def section(self, name: str) -> Section | None:
        """Return a section, None where it was not measured."""
        return next((section for section in self.sections if section.name == name), None)


@dataclass(frozen=True, slots=True)
class Card:
    """Everything a user of a saved model should know of it.

    `model_id` is a digest over the learners' files and all the rest of the card. `fingerprint` and `groups`
    (name, fingerprint) are the feature schema's; `columns` is the order of the dense matrix. `files` are
    (name, sha256). `metrics` are measured by a fit that had seen neither the `dev` campaigns nor the
    validation and test projects.
    """

    model_id: str
    preset: str
    fingerprint: str
    groups: tuple[tuple[str, str], ...]
    columns: tuple[str, ...]
    rows_digest: str
    trained_on: str
    seed: int
    versions: tuple[tuple[str, str], ...]
    learners: tuple[str, ...]
    coefficients: tuple[float, ...]
    intercept: float
    prior: str
    points: tuple[OperatingPoint, ...]
    metrics: tuple[Result, ...]
    limits: tuple[str, ...]
    files: tuple[tuple[str, str], ...]
