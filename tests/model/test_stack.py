from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import expit

from model.errors import TrainingDataError
from model.registry import Preset, Weighting
from model.rows import LabelledRows, training_set
from model.stack import Stack, combine, fit_meta, grouped_folds


def test_folds_never_share_a_campaign_and_cover_every_row(rows: LabelledRows) -> None:
    training = training_set(rows, np.arange(len(rows)), Weighting(), 0)
    covered = []
    for rest, held_out in grouped_folds(training, 5, seed=0):
        assert not set(training.groups[rest]) & set(training.groups[held_out])
        covered.extend(held_out.tolist())
    assert sorted(covered) == list(range(len(training)))


def test_too_few_campaigns_are_an_error(rows: LabelledRows) -> None:
    training = training_set(rows, np.arange(len(rows)), Weighting(), 0)
    benign = training.take(training.labels == 0)
    with pytest.raises(TrainingDataError, match="fewer than two campaigns"):
        list(grouped_folds(benign, 5, seed=0))


def test_meta_learner_recovers_probabilities() -> None:
    random = np.random.default_rng(0)
    odds = random.normal(0, 2, (20_000, 2))
    labels = (random.random(20_000) < expit(1.2 * odds[:, 0] + 0.4 * odds[:, 1] - 0.5)).astype(np.int8)
    coefficients, intercept = fit_meta(odds, labels, np.ones(20_000))
    np.testing.assert_allclose([1.2, 0.4], coefficients, atol=0.1)
    assert intercept == pytest.approx(-0.5, abs=0.1)


@pytest.mark.slow
@settings(max_examples=40)
@given(seed=st.integers(0, 1_000))
def test_a_misleading_learner_gets_no_negative_weight(seed: int) -> None:
    random = np.random.default_rng(seed)
    labels = np.tile(np.array([0, 1], dtype=np.int8), 100)
    good = np.where(labels == 1, 2.0, -2.0) + random.normal(0, 1, 200)
    coefficients, _ = fit_meta(np.column_stack([good, -good]), labels, np.ones(200))
    assert (coefficients >= 0).all()
    assert coefficients[0] > coefficients[1]


def test_scores_are_the_meta_learner_over_the_learners(rows: LabelledRows, boojum: Preset) -> None:
    training = training_set(rows, np.arange(len(rows)), boojum.weighting, 0)
    steps: list[tuple[int, int]] = []
    stack = Stack(boojum)
    stack.fit(training, 0, lambda done, total, note: steps.append((done, total)))
    assert steps == [(step, 16) for step in range(17)]
    predicted = stack.predict(rows.frame)
    assert predicted.learners.shape == (len(rows), 4)
    odds = np.log(np.clip(predicted.learners, 1e-6, 1 - 1e-6)) - np.log1p(-np.clip(predicted.learners, 1e-6, 1 - 1e-6))
    np.testing.assert_allclose(combine(odds, stack.coefficients_, stack.intercept_), predicted.score)
    # Rows are split by campaign before anything is learnt, so out-of-fold predictions are the weaker ones.
    whole = fit_meta(stack.out_of_fold_, training.labels, training.weights)
    np.testing.assert_allclose(stack.coefficients_, whole[0])
    assert stack.contributions(rows.frame.take(slice(0, 5))).shape == (5, len(rows.frame.columns) + 1)


def test_the_same_seed_gives_the_same_stack(rows: LabelledRows, boojum: Preset) -> None:
    training = training_set(rows, np.arange(len(rows)), boojum.weighting, 0)
    scores = []
    for _ in range(2):
        stack = Stack(boojum)
        stack.fit(training, 7, lambda done, total, note: None)
        scores.append(stack.predict(rows.frame).score)
    np.testing.assert_array_equal(scores[0], scores[1])


def test_a_preset_with_columns_learns_from_those_alone(rows: LabelledRows, boojum: Preset) -> None:
    training = training_set(rows, np.arange(len(rows)), boojum.weighting, 0)
    stack = Stack(replace(boojum, columns=("metadata_*",), learners=boojum.learners[:1]))
    stack.fit(training, 0, lambda done, total, note: None)
    predicted = stack.predict(rows.frame).score
    code = np.array([name.startswith("code_") for name in rows.frame.columns])
    other = replace(rows.frame, dense=np.where(code, np.float32(9), rows.frame.dense))
    np.testing.assert_array_equal(predicted, stack.predict(other).score)
    moved = stack.contributions(rows.frame)
    assert moved.shape == (len(rows), len(rows.frame.columns) + 1)
    assert not moved[:, :-1][:, code].any()
    assert moved[:, :-1][:, ~code].any()
