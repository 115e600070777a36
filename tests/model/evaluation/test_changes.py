from dataclasses import replace

import numpy as np
import pytest

from features.contract import Progress
from model.change.rows import LabelledChanges
from model.change.training import FRESH, HELD_OUT
from model.contract import ModelResult, OperatingPoint, Verdict
from model.evaluation.changes import (
    PROPERTIES,
    ChangeSession,
    measure_both,
    measure_held_out,
    measure_parts,
    summarise_changes,
)
from model.evaluation.contract import ProbeResult
from model.rows import LabelledRows


@pytest.fixture(scope="module")
def session(labelled: LabelledChanges, quiet: Progress) -> ChangeSession:
    return ChangeSession(labelled, None, 0, 1, quiet)


def test_both_sides_are_counted(session: ChangeSession) -> None:
    summary = summarise_changes(session)
    rows = session.rows
    test = rows.split == "test"
    assert (int((test & rows.malicious).sum()), 3) == (summary.test_malicious, summary.test_campaigns)
    assert int((test & ~rows.malicious).sum()) == summary.test_benign
    assert 9 == summary.learnt_campaigns


def test_every_payload_has_one_value_of_each_property(session: ChangeSession) -> None:
    found = list(measure_held_out(session))
    payloads = next(item for item in found if isinstance(item, ModelResult)).malicious
    for name in set(PROPERTIES) - {"base kind", "place"}:
        probes = [item for item in found if isinstance(item, ProbeResult) and item.by == name and item.label]
        assert payloads == sum(probe.artifacts for probe in probes), name
        assert len(probes) == len({probe.name for probe in probes})


def test_fresh_families_are_measured_apart(labelled: LabelledChanges, quiet: Progress) -> None:
    test = np.flatnonzero(labelled.malicious & (labelled.split == "test"))
    split = labelled.split.copy()
    split[test[::2]] = FRESH
    found = list(measure_held_out(ChangeSession(replace(labelled, split=split), None, 0, 1, quiet)))
    results = {item.split: item.malicious for item in found if isinstance(item, ModelResult)}
    assert len(test[::2]) == results[FRESH]
    assert len(test) - len(test[::2]) == results[HELD_OUT]
    probes = [item for item in found if isinstance(item, ProbeResult) and item.by == "fresh family"]
    assert len(test[::2]) == sum(probe.artifacts for probe in probes)


def test_each_learner_is_measured_alone_and_all_without_floors(session: ChangeSession) -> None:
    models = [item.model for item in measure_parts(session) if isinstance(item, ModelResult)]
    assert ["change_boosting alone", "change_members alone", "without floors"] == models


def test_the_graver_of_both_scores_finds_what_either_finds(session: ChangeSession, rows: LabelledRows) -> None:
    test = session.side("test")
    digests = session.rows.sha256[test]
    session.releases = replace(rows, sha256=digests)
    points = tuple(
        OperatingPoint(verdict, threshold, 0.01, 0, 100, 0.0, 0.1, extrapolated=False)
        for verdict, threshold in ((Verdict.MALICIOUS, 0.99), (Verdict.SUSPICIOUS, 0.9), (Verdict.REVIEW, 0.5))
    )
    scores = np.zeros(len(test))
    scores[session.rows.malicious[test].nonzero()[0][:1]] = 0.95
    found = [item for item in measure_both(session, scores, points) if isinstance(item, ModelResult)]
    shares = {result.model: [point.artifacts for point in result.fixed] for result in found}
    assert {HELD_OUT} == {result.split for result in found}
    assert all(max(one, other) <= both for one, other, both in zip(*shares.values(), strict=True))
    session.releases = None
