"""Lists the sections of an evaluation: the fits that each needs, and the measurements made with them."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace

import numpy as np

from features.contract import Kind
from model.evaluation.changes import measure_both, measure_held_out, measure_parts
from model.evaluation.contract import ProbeResult
from model.evaluation.curves import recall_curve
from model.evaluation.probes import (
    POPULAR,
    probe_sets,
    probe_strata,
    rate_thresholds,
    threshold_hits,
    verdict_thresholds,
)
from model.evaluation.session import EvaluationSession, FitKeys, Measured, SectionPlan
from model.evaluation.slices import measure_slices
from model.evaluation.uploader_metadata import with_honest_metadata
from model.frame import schema_identity
from model.metrics import measure
from model.registry import MEMBER_LEARNERS, TOKEN_LEARNERS, Preset, find_preset, make_learner
from model.rows import training_set
from model.splits import DEV, Split
from model.stack import combine, fit_meta, log_odds
from model.thresholds import SCORE_DECIMALS

TRIVIAL_BYTES = 10_000
"""Size bound of the trivial baseline: 86 % of known malware is an sdist smaller than this."""

PAPER = "samaana2024"


def ablations(preset: Preset, groups: Iterable[str]) -> Iterator[Preset]:
    """Yield the whole preset, then presets without and with one feature group alone, the code tokens or the members.

    All have `ablation_folds`, and their names say which columns they use.
    """
    groups = tuple(groups)
    whole = replace(preset, name="all groups", folds=preset.ablation_folds)
    token_learners = tuple(kind for kind in preset.learners if kind in TOKEN_LEARNERS)
    member_learners = tuple(kind for kind in preset.learners if kind in MEMBER_LEARNERS)
    column_learners = tuple(kind for kind in preset.learners if kind not in (*TOKEN_LEARNERS, *MEMBER_LEARNERS))
    yield whole
    for group in groups if column_learners and len(groups) > 1 else ():
        rest = tuple(f"{other}_*" for other in groups if other != group)
        yield replace(whole, name=f"without {group}", columns=rest)
        yield replace(whole, name=f"{group} alone", columns=(f"{group}_*",), learners=column_learners)
    if token_learners and column_learners:
        without = tuple(kind for kind in preset.learners if kind not in token_learners)
        yield replace(whole, name="without the code tokens", learners=without)
        yield replace(whole, name="the code tokens alone", learners=token_learners)
    if member_learners and column_learners:
        without = tuple(kind for kind in preset.learners if kind not in member_learners)
        yield replace(whole, name="without the members", learners=without)
        yield replace(whole, name="the members alone", learners=member_learners)


def _outer_cuts(session: EvaluationSession) -> list[Split]:
    """Return the splits of the earliest and the latest cut."""
    cuts = session.cut_splits()
    return cuts if len(cuts) < 2 else [cuts[0], cuts[-1]]


def _fits_on(*names: str) -> Callable[[EvaluationSession], FitKeys]:
    """Return a function that requires the session's preset on the splits of these names."""

    def fits(session: EvaluationSession) -> FitKeys:
        return [(session.split(name), session.preset) for name in names]

    return fits


def _no_fits(_: EvaluationSession) -> FitKeys:
    return []


def _random_fits(session: EvaluationSession) -> FitKeys:
    return [(session.split("random"), preset) for preset in (session.preset, find_preset(PAPER))]


def _forward_fits(session: EvaluationSession) -> FitKeys:
    return [(split, session.preset) for split in session.forward_splits()]


def _baseline_fits(session: EvaluationSession) -> FitKeys:
    return [(split, find_preset(PAPER)) for split in _outer_cuts(session)]


def _group_fits(session: EvaluationSession) -> FitKeys:
    # The earliest cut has the most campaigns after it, and differences of a few campaigns are noise.
    split = session.cut_splits()[0]
    groups = schema_identity(session.rows.schema)[1]
    return [(split, preset) for preset in ablations(session.preset, groups)]


def _measure_fit(section: str, session: EvaluationSession, split: Split, preset: Preset | None = None) -> Measured:
    """Yield the figures and the curve of one fit on its test rows."""
    preset = preset or session.preset
    scored = session.scored_test(split, preset)
    yield measure(scored, section, split.name, preset.name, session.fit(split, preset).points, split.note)
    yield recall_curve(scored, split.name, preset.name)


def _measure_random(session: EvaluationSession) -> Measured:
    for preset in dict.fromkeys((session.preset, find_preset(PAPER))):
        yield from _measure_fit("random", session, session.split("random"), preset)


def _measure_campaign(session: EvaluationSession) -> Measured:
    split = session.split("campaign")
    yield from _measure_fit("campaign", session, split)
    yield from measure_slices(session.rows, split, session.scored_test(split), ("year",))


def _measure_time(session: EvaluationSession) -> Measured:
    for split in session.forward_splits():
        yield from _measure_fit("time", session, split)


def _measure_baselines(session: EvaluationSession) -> Measured:
    rows, trivial_name = session.rows, f"sdist under {TRIVIAL_BYTES:,} bytes"
    trivial = (rows.kind == Kind.SDIST.value) & (rows.size < TRIVIAL_BYTES)
    paper = find_preset(PAPER)
    for split in _outer_cuts(session):
        scores = {trivial_name: trivial[split.test].astype(np.float64)}
        training = training_set(rows, split.train, session.preset.weighting, session.seed)
        for learner_name, title in (("decision_tree", "one decision tree"), ("linear_columns", "logistic regression")):
            learner = make_learner(learner_name, session.threads)
            learner.fit(training, session.seed)
            scores[title] = learner.predict(rows.frame.take(split.test))
        scores[paper.name] = session.predict_test(split, paper).score
        for title, of_model in scores.items():
            scored = session.with_scores(split, of_model)
            yield measure(scored, "baselines", split.name, title)
            yield recall_curve(scored, split.name, title)


def _measure_learners(session: EvaluationSession) -> Measured:
    for split in session.forward_splits():
        fitted = session.fit(split)
        stack, training, predicted = fitted.stack, fitted.training, session.predict_test(split).learners
        for position, learner in enumerate(stack.learners_):
            alone = session.with_scores(split, predicted[:, position])
            yield measure(alone, "learners", split.name, f"{learner.name} alone")
            if len(stack.learners_) < 2:
                continue
            rest = [other for other in range(len(stack.learners_)) if other != position]
            coefficients, intercept = fit_meta(stack.out_of_fold_[:, rest], training.labels, training.weights)
            without = combine(log_odds(predicted[:, rest]), coefficients, intercept)
            rest_scored = session.with_scores(split, without)
            yield measure(rest_scored, "learners", split.name, f"without {learner.name}")
            if type(learner) in MEMBER_LEARNERS:
                yield from measure_slices(session.rows, split, rest_scored, ("size",), f"without {learner.name}")


def _measure_changes(session: EvaluationSession) -> Measured:
    assert session.changes is not None
    yield from measure_held_out(session.changes)


def _measure_change_parts(session: EvaluationSession) -> Measured:
    assert session.changes is not None
    yield from measure_parts(session.changes)


def _latest_fits(session: EvaluationSession) -> FitKeys:
    return [(session.latest_split(), session.preset)]


def _measure_both(session: EvaluationSession) -> Measured:
    assert session.changes is not None
    assert session.changes.releases is not None
    fitted = session.fit(session.latest_split())
    scores = fitted.stack.predict(session.changes.releases.frame).score
    yield from measure_both(session.changes, scores, fitted.points)


def _recent_fits(session: EvaluationSession) -> FitKeys:
    return [(split, session.preset) for split in session.recent_halves()]


def _measure_recent(session: EvaluationSession) -> Measured:
    for split in session.recent_halves():
        yield from _measure_fit("recent", session, split)


def _measure_metadata(session: EvaluationSession) -> Measured:
    """Yield how much of the malware is still found when its uploader's texts are those of popular projects."""
    split, rows = session.latest_split(), session.rows
    fitted, bad = session.fit(split), split.test[rows.malicious[split.test]]
    benign = session.scored_test(split)
    honest = np.flatnonzero(~rows.malicious & (rows.stratum == POPULAR))
    if not len(honest):
        return
    frame = rows.frame.take(bad)
    exchanged = with_honest_metadata(frame, rows.frame.take(honest), session.seed)
    thresholds = [*verdict_thresholds(fitted.points), *rate_thresholds(benign)]
    for name, part in (("as uploaded", frame), ("metadata exchanged", exchanged)):
        scores = np.round(fitted.stack.predict(part).score, SCORE_DECIMALS)
        reached = tuple(threshold_hits(point, threshold, scores, rows.groups[bad]) for point, threshold in thresholds)
        yield ProbeResult(name, 1, len(bad), len(np.unique(rows.groups[bad])), 0, reached, by=split.name)


def _measure_groups(session: EvaluationSession) -> Measured:
    for split, preset in _group_fits(session):
        yield measure(session.scored_test(split, preset), "groups", split.name, preset.name)


def _measure_slices(session: EvaluationSession) -> Measured:
    properties = ("year", "payload place", "kind", "size", "stratum")
    for split in session.forward_splits():
        yield from measure_slices(session.rows, split, session.scored_test(split), properties)


def _measure_popular(session: EvaluationSession) -> Measured:
    split = session.split(DEV)
    yield from probe_strata(session.rows, split, session.fit(split))


def _measure_sets(session: EvaluationSession) -> Measured:
    split = session.split(DEV)
    assert session.sets is not None
    yield from probe_sets(session.rows, split, session.fit(split), session.scored_test(split), session.sets)


SECTIONS: tuple[SectionPlan, ...] = (
    SectionPlan("time", _forward_fits, _measure_time),
    SectionPlan("popular", _fits_on(DEV), _measure_popular),
    SectionPlan("sets", _fits_on(DEV), _measure_sets),
    SectionPlan("changes", _no_fits, _measure_changes),
    SectionPlan("both", _latest_fits, _measure_both),
    SectionPlan("change_parts", _no_fits, _measure_change_parts),
    SectionPlan("slices", _forward_fits, _measure_slices),
    SectionPlan("learners", _forward_fits, _measure_learners),
    SectionPlan("metadata", _latest_fits, _measure_metadata),
    SectionPlan("recent", _recent_fits, _measure_recent),
    SectionPlan("campaign", _fits_on("campaign"), _measure_campaign),
    SectionPlan("random", _random_fits, _measure_random),
    SectionPlan("baselines", _baseline_fits, _measure_baselines),
    SectionPlan("groups", _group_fits, _measure_groups),
)
"""Sections of an evaluation, the most important first, because an interrupted evaluation keeps the first ones."""
