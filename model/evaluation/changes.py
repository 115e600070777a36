"""Measures the change score on families and hosts that training never saw, alone and beside the artifact score."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np

from features.contract import Progress
from model.change.rows import LabelledChanges
from model.change.stack import LEARNER_NAMES
from model.change.training import (
    FRESH,
    FRESH_NOTE,
    HELD_OUT,
    NOTE,
    SECTION,
    ChangeFit,
    by_artifact,
    fit_changes,
    fresh_test,
)
from model.contract import ModelResult, OperatingPoint
from model.evaluation.contract import ProbeResult, RecallCurve, SplitSummary
from model.evaluation.curves import recall_curve
from model.evaluation.probes import rate_thresholds, threshold_hits, verdict_thresholds
from model.evaluation.slices import size_names
from model.judgement import on_scale, scale_knots
from model.members import Floats, Index
from model.metrics import ScoredRows, measure
from model.rows import LabelledRows, Strings
from model.stack import StackScores, combine, log_odds
from model.thresholds import SCORE_DECIMALS

PROPERTIES = ("family", "place", "trigger", "dress", "donor", "stratum", "host size", "kind", "base kind")
"""Properties of a payload and its host that recall is told by."""

MeasuredChanges = Iterator[SplitSummary | ModelResult | RecallCurve | ProbeResult]


@dataclass(slots=True)
class ChangeSession:
    """Labelled changes with the fit that is measured; `releases` are the feature rows of their artifacts, or None."""

    rows: LabelledChanges
    releases: LabelledRows | None
    seed: int
    threads: int
    progress: Progress
    fits: dict[str, ChangeFit] = field(default_factory=dict)
    predictions: dict[str, StackScores] = field(default_factory=dict)

    def side(self, name: str) -> Index:
        """Return the rows of one side: `train`, `valid` or `test`."""
        return np.flatnonzero(self.rows.split == name)

    def fit(self) -> ChangeFit:
        """Return the fit on the training side, made at the first call."""
        if SECTION not in self.fits:
            train, valid = self.side("train"), self.side("valid")
            self.fits[SECTION] = fit_changes(self.rows, train, valid, self.seed, self.threads, self.progress)
        return self.fits[SECTION]

    def predict(self) -> StackScores:
        """Return the predictions for the test side; the scores are raised by floors."""
        if SECTION not in self.predictions:
            frame = self.rows.frame.take(self.side("test"))
            learners = self.fit().stack.predict(frame).learners
            self.predictions[SECTION] = StackScores(self.fit().score(frame), learners)
        return self.predictions[SECTION]

    def scored(self, scores: Floats) -> tuple[ScoredRows, Index]:
        """Return test artifacts with the greatest of their rows' scores, and the first row of each."""
        found = by_artifact(self.rows, self.side("test"), np.round(scores, SCORE_DECIMALS))
        return ScoredRows(found.scores, self.rows.labels[found.first], self.rows.groups[found.first]), found.first


def measure_held_out(session: ChangeSession) -> MeasuredChanges:
    """Yield the figures and the curve of the change score, then its recall by each property."""
    fitted = session.fit()
    scored, first = session.scored(session.predict().score)
    yield summarise_changes(session)
    yield measure(scored, SECTION, HELD_OUT, "changes", fitted.points, NOTE)
    yield recall_curve(scored, HELD_OUT, "changes")
    thresholds = [*verdict_thresholds(fitted.points), *rate_thresholds(scored)]
    for name in PROPERTIES:
        if name == "base kind":
            yield from _probe_base_kinds(session, thresholds)
        else:
            yield from _probe_property(session.rows, scored, first, name, thresholds)
    yield from _measure_fresh(session, thresholds)


def _measure_fresh(session: ChangeSession, thresholds: Sequence[tuple[str, float]]) -> MeasuredChanges:
    """Yield the figures for the families of another author, and their recall one by one."""
    rows, index = session.rows, fresh_test(session.rows)
    if not len(index):
        return
    found = by_artifact(rows, index, np.round(session.fit().score(rows.frame.take(index)), SCORE_DECIMALS))
    scored = ScoredRows(found.scores, rows.labels[found.first], rows.groups[found.first])
    yield measure(scored, SECTION, FRESH, "changes", session.fit().points, FRESH_NOTE)
    yield recall_curve(scored, FRESH, "changes")
    for name in ("family", "place"):
        yield from _probe_property(rows, scored, found.first, name, thresholds, by=f"fresh {name}")


def measure_parts(session: ChangeSession) -> MeasuredChanges:
    """Yield the figures with each learner alone, and of all learners without the floors."""
    stack, learners = session.fit().stack, session.predict().learners
    for position, name in enumerate(LEARNER_NAMES):
        yield measure(session.scored(learners[:, position])[0], "change_parts", HELD_OUT, f"{name} alone")
    scores = combine(log_odds(learners), stack.coefficients_, stack.intercept_)
    yield measure(session.scored(scores)[0], "change_parts", HELD_OUT, "without floors")


def measure_both(
    session: ChangeSession, artifact_scores: Floats, artifact_points: Sequence[OperatingPoint]
) -> MeasuredChanges:
    """Yield the figures of the artifact score alone, of the change score alone and of the graver of both.

    `artifact_scores` are those of `session.releases`. Only artifacts that have both scores count. The change score is
    put on the artifact's scale, where equal verdicts have equal scores, and the greater one counts.
    """
    releases = session.releases
    assert releases is not None
    fitted = session.fit()
    scored, first = session.scored(session.predict().score)
    place = {digest: number for number, digest in enumerate(releases.sha256.astype(str))}
    found = [place.get(digest, -1) for digest in session.rows.sha256[first].astype(str)]
    present = np.flatnonzero(np.array(found) >= 0)
    artifact = np.round(artifact_scores[np.array(found)[present]], SCORE_DECIMALS)
    change = on_scale(scored.scores[present], scale_knots(fitted.points, artifact_points))
    labels, groups = scored.labels[present], scored.groups[present]
    points = tuple(artifact_points)
    for scores, model in ((artifact, "artifact"), (change, "change"), (np.maximum(artifact, change), "the graver")):
        both = ScoredRows(scores, labels, groups)
        yield measure(both, "both", HELD_OUT, model, points, "next releases of real projects, honest and with payloads")
        if model == "the graver":
            thresholds = [*verdict_thresholds(points), *rate_thresholds(both)]
            for name in ("family", "stratum", "host size"):
                yield from _probe_property(session.rows, both, first[present], name, thresholds)


def summarise_changes(session: ChangeSession) -> SplitSummary:
    """Return the numbers of rows on each side; families count as campaigns."""
    rows = session.rows
    sides = {name: session.side(name) for name in ("train", "valid", "test")}
    bad = {name: side[rows.malicious[side]] for name, side in sides.items()}
    return SplitSummary(
        name=HELD_OUT,
        note=NOTE,
        learnt_malicious=len(bad["train"]),
        learnt_campaigns=len(np.unique(rows.groups[bad["train"]])),
        learnt_benign=len(sides["train"]) - len(bad["train"]),
        variants=0,
        valid=int((~rows.malicious[sides["valid"]]).sum()),
        test_malicious=len(bad["test"]),
        test_campaigns=len(np.unique(rows.groups[bad["test"]])),
        test_benign=len(sides["test"]) - len(bad["test"]),
    )


def _probe_property(
    rows: LabelledChanges,
    scored: ScoredRows,
    first: Index,
    name: str,
    thresholds: Sequence[tuple[str, float]],
    by: str = "",
) -> Iterator[ProbeResult]:
    """Yield recall for each value of a property among payloads, and for strata and sizes the false alarms too.

    `by` is the name of the results' property if it is another one.
    """
    values = _values(rows, name)[first]
    labels = (1, 0) if name in {"stratum", "host size", "kind"} else (1,)
    for label in labels:
        for value in sorted(set(values[scored.labels == label]) - {""}):
            inside = (values == value) & (scored.labels == label)
            yield _probe(by or name, str(value), label, scored.scores[inside], scored.groups[inside], thresholds)


def _probe_base_kinds(session: ChangeSession, thresholds: Sequence[tuple[str, float]]) -> Iterator[ProbeResult]:
    """Yield recall and false alarms of the rows of each kind of base alone."""
    rows, test, scores = session.rows, session.side("test"), session.predict().score
    for label in (1, 0):
        for kind in sorted(set(rows.base_kind[test]) - {""}):
            inside = (rows.base_kind[test] == kind) & (rows.labels[test] == label)
            if inside.any():
                found = by_artifact(rows, test[inside], np.round(scores[inside], SCORE_DECIMALS))
                yield _probe("base kind", str(kind), label, found.scores, rows.groups[found.first], thresholds)


def _probe(
    by: str, value: str, label: int, scores: Floats, groups: Index, thresholds: Sequence[tuple[str, float]]
) -> ProbeResult:
    reached = tuple(threshold_hits(point, threshold, scores, groups) for point, threshold in thresholds)
    return ProbeResult(value, label, len(scores), len(np.unique(groups)), 0, reached, by=by)


def _values(rows: LabelledChanges, name: str) -> Strings:
    """Return the value of a property for every row, "" where it does not apply; raises KeyError for other names."""
    match name:
        case "family":
            return rows.family
        case "place":
            return rows.place
        case "trigger":
            return rows.trigger
        case "dress":
            return rows.dress
        case "donor":
            own = np.isin(rows.donor.astype(str), ("", "template"))
            return np.where(own, rows.donor, "a campaign of real malware").astype(object)
        case "stratum":
            return rows.stratum
        case "host size":
            return size_names(rows.size)
        case "kind":
            return rows.kind
    raise KeyError(name)
