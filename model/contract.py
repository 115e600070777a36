"""Defines verdicts, operating points, a model's card and the figures on it.

Imports neither numpy nor a learning library, because the command line imports it. The names of the fields are keys of
card.json, and a changed name would make every saved card unreadable.
"""

from dataclasses import dataclass
from enum import StrEnum


class Verdict(StrEnum):
    """The class of an artifact. Each alarm is a threshold that was fixed at a rate of false positives."""

    KNOWN_BAD = "known_bad"
    """Named as malware by a feed of the operator; no score earns it."""
    MALICIOUS = "malicious"
    """At most 1 in 10,000 benign artifacts."""
    SUSPICIOUS = "suspicious"
    """At most 1 in 1,000."""
    REVIEW = "review"
    """At most 1 in 100."""
    CLEAR = "clear"
    """Below every threshold; no proof that the artifact is harmless."""
    UNREADABLE = "unreadable"
    """Not scored, because no part of the artifact could be examined."""


@dataclass(frozen=True, slots=True)
class OperatingPoint:
    """A threshold and the rate of false positives that it was fixed at. Scores at or above it earn the verdict.

    `nominal` is that rate. Of `rows` benign validation artifacts `alarms` reach the threshold; `lower` and `upper`
    are the one-sided 95 % Clopper-Pearson bounds of the true rate. `extrapolated` means that the rows were too few
    to support the rate, so the threshold lies above all of their scores.
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
    """A measured share (0 to 1) with its 90 % interval, from a bootstrap over campaigns and projects."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class RecallAtRate:
    """Recall at a rate of false positives, over all artifacts and with every campaign counted once.

    `precision` is the share of alarms that are right if one upload in 425 is malicious. `alerts` is the number of
    false alarms a night at 10,685 new files.
    """

    false_positives: float
    artifacts: Estimate
    campaigns: Estimate
    precision: float
    alerts: float


@dataclass(frozen=True, slots=True)
class OperatingPointResult:
    """The result on test rows of a threshold that was fixed on validation rows.

    `alarms` of `benign` rows reach the threshold; `upper` is the one-sided 95 % bound of that rate. `artifacts` and
    `campaigns` are recall, over all malware and with every campaign counted once.
    """

    verdict: Verdict
    threshold: float
    alarms: int
    benign: int
    upper: float
    artifacts: float
    campaigns: float


@dataclass(frozen=True, slots=True)
class ModelResult:
    """The figures of one model on the test rows of one split: one row of an evaluation's table.

    `malicious`, `campaigns` and `benign` count the test rows. `section` names the part of the evaluation.
    """

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
    fixed: tuple[OperatingPointResult, ...] = ()
    note: str = ""


@dataclass(frozen=True, slots=True)
class FloorResult:
    """A floor: an act that earns at least a verdict whatever stands around it, and how many honest artifacts show it.

    Of `rows` honest artifacts `alarms` show the act; `upper` is the one-sided 95 % bound of that rate. The verdict is
    the gravest whose budget this leaves room for; `clear` means that honest artifacts show it too often.
    """

    id: str
    meaning: str
    verdict: Verdict
    alarms: int
    rows: int
    upper: float


@dataclass(frozen=True, slots=True)
class ChangeCard:
    """The description of the part of a model that scores changes.

    `fingerprint` is the change table's schema. `columns` is the order of the dense columns, `differences` that of the
    columns whose differences are used. `metrics` are figures on families and projects that the measured fit had not
    seen.
    """

    fingerprint: str
    columns: tuple[str, ...]
    differences: tuple[str, ...]
    rows_digest: str
    trained_on: str
    learners: tuple[str, ...]
    coefficients: tuple[float, ...]
    intercept: float
    points: tuple[OperatingPoint, ...]
    metrics: tuple[ModelResult, ...]
    floors: tuple[FloorResult, ...] = ()


@dataclass(frozen=True, slots=True)
class ModelCard:
    """The description of a saved model (Mitchell et al., Model Cards for Model Reporting, FAT* 2019).

    `model_id` is a digest of the rest of the card, which holds the digests of the learners' files. `fingerprint` and
    `groups` (name, fingerprint) are the feature schema's. `columns` is the column order of the dense matrix. `files`
    are (name, sha256). `metrics` are figures of a fit that had seen neither the `dev` campaigns nor the validation
    and test projects. `floors` raise a verdict by single acts. `change` is None for a model that scores no changes.
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
    metrics: tuple[ModelResult, ...]
    limits: tuple[str, ...]
    files: tuple[tuple[str, str], ...]
    floors: tuple[FloorResult, ...] = ()
    change: ChangeCard | None = None
