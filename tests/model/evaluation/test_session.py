from collections.abc import Iterator
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from model.evaluation import session as module
from model.evaluation.contract import Evaluation, LocalisationResult
from model.evaluation.session import EvaluationSession, FitKeys, Measured, SectionPlan, summarise_split
from model.registry import PRESETS, Preset
from model.rows import LabelledRows
from model.splits import Split, dev_split
from model.stack import StackScores


class Stack:
    """A stack that scores every row 0.5 and counts how often it is called."""

    calls = 0

    def predict(self, frame: Any) -> StackScores:
        self.calls += 1
        return StackScores(np.full(len(frame), 0.5), np.full((len(frame), 3), 0.5))


@pytest.fixture
def fitted(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, str]]:
    made: list[tuple[str, str]] = []

    def fit(rows: LabelledRows, split: Split, preset: Preset, seed: int, threads: int, progress: Any) -> Any:
        made.append((split.name, preset.name))
        progress(0, 3, "boosting")
        return SimpleNamespace(stack=Stack(), training=None, points=())

    monkeypatch.setattr(module, "fit_split", fit)
    return made


@pytest.fixture
def steps() -> list[tuple[int, int, str]]:
    return []


@pytest.fixture
def session(rows: LabelledRows, steps: list[tuple[int, int, str]]) -> EvaluationSession:
    return EvaluationSession(rows, PRESETS[0], 0, 1, lambda *step: steps.append(step))


def plan_of(name: str, *splits: str) -> SectionPlan:
    def fits(session: EvaluationSession) -> FitKeys:
        return [(session.split(split), session.preset) for split in splits]

    def measured(session: EvaluationSession) -> Measured:
        return iter(())

    return SectionPlan(name, fits, measured)


def run(session: EvaluationSession, *plans: SectionPlan) -> Iterator[list[Any]]:
    session.plan_fits(plans)
    for plan in plans:
        yield list(session.run(plan))


def test_two_sections_share_one_fit(session: EvaluationSession, fitted: list[tuple[str, str]]) -> None:
    first, second = run(session, plan_of("a", "dev"), plan_of("b", "dev", "random"))
    assert [("dev", "boojum"), ("random", "boojum")] == fitted
    assert ["dev"] == [summary.name for summary in first]
    assert ["dev", "random"] == [summary.name for summary in second]


def test_a_fit_that_no_later_section_needs_is_released(session: EvaluationSession, fitted: Any) -> None:
    later = plan_of("b", "random")
    list(run(session, plan_of("a", "dev", "random")))
    session.release_fits([later])
    assert [("random", PRESETS[0])] == list(session.fits)
    session.release_fits([])
    assert not session.fits


def test_test_rows_are_predicted_once(session: EvaluationSession, fitted: Any) -> None:
    list(run(session, plan_of("a", "dev")))
    split = session.split("dev")
    first, again = session.scored_test(split), session.scored_test(split)
    stack: Any = session.fit(split).stack
    assert 1 == stack.calls
    np.testing.assert_array_equal(first.scores, again.scores)
    np.testing.assert_array_equal(session.rows.labels[split.test], first.labels)
    np.testing.assert_array_equal(session.rows.groups[split.test], first.groups)


def test_progress_counts_the_learners_of_all_fits_of_a_section(
    session: EvaluationSession, fitted: Any, steps: list[tuple[int, int, str]]
) -> None:
    list(run(session, plan_of("a", "dev", "random")))
    each = len(PRESETS[0].learners) * (PRESETS[0].folds + 1)
    assert [(0, 2 * each, "a"), (each, 2 * each, "a"), (2 * each, 2 * each, "a")] == steps


def test_the_remaining_time_is_shown_after_the_first_fit(
    session: EvaluationSession, fitted: Any, steps: list[tuple[int, int, str]]
) -> None:
    list(run(session, plan_of("a", "dev"), plan_of("b", "random")))
    stages = [stage for _, _, stage in steps]
    assert "a" == stages[0]
    assert stages[-1].startswith("b, about 0 min left")


def test_a_split_is_made_once_and_by_its_name(session: EvaluationSession) -> None:
    assert session.split("dev") is session.split("dev")
    assert "after 2023-07-01" == session.split("after 2023-07-01").name
    assert ["random", "campaign"] == [session.split(name).name for name in ("random", "campaign")]


def test_forward_splits_end_with_dev(session: EvaluationSession, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "CUT_DATES", ("2023-07-01",))
    assert ["after 2023-07-01", "dev"] == [split.name for split in session.forward_splits()]


def test_the_digest_of_inputs_follows_everything_that_figures_depend_on(session: EvaluationSession) -> None:
    digest = session.inputs_digest("time")
    assert digest == session.inputs_digest("time")
    changed = (
        replace(session, seed=1),
        replace(session, preset=PRESETS[1]),
        replace(session, rows=replace(session.rows, digest="0")),
        replace(session, rows=replace(session.rows, size=session.rows.size + 1)),
    )
    digests = {digest, session.inputs_digest("popular"), *(other.inputs_digest("time") for other in changed)}
    assert 2 + len(changed) == len(digests)


def test_code_of_the_change_score_is_an_input_of_its_sections_alone() -> None:
    names = {path.name for path in set(module._sources(of_changes=True)) - set(module._sources(of_changes=False))}
    assert {"stack.py", "training.py", "changes.py"} <= names
    assert "thresholds.py" in {path.name for path in module._sources(of_changes=False)}


def test_rows_of_blind_spots_are_inputs_of_their_section_alone(session: EvaluationSession) -> None:
    other = replace(session, sets=session.rows)
    assert session.inputs_digest("time") == other.inputs_digest("time")
    assert session.inputs_digest("sets") != other.inputs_digest("sets")


def test_localisation_is_kept_for_the_same_schema_only(session: EvaluationSession) -> None:
    plain = session.evaluation(())
    assert () == plain.localisation
    known: Evaluation = replace(plain, localisation=(LocalisationResult("held_out", 5, 1.0, 1.0),))
    assert known.localisation == replace(session, previous=known).evaluation(()).localisation
    other = replace(known, fingerprint="0")
    assert () == replace(session, previous=other).evaluation(()).localisation


def test_an_evaluation_counts_genuine_rows_and_variants_apart(rows: LabelledRows, varied: LabelledRows) -> None:
    counts = [
        EvaluationSession(labelled, PRESETS[0], 0, 1, lambda *_: None).evaluation(()) for labelled in (rows, varied)
    ]
    plain, with_variants = [(e.malicious, e.campaigns, e.benign) for e in counts]
    assert (
        plain == with_variants == (rows.malicious.sum(), len(set(rows.groups[rows.malicious])), (~rows.malicious).sum())
    )
    assert [0, rows.malicious.sum()] == [e.variants for e in counts]


def test_a_summary_counts_each_side(rows: LabelledRows, varied: LabelledRows) -> None:
    split = dev_split(rows)
    summary = summarise_split(rows, split)
    assert len(split.train) == summary.learnt_malicious + summary.learnt_benign
    assert len(split.test) == summary.test_malicious + summary.test_benign
    assert len(split.valid) == summary.valid
    with_variants = summarise_split(varied, dev_split(varied))
    assert replace(with_variants, variants=0) == summary
    assert with_variants.variants == summary.learnt_malicious
