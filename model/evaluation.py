"""The honest protocol: splits that flatter and splits that do not, baselines, ablations, in one table."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_matrix

from features.contract import Kind, Progress
from model.contract import Curve, Evaluation, Result, Slice, TrainingDataError
from model.frame import TOKENS, schema_identity
from model.metrics import Scored, curve, measure
from model.registry import Preset, find_preset, make_learner
from model.rows import Rows, read_rows, training_sample
from model.slices import slices
from model.splits import CUTS, Split, campaign_split, design_split, random_split, time_split
from model.stack import combine, fit_meta, log_odds
from model.training import ROWS, SEED, Fitted, fit_split, score_test

TRIVIAL_BYTES = 10_000
"""A baseline that nobody should be proud to beat: 86 % of known malware is an sdist smaller than this."""

Measured = Iterator[Result | Slice | Curve]


def evaluate(
    rows: Path | None,
    progress: Progress,
    sections: tuple[str, ...] | None = None,
    preset: str = "boojum",
    seed: int = SEED,
    threads: int = 1,
) -> Evaluation:
    """Measure a preset on labelled rows (None: those that ship) and return everything that was found.

    `sections` are names of `SECTIONS`, None for all; one fit is made for each split and shared between them.
    Raises TrainingDataError for unknown sections and for rows that lack what a split needs.
    """
    chosen = tuple(name for name, _ in SECTIONS) if sections is None else sections
    known = dict(SECTIONS)
    unknown = [name for name in chosen if name not in known]
    if unknown:
        raise TrainingDataError(f"no section {', '.join(unknown)}; known: {', '.join(known)}")
    bench = _Bench(read_rows(ROWS if rows is None else rows), find_preset(preset), seed, threads, progress)
    found: list[Result | Slice | Curve] = []
    for position, name in enumerate(chosen):
        bench.step = (position, len(chosen), name)
        found.extend(known[name](bench))
    progress(len(chosen), len(chosen), "measured")
    bad = bench.rows.malicious
    return Evaluation(
        preset=preset,
        seed=seed,
        fingerprint=schema_identity(bench.rows.schema)[0],
        rows_digest=bench.rows.digest,
        malicious=int(bad.sum()),
        campaigns=len(np.unique(bench.rows.groups[bad])),
        benign=int((~bad).sum()),
        sections=chosen,
        results=tuple(item for item in found if isinstance(item, Result)),
        slices=tuple(item for item in found if isinstance(item, Slice)),
        curves=tuple(item for item in found if isinstance(item, Curve)),
    )


@dataclass(slots=True)
class _Bench:
    """What the sections share: the rows and the fits made so far."""

    rows: Rows
    preset: Preset
    seed: int
    threads: int
    progress: Progress
    step: tuple[int, int, str] = (0, 0, "")
    fits: dict[tuple[str, str], Fitted] = field(default_factory=dict)

    def fit(self, split: Split, preset: Preset | None = None) -> Fitted:
        """Return the fit of a preset on a split, made once."""
        preset = preset or self.preset
        key = (split.name, preset.name)
        if key not in self.fits:
            self.fits[key] = fit_split(self.rows, split, preset, self.seed, self.threads, self.tell)
        return self.fits[key]

    def tell(self, done: int, total: int, note: str) -> None:
        """Pass a fit's progress on as that of a section."""
        position, sections, name = self.step
        self.progress(position, sections, f"{name}: {note} ({done} of {total})")

    def times(self) -> Iterator[Split]:
        """Yield the time splits that the rows have the dates for, and the one of the design."""
        for cut in CUTS:
            yield time_split(self.rows, cut)
        yield design_split(self.rows)


def _random(bench: _Bench) -> Measured:
    split = random_split(bench.rows, bench.seed)
    for preset in (bench.preset, find_preset("samaana2024")):
        fitted = bench.fit(split, preset)
        scored = score_test(bench.rows, split, fitted.stack)
        yield measure(scored, "random", split.name, preset.name, note=split.note)
        yield curve(scored, split.name, preset.name)


def _campaign(bench: _Bench) -> Measured:
    split = campaign_split(bench.rows, bench.seed)
    scored = score_test(bench.rows, split, bench.fit(split).stack)
    yield measure(scored, "campaign", split.name, bench.preset.name, note=split.note)
    yield curve(scored, split.name, bench.preset.name)
    yield from slices(bench.rows, split, scored, ("year",))


def _time(bench: _Bench) -> Measured:
    for split in bench.times():
        fitted = bench.fit(split)
        scored = score_test(bench.rows, split, fitted.stack)
        yield measure(scored, "time", split.name, bench.preset.name, fitted.points, split.note)
        yield curve(scored, split.name, bench.preset.name)


def _baselines(bench: _Bench) -> Measured:
    split = time_split(bench.rows, CUTS[-1])
    rows = bench.rows

    def scored(scores: npt.NDArray[np.float64]) -> Scored:
        return Scored(scores, rows.labels[split.test], rows.groups[split.test])

    small = (rows.kind == Kind.SDIST.value) & (rows.size < TRIVIAL_BYTES)
    yield measure(
        scored(small[split.test].astype(np.float64)), "baselines", split.name, f"sdist under {TRIVIAL_BYTES:,} bytes"
    )
    sample = training_sample(rows, split.train, bench.preset.weighting, bench.seed)
    for name, title in (("decision_tree", "one decision tree"), ("linear_columns", "logistic regression")):
        learner = make_learner(name, bench.threads)
        learner.fit(sample, bench.seed)
        result = scored(learner.predict(rows.frame.take(split.test)))
        yield measure(result, "baselines", split.name, title)
    paper = find_preset("samaana2024")
    result = score_test(rows, split, bench.fit(split, paper).stack)
    yield measure(result, "baselines", split.name, paper.name)
    yield curve(result, split.name, paper.name)


def _learners(bench: _Bench) -> Measured:
    for split in bench.times():
        fitted = bench.fit(split)
        stack, sample = fitted.stack, fitted.sample
        said = stack.predict(bench.rows.frame.take(split.test)).learners
        labels, groups = bench.rows.labels[split.test], bench.rows.groups[split.test]
        for position, learner in enumerate(stack.learners_):
            alone = Scored(said[:, position], labels, groups)
            yield measure(alone, "learners", split.name, f"{learner.name} alone")
            if len(stack.learners_) < 2:
                continue
            rest = [at for at in range(len(stack.learners_)) if at != position]
            coefficients, intercept = fit_meta(stack.out_of_fold_[:, rest], sample.labels, sample.weights)
            without = combine(log_odds(said[:, rest]), coefficients, intercept)
            yield measure(Scored(without, labels, groups), "learners", split.name, f"without {learner.name}")


def _groups(bench: _Bench) -> Measured:
    split = time_split(bench.rows, CUTS[-1])
    names = [*schema_identity(bench.rows.schema)[1], TOKENS]
    for name in names:
        lacking = without_group(bench.rows, name)
        fitted = fit_split(lacking, split, bench.preset, bench.seed, bench.threads, bench.tell)
        scored = score_test(lacking, split, fitted.stack)
        yield measure(scored, "groups", split.name, f"without {name}")


def _slices(bench: _Bench) -> Measured:
    for split in bench.times():
        scored = score_test(bench.rows, split, bench.fit(split).stack)
        yield from slices(bench.rows, split, scored, ("payload place", "kind", "size", "stratum"))


SECTIONS: tuple[tuple[str, Callable[[_Bench], Measured]], ...] = (
    ("random", _random),
    ("campaign", _campaign),
    ("time", _time),
    ("baselines", _baselines),
    ("learners", _learners),
    ("groups", _groups),
    ("slices", _slices),
)
"""Parts of an evaluation, in the order in which they are read."""


def without_group(rows: Rows, group: str) -> Rows:
    """Return rows whose columns of a feature group (or the code tokens) say nothing."""
    dense, tokens = rows.frame.dense, rows.frame.tokens
    if group == TOKENS:
        tokens = csr_matrix(tokens.shape, dtype=np.float32)
    else:
        gone = np.array([name.startswith(f"{group}_") for name in rows.frame.columns])
        dense = np.where(gone, np.float32(0), dense)
    return replace(rows, frame=replace(rows.frame, dense=dense, tokens=tokens))
