"""What the parts of an evaluation share: the rows, and fits that are made once."""

import hashlib
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import numpy.typing as npt

from features.contract import Progress
from model.contract import ModelResult
from model.evaluation.contract import Evaluation, ProbeResult, RecallCurve, SectionResult, SliceResult, SplitSummary
from model.frame import schema_identity
from model.metrics import ScoredRows
from model.registry import Preset
from model.rows import LabelledRows
from model.saved import library_versions
from model.splits import CUT_DATES, DEV, Split, campaign_split, dev_split, random_split, time_split
from model.stack import StackScores
from model.training import SplitFit, fit_split

Measured = Iterator[SplitSummary | ModelResult | SliceResult | RecallCurve | ProbeResult]
Planned = Iterable[tuple[Split, Preset]]


@dataclass(frozen=True, slots=True)
class SectionPlan:
    """A section: its name, the fits that it needs, and what it measures with them."""

    name: str
    fits: Callable[["EvaluationSession"], Planned]
    measured: Callable[["EvaluationSession"], Measured]


@dataclass(slots=True)
class EvaluationSession:
    """What the sections share: the rows, the fits made so far that are still needed, and what they said."""

    rows: LabelledRows
    preset: Preset
    seed: int
    threads: int
    progress: Progress
    sets: LabelledRows | None = None
    before: Evaluation | None = None
    splits: dict[str, Split] = field(default_factory=dict)
    fits: dict[tuple[str, Preset], SplitFit] = field(default_factory=dict)
    said: dict[tuple[str, Preset], StackScores] = field(default_factory=dict)
    planned: dict[tuple[str, Preset], int] = field(default_factory=dict)
    begun: float = 0.0
    fitted: int = 0

    def split(self, name: str) -> Split:
        """Return a split by its name, made once."""
        if name not in self.splits:
            match name:
                case "random":
                    self.splits[name] = random_split(self.rows, self.seed)
                case "campaign":
                    self.splits[name] = campaign_split(self.rows, self.seed)
                case _ if name == DEV:
                    self.splits[name] = dev_split(self.rows)
                case _:
                    self.splits[name] = time_split(self.rows, name.removeprefix("after "))
        return self.splits[name]

    def cuts(self) -> list[Split]:
        """Return the time splits, the earliest first."""
        return [self.split(f"after {cut}") for cut in CUT_DATES]

    def times(self) -> Iterator[Split]:
        """Yield the time splits and the one of the design."""
        yield from self.cuts()
        yield self.split(DEV)

    def plan(self, parts: Iterable[SectionPlan]) -> None:
        """Note which fits these sections will need, so that the time left can be told."""
        for part in parts:
            for split, preset in part.fits(self):
                self.planned[split.name, preset] = len(preset.learners) * (preset.folds + 1)
        self.begun = time.monotonic()

    def run(self, part: SectionPlan) -> Measured:
        """Make the fits of a section that nobody made yet, then measure it."""
        fits = list(part.fits(self))
        missing = list(dict.fromkeys((split.name, p) for split, p in fits if (split.name, p) not in self.fits))
        steps, stage = sum(self.planned[key] for key in missing), f"{part.name}{self._left()}"
        through = 0
        for name, preset in missing:

            def tell(done: int, total: int, note: str, through: int = through) -> None:  # noqa: ARG001
                self.progress(through + done, steps, stage)

            split = self.split(name)
            self.fits[name, preset] = fit_split(self.rows, split, preset, self.seed, self.threads, tell)
            through += self.planned[name, preset]
            self.fitted += self.planned[name, preset]
        self.progress(steps, steps, stage)
        for used in dict.fromkeys(split.name for split, _ in fits):
            yield split_facts(self.rows, self.split(used))
        yield from part.measured(self)

    def release(self, later: Iterable[SectionPlan]) -> None:
        """Let go of the fits that no later section needs: each holds the rows that it has learnt from."""
        needed = {(split.name, preset) for part in later for split, preset in part.fits(self)}
        self.fits = {key: fitted for key, fitted in self.fits.items() if key in needed}

    def fit(self, split: Split, preset: Preset | None = None) -> SplitFit:
        """Return the fit of a preset on a split."""
        return self.fits[split.name, preset or self.preset]

    def learners(self, split: Split, preset: Preset | None = None) -> StackScores:
        """Return what a fit and each of its learners say of the test rows, asked once."""
        key = (split.name, preset or self.preset)
        if key not in self.said:
            self.said[key] = self.fits[key].stack.predict(self.rows.frame.take(split.test))
        return self.said[key]

    def scored(self, split: Split, preset: Preset | None = None) -> ScoredRows:
        """Return a fit's scores of the test rows."""
        return self.asked(split, self.learners(split, preset).score)

    def asked(self, split: Split, scores: npt.NDArray[np.float64]) -> ScoredRows:
        """Return scores of the test rows, whoever gave them, with what the test rows are."""
        return ScoredRows(scores, self.rows.labels[split.test], self.rows.groups[split.test])

    def inputs(self, name: str) -> str:
        """Return a digest over everything that a section's figures follow from."""
        digest = hashlib.blake2b(digest_size=16)
        for rows in (self.rows, *([self.sets] if self.sets is not None and name == "sets" else [])):
            for column in (rows.stratum, rows.payload, rows.kind, rows.size, rows.first_seen):
                digest.update("\n".join(map(str, column)).encode())
            digest.update(rows.digest.encode())
        digest.update(repr((name, self.preset, self.seed, CUT_DATES, library_versions())).encode())
        for source in sorted(Path(__file__).parents[1].rglob("*.py")):
            digest.update(source.read_bytes())
        return digest.hexdigest()

    def evaluation(self, sections: tuple[SectionResult, ...]) -> Evaluation:
        """Return an evaluation with these sections."""
        rows, bad = self.rows, self.rows.malicious & ~self.rows.variant
        fingerprint = schema_identity(rows.schema)[0]
        # Measured elsewhere, on artifacts and not on rows: what an earlier run knew of this schema stays.
        same = self.before is not None and self.before.fingerprint == fingerprint
        return Evaluation(
            preset=self.preset.name,
            learners=tuple(kind.name for kind in self.preset.learners),
            folds=self.preset.folds,
            ablation_folds=self.preset.ablation_folds,
            seed=self.seed,
            fingerprint=fingerprint,
            rows_digest=rows.digest,
            malicious=int(bad.sum()),
            campaigns=len(np.unique(rows.groups[bad])),
            benign=int((~rows.malicious & ~rows.variant).sum()),
            variants=int(rows.variant.sum()),
            versions=library_versions(),
            sections=sections,
            localisation=self.before.localisation if same and self.before else (),
        )

    def _left(self) -> str:
        """Return how long the fits that are still to be made will take, once one was made."""
        steps = sum(self.planned.values()) - self.fitted
        if not self.fitted or not steps:
            return ""
        return f", about {(time.monotonic() - self.begun) / self.fitted * steps / 60:.0f} min left of all"


def split_facts(rows: LabelledRows, split: Split) -> SplitSummary:
    """Return what stands on each side of a split."""
    genuine, bad = ~rows.variant, rows.malicious
    learnt = split.train[genuine[split.train]]
    return SplitSummary(
        name=split.name,
        note=split.note,
        learnt_malicious=int(bad[learnt].sum()),
        learnt_campaigns=len(np.unique(rows.groups[learnt[bad[learnt]]])),
        learnt_benign=int((~bad[learnt]).sum()),
        variants=len(split.train) - len(learnt),
        valid=len(split.valid),
        test_malicious=int(bad[split.test].sum()),
        test_campaigns=len(np.unique(rows.groups[split.test[bad[split.test]]])),
        test_benign=int((~bad[split.test]).sum()),
    )
