"""The parts of an evaluation: which fits each needs, and what it measures with them."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace

import numpy as np

from features.contract import Kind
from model.evaluation.curves import recall_curve
from model.evaluation.probes import alarm_probes, set_probes
from model.evaluation.session import EvaluationSession, Measured, Planned, SectionPlan
from model.evaluation.slices import slices
from model.frame import schema_identity
from model.metrics import measure
from model.registry import TOKEN_LEARNERS, Preset, find_preset, make_learner
from model.rows import training_set
from model.splits import DEV, Split
from model.stack import combine, fit_meta, log_odds

TRIVIAL_BYTES = 10_000
"""A baseline that nobody should be proud to beat: 86 % of known malware is an sdist smaller than this."""

PAPER = "samaana2024"


def ablations(preset: Preset, groups: Iterable[str]) -> Iterator[Preset]:
    """Yield presets that see everything, all but one feature group (or the code tokens), and that one alone.

    They have `ablation_folds`, all alike, and their names say what they see.
    """
    groups = tuple(groups)
    whole = replace(preset, name="all groups", folds=preset.ablation_folds)
    tokens = tuple(kind for kind in preset.learners if kind in TOKEN_LEARNERS)
    columns = tuple(kind for kind in preset.learners if kind not in TOKEN_LEARNERS)
    yield whole
    for group in groups if columns and len(groups) > 1 else ():
        rest = tuple(f"{other}_*" for other in groups if other != group)
        yield replace(whole, name=f"without {group}", columns=rest)
        yield replace(whole, name=f"{group} alone", columns=(f"{group}_*",), learners=columns)
    if tokens and columns:
        yield replace(whole, name="without the code tokens", learners=columns)
        yield replace(whole, name="the code tokens alone", learners=tokens)


def _headline(section: str, bench: EvaluationSession, split: Split, preset: Preset | None = None) -> Measured:
    """Yield the figures of one fit on its test rows, with its curve."""
    preset = preset or bench.preset
    scored = bench.scored(split, preset)
    yield measure(scored, section, split.name, preset.name, bench.fit(split, preset).points, split.note)
    yield recall_curve(scored, split.name, preset.name)


def _random(bench: EvaluationSession) -> Measured:
    for preset in dict.fromkeys((bench.preset, find_preset(PAPER))):
        yield from _headline("random", bench, bench.split("random"), preset)


def _campaign(bench: EvaluationSession) -> Measured:
    split = bench.split("campaign")
    yield from _headline("campaign", bench, split)
    yield from slices(bench.rows, split, bench.scored(split), ("year",))


def _time(bench: EvaluationSession) -> Measured:
    for split in bench.times():
        yield from _headline("time", bench, split)


def _baselines(bench: EvaluationSession) -> Measured:
    rows, small = bench.rows, f"sdist under {TRIVIAL_BYTES:,} bytes"
    trivial = (rows.kind == Kind.SDIST.value) & (rows.size < TRIVIAL_BYTES)
    paper = find_preset(PAPER)
    for split in _outer_cuts(bench):
        said = {small: trivial[split.test].astype(np.float64)}
        sample = training_set(rows, split.train, bench.preset.weighting, bench.seed)
        for name, title in (("decision_tree", "one decision tree"), ("linear_columns", "logistic regression")):
            learner = make_learner(name, bench.threads)
            learner.fit(sample, bench.seed)
            said[title] = learner.predict(rows.frame.take(split.test))
        for title, scores in (*said.items(), (paper.name, bench.learners(split, paper).score)):
            scored = bench.asked(split, scores)
            yield measure(scored, "baselines", split.name, title)
            yield recall_curve(scored, split.name, title)


def _learners(bench: EvaluationSession) -> Measured:
    for split in bench.times():
        fitted = bench.fit(split)
        stack, said = fitted.stack, bench.learners(split).learners
        for position, learner in enumerate(stack.learners_):
            yield measure(bench.asked(split, said[:, position]), "learners", split.name, f"{learner.name} alone")
            if len(stack.learners_) < 2:
                continue
            rest = [at for at in range(len(stack.learners_)) if at != position]
            training = fitted.training
            coefficients, intercept = fit_meta(stack.out_of_fold_[:, rest], training.labels, training.weights)
            without = combine(log_odds(said[:, rest]), coefficients, intercept)
            yield measure(bench.asked(split, without), "learners", split.name, f"without {learner.name}")


def _group_fits(bench: EvaluationSession) -> Planned:
    # The earliest cut: it has the most campaigns after it, and differences of a few campaigns are noise.
    split = bench.cuts()[0]
    for preset in ablations(bench.preset, schema_identity(bench.rows.schema)[1]):
        yield split, preset


def _groups(bench: EvaluationSession) -> Measured:
    for split, preset in _group_fits(bench):
        yield measure(bench.scored(split, preset), "groups", split.name, preset.name)


def _slices(bench: EvaluationSession) -> Measured:
    for split in bench.times():
        yield from slices(bench.rows, split, bench.scored(split), ("year", "payload place", "kind", "size", "stratum"))


def _popular(bench: EvaluationSession) -> Measured:
    split = bench.split(DEV)
    yield from alarm_probes(bench.rows, split, bench.fit(split))


def _sets(bench: EvaluationSession) -> Measured:
    split = bench.split(DEV)
    assert bench.sets is not None
    yield from set_probes(bench.rows, split, bench.fit(split), bench.scored(split), bench.sets)


def _only(*names: str) -> Callable[[EvaluationSession], Planned]:
    def fits(bench: EvaluationSession) -> Planned:
        return [(bench.split(name), bench.preset) for name in names]

    return fits


def _random_fits(bench: EvaluationSession) -> Planned:
    return [(bench.split("random"), preset) for preset in (bench.preset, find_preset(PAPER))]


def _time_fits(bench: EvaluationSession) -> Planned:
    return [(split, bench.preset) for split in bench.times()]


def _baseline_fits(bench: EvaluationSession) -> Planned:
    return [(split, find_preset(PAPER)) for split in _outer_cuts(bench)]


def _outer_cuts(bench: EvaluationSession) -> list[Split]:
    """Return the earliest and the latest cut."""
    cuts = bench.cuts()
    return cuts if len(cuts) < 2 else [cuts[0], cuts[-1]]


SECTIONS: tuple[SectionPlan, ...] = (
    SectionPlan("time", _time_fits, _time),
    SectionPlan("popular", _only(DEV), _popular),
    SectionPlan("sets", _only(DEV), _sets),
    SectionPlan("slices", _time_fits, _slices),
    SectionPlan("learners", _time_fits, _learners),
    SectionPlan("campaign", _only("campaign"), _campaign),
    SectionPlan("random", _random_fits, _random),
    SectionPlan("baselines", _baseline_fits, _baselines),
    SectionPlan("groups", _group_fits, _groups),
)
"""Parts of an evaluation, what matters most first: an interrupted one has that at least."""
