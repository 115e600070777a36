"""Shares labelled rows, splits and fits between the sections of an evaluation."""

import hashlib
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeAlias

import numpy as np

from features.contract import Progress
from model.contract import ModelResult
from model.evaluation.changes import ChangeSession
from model.evaluation.contract import (
    Evaluation,
    ProbeResult,
    RecallCurve,
    SectionResult,
    SliceResult,
    SplitSummary,
)
from model.frame import schema_identity
from model.metrics import ScoredRows
from model.registry import Preset
from model.rows import LabelledRows
from model.saved import library_versions
from model.splits import (
    CUT_DATES,
    DEV,
    RECENT,
    RECENT_HALVES,
    Split,
    campaign_split,
    can_cut,
    dev_split,
    has_recent,
    random_split,
    recent_half_split,
    recent_split,
    time_split,
)
from model.stack import Floats, StackScores
from model.training import SplitFit, fit_split

CHANGE_SECTIONS = ("changes", "change_parts", "both")
"""Sections that need labelled changes."""

Measured: TypeAlias = Iterator[SplitSummary | ModelResult | SliceResult | RecallCurve | ProbeResult]
FitKeys: TypeAlias = Iterable[tuple[Split, Preset]]


@dataclass(frozen=True, slots=True)
class SectionPlan:
    """A section of an evaluation: its name, the fits that it needs, and the function that measures with them."""

    name: str
    required_fits: Callable[["EvaluationSession"], FitKeys]
    measure: Callable[["EvaluationSession"], Measured]


@dataclass(slots=True)
class EvaluationSession:
    """The state that sections share: labelled rows, splits, fits that are still needed, and their predictions.

    `sets` are rows of blind spots, `changes` labelled changes, `previous` is an earlier evaluation; each may be None.
    `steps` are the fitted learners that each fit consists of, for progress.
    """

    rows: LabelledRows
    preset: Preset
    seed: int
    threads: int
    progress: Progress
    sets: LabelledRows | None = None
    changes: ChangeSession | None = None
    previous: Evaluation | None = None
    splits: dict[str, Split] = field(default_factory=dict)
    fits: dict[tuple[str, Preset], SplitFit] = field(default_factory=dict)
    predictions: dict[tuple[str, Preset], StackScores] = field(default_factory=dict)
    steps: dict[tuple[str, Preset], int] = field(default_factory=dict)
    steps_done: int = 0
    started: float = 0.0

    def split(self, name: str) -> Split:
        """Return a split by its name: `random`, `campaign`, `dev`, `recent`, one of its halves, or `after <date>`."""
        if name not in self.splits:
            match name:
                case "random":
                    self.splits[name] = random_split(self.rows, self.seed)
                case "campaign":
                    self.splits[name] = campaign_split(self.rows, self.seed)
                case _ if name == DEV:
                    self.splits[name] = dev_split(self.rows)
                case _ if name == RECENT:
                    self.splits[name] = recent_split(self.rows)
                case _ if name.startswith(RECENT):
                    self.splits |= {split.name: split for split in self.recent_halves()}
                case _:
                    self.splits[name] = time_split(self.rows, name.removeprefix("after "))
        return self.splits[name]

    def cut_splits(self) -> list[Split]:
        """Return the time splits, the earliest cut first, without those that have nothing before or after the cut."""
        return [self.split(f"after {date}") for date in CUT_DATES if can_cut(self.rows, date)]

    def forward_splits(self) -> list[Split]:
        """Return the splits that test on later campaigns than they train on: the time splits, `dev`, then `recent`."""
        recent = [self.split(RECENT)] if has_recent(self.rows) else []
        return [*self.cut_splits(), self.split(DEV), *recent]

    def recent_halves(self) -> list[Split]:
        """Return for each half of the `recent` campaigns the splits with and without the other half in training."""
        pairs = [(half, learnt) for half in (0, 1) for learnt in RECENT_HALVES]
        return [recent_half_split(self.rows, half, learnt) for half, learnt in pairs]

    def latest_split(self) -> Split:
        """Return the split whose test rows are the latest: `recent`, or `dev` where there are none."""
        return self.split(RECENT if has_recent(self.rows) else DEV)

    def plan_fits(self, sections: Iterable[SectionPlan]) -> None:
        """Register the fits that these sections need, so that the remaining time can be estimated."""
        for section in sections:
            for split, preset in section.required_fits(self):
                self.steps[split.name, preset] = len(preset.learners) * (preset.folds + 1)
        self.started = time.monotonic()

    def run(self, section: SectionPlan) -> Measured:
        """Make the fits that a section needs and does not find, then yield its splits and its results."""
        required = list(section.required_fits(self))
        keys = dict.fromkeys((split.name, preset) for split, preset in required)
        self._make_fits([key for key in keys if key not in self.fits], f"{section.name}{self._time_left()}")
        for name in dict.fromkeys(name for name, _ in keys):
            yield summarise_split(self.rows, self.split(name))
        yield from section.measure(self)

    def release_fits(self, remaining: Iterable[SectionPlan]) -> None:
        """Drop the fits that no remaining section needs: each holds a copy of its training rows."""
        needed = {(split.name, preset) for section in remaining for split, preset in section.required_fits(self)}
        self.fits = {key: fitted for key, fitted in self.fits.items() if key in needed}

    def fit(self, split: Split, preset: Preset | None = None) -> SplitFit:
        """Return the fit of a preset (None: the session's) on a split."""
        return self.fits[split.name, preset or self.preset]

    def predict_test(self, split: Split, preset: Preset | None = None) -> StackScores:
        """Return the predictions of a fit and of each of its learners for the test rows."""
        key = (split.name, preset or self.preset)
        if key not in self.predictions:
            self.predictions[key] = self.fits[key].stack.predict(self.rows.frame.take(split.test))
        return self.predictions[key]

    def scored_test(self, split: Split, preset: Preset | None = None) -> ScoredRows:
        """Return the test rows with the scores of a fit."""
        return self.with_scores(split, self.predict_test(split, preset).score)

    def with_scores(self, split: Split, scores: Floats) -> ScoredRows:
        """Return the test rows with scores (n,) from anywhere."""
        return ScoredRows(scores, self.rows.labels[split.test], self.rows.groups[split.test])

    def inputs_digest(self, section: str) -> str:
        """Return 32 hex digits over everything that a section's figures depend on: rows, preset, libraries, code."""
        digest = hashlib.blake2b(digest_size=16)
        for rows in (self.rows, *([self.sets] if self.sets is not None and section == "sets" else [])):
            for column in (rows.stratum, rows.payload, rows.kind, rows.size, rows.first_seen):
                digest.update("\n".join(map(str, column)).encode())
            digest.update(rows.digest.encode())
        if self.changes is not None and section in CHANGE_SECTIONS:
            digest.update(self.changes.rows.digest.encode())
            digest.update(self.changes.releases.digest.encode() if self.changes.releases else b"")
        digest.update(repr((section, self.preset, self.seed, CUT_DATES, library_versions())).encode())
        for source in _sources(of_changes=section in CHANGE_SECTIONS):
            digest.update(source.read_bytes())
        return digest.hexdigest()

    def evaluation(self, sections: tuple[SectionResult, ...]) -> Evaluation:
        """Return an evaluation with these sections."""
        rows, malicious = self.rows, self.rows.malicious & ~self.rows.variant
        fingerprint = schema_identity(rows.schema)[0]
        # Localisation is measured on artifacts instead of rows, so it stays valid as long as the schema does.
        same_schema = self.previous is not None and self.previous.fingerprint == fingerprint
        return Evaluation(
            preset=self.preset.name,
            learners=tuple(kind.name for kind in self.preset.learners),
            folds=self.preset.folds,
            ablation_folds=self.preset.ablation_folds,
            seed=self.seed,
            fingerprint=fingerprint,
            rows_digest=rows.digest,
            malicious=int(malicious.sum()),
            campaigns=len(np.unique(rows.groups[malicious])),
            benign=int((~rows.malicious & ~rows.variant).sum()),
            variants=int(rows.variant.sum()),
            versions=library_versions(),
            sections=sections,
            localisation=self.previous.localisation if same_schema and self.previous else (),
        )

    def _make_fits(self, keys: list[tuple[str, Preset]], stage: str) -> None:
        total = sum(self.steps[key] for key in keys)
        done = 0
        for key in keys:

            def report(steps: int, _total: int, _note: str, done: int = done) -> None:
                self.progress(done + steps, total, stage)

            name, preset = key
            self.fits[key] = fit_split(self.rows, self.split(name), preset, self.seed, self.threads, report)
            done += self.steps[key]
            self.steps_done += self.steps[key]
        self.progress(total, total, stage)

    def _time_left(self) -> str:
        """Return an estimate of the time that the remaining fits take, "" before the first fit."""
        remaining = sum(self.steps.values()) - self.steps_done
        if not self.steps_done or not remaining:
            return ""
        minutes = (time.monotonic() - self.started) / self.steps_done * remaining / 60
        return f", about {minutes:.0f} min left for all sections"


def summarise_split(rows: LabelledRows, split: Split) -> SplitSummary:
    """Return the numbers of rows on each side of a split."""
    genuine, malicious = ~rows.variant, rows.malicious
    learnt = split.train[genuine[split.train]]
    return SplitSummary(
        name=split.name,
        note=split.note,
        learnt_malicious=int(malicious[learnt].sum()),
        learnt_campaigns=len(np.unique(rows.groups[learnt[malicious[learnt]]])),
        learnt_benign=int((~malicious[learnt]).sum()),
        variants=len(split.train) - len(learnt),
        valid=len(split.valid),
        test_malicious=int(malicious[split.test].sum()),
        test_campaigns=len(np.unique(rows.groups[split.test[malicious[split.test]]])),
        test_benign=int((~malicious[split.test]).sum()),
    )


def _sources(*, of_changes: bool) -> list[Path]:
    """Return the source files that a section's figures depend on: those of the change score only for its sections."""
    room = Path(__file__).parents[1]
    for_changes = {*(room / "change").rglob("*.py"), room / "evaluation" / "changes.py"}
    return sorted(file for file in room.rglob("*.py") if of_changes or file not in for_changes)
