"""Defines the results of an evaluation.

The names of the fields are keys of evaluation.json, and a changed name would make every earlier evaluation unreadable.
Shares are between 0 and 1.
"""

from dataclasses import dataclass

from model.contract import ModelResult


@dataclass(frozen=True, slots=True)
class SplitSummary:
    """The numbers of rows on each side of a split.

    `learnt_campaigns` and `test_campaigns` count the campaigns of the malicious rows. `variants` counts training
    rows that were made from other malware; no other number includes them.
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
class SliceResult:
    """Recall and false alarms of a slice of the test rows: those that share one value of a property.

    `by` names the property: payload place, year, kind, size or stratum. `rates` are false positive rates over all
    benign test rows of the split; `recalls`, `campaign_recalls` and `alarms` (counts) have one entry for each rate.
    `model` is "" for the preset itself.
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
    model: str = ""


@dataclass(frozen=True, slots=True)
class RecallCurve:
    """Recall of artifacts and of campaigns at log-spaced false positive rates.

    `benign` is the number of benign test rows: rates below 3 / benign are not supported by them.
    """

    split: str
    model: str
    benign: int
    false_positives: tuple[float, ...]
    artifacts: tuple[float, ...]
    campaigns: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class ThresholdHits:
    """The rows of a set that reach a threshold.

    `point` names the threshold: a verdict, or a false positive rate on the test set. `share` is the share of rows
    with its two-sided 90 % Clopper-Pearson bounds `lower` and `upper`; `groups` counts every campaign once.
    """

    point: str
    threshold: float
    hits: int
    share: float
    lower: float
    upper: float
    groups: float


@dataclass(frozen=True, slots=True)
class FalseAlarm:
    """A benign artifact whose score is suspicious or worse. `filename` is hostile text and not escaped."""

    filename: str
    stratum: str
    score: float


@dataclass(frozen=True, slots=True)
class ProbeResult:
    """The scores of a set of rows with one label against thresholds that were fixed without it.

    `groups` counts its campaigns or projects. `left_out` counts rows whose campaign the model had been trained on. `by`
    names the property whose value `name` is, "" where the set is none of that kind.
    """

    name: str
    label: int
    artifacts: int
    groups: int
    left_out: int
    reached: tuple[ThresholdHits, ...]
    alarms: tuple[FalseAlarm, ...] = ()
    by: str = ""


@dataclass(frozen=True, slots=True)
class LocalisationResult:
    """The share of artifacts whose evidence points at the payload.

    `top1` is the share whose payload file is named first, `top3` the share with a payload line among the first three
    places. `part` is `tuned` (evidence weights were chosen on these artifacts) or `held_out`.
    """

    part: str
    artifacts: int
    top1: float
    top3: float


@dataclass(frozen=True, slots=True)
class SectionResult:
    """Everything that one section of an evaluation measured.

    `inputs` is a digest of everything that the figures depend on; a section is measured again when it changes.
    """

    name: str
    inputs: str
    seconds: float
    splits: tuple[SplitSummary, ...] = ()
    results: tuple[ModelResult, ...] = ()
    slices: tuple[SliceResult, ...] = ()
    curves: tuple[RecallCurve, ...] = ()
    probes: tuple[ProbeResult, ...] = ()


@dataclass(frozen=True, slots=True)
class Evaluation:
    """Everything that `boojum evaluate` measured.

    `malicious`, `campaigns` and `benign` count genuine rows; `variants` counts rows that were made from them.
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
    sections: tuple[SectionResult, ...]
    localisation: tuple[LocalisationResult, ...] = ()

    @property
    def splits(self) -> tuple[SplitSummary, ...]:
        """The splits of all sections, each once."""
        return tuple({split.name: split for section in self.sections for split in section.splits}.values())

    @property
    def results(self) -> tuple[ModelResult, ...]:
        """The results of all sections."""
        return tuple(result for section in self.sections for result in section.results)

    def section(self, name: str) -> SectionResult | None:
        """Return the section of a name, or None where it was not measured."""
        return next((section for section in self.sections if section.name == name), None)
