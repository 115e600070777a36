from dataclasses import replace

import numpy as np
from scipy.sparse import csr_matrix

from model.frame import TrainingSet
from model.learners.linear_tokens import LinearTokens, _group_counts

WORDS = [[1, 2], [1, 3], [1, 4], [5, 6], [5, 6], [5, 7]]
LABELS = [1, 1, 1, 0, 0, 0]


def fitted(make_frame, make_training) -> LinearTokens:
    learner = LinearTokens()
    learner.fit(make_training(make_frame([[0.0]] * 6, WORDS), LABELS), 0)
    return learner


def test_the_vocabulary_is_what_three_campaigns_share(make_frame, make_training) -> None:
    assert [1, 5] == fitted(make_frame, make_training).ids_.tolist()


def test_copies_of_one_campaign_count_once(make_frame, make_training) -> None:
    training = make_training(make_frame([[0.0]] * 6, WORDS), LABELS, groups=[0, 0, 1, 2, 3, 4])
    counts = _group_counts(training)
    assert [2, 1, 1, 1] == counts[[1, 2, 3, 4]].tolist()
    assert 3 == counts[5]


def test_rows_have_length_one_and_unknown_tokens_none(make_frame, make_training) -> None:
    learner = fitted(make_frame, make_training)
    rows = learner._rows(make_frame([[0.0]] * 3, [[1, 5], [1], [9]]))
    np.testing.assert_allclose([1.0, 1.0, 0.0], np.sqrt(rows.multiply(rows).sum(axis=1)).A1)


def test_a_rarer_token_weighs_more(make_frame, make_training) -> None:
    words = [[1, 2], [1, 2], [1, 2], [1], [1], [1]]
    learner = LinearTokens()
    learner.fit(make_training(make_frame([[0.0]] * 6, words), LABELS), 0)
    common, rare = learner.rarity_
    assert rare > common


def test_only_the_tokens_contribute(make_frame, make_training) -> None:
    learner = fitted(make_frame, make_training)
    contributions = learner.contributions(make_frame([[0.0]] * 2, [[1], [5]]))
    assert not contributions[:, 0].any()
    assert contributions[0, 1] > 0 > contributions[1, 1]


def test_a_learner_that_is_fitted_again_forgets_its_vocabulary(make_frame, make_training) -> None:
    learner = fitted(make_frame, make_training)
    learner.predict(make_frame([[0.0]], [[1]]))
    other = [[token + 10 for token in tokens] for tokens in WORDS]
    learner.fit(make_training(make_frame([[0.0]] * 6, other), LABELS), 0)
    before, now = learner.predict(make_frame([[0.0]] * 2, [[1], [11]]))
    assert before < now


def test_rows_without_code_leave_it_undecided(training: TrainingSet) -> None:
    learner = LinearTokens()
    learner.fit(training, 0)
    frame = replace(training.frame, tokens=csr_matrix(training.frame.tokens.shape, dtype=np.float32))
    assert len(set(learner.predict(frame).tolist())) == 1
    learner.fit(replace(training, frame=frame), 0)
    assert {0.5} == set(learner.predict(training.frame).tolist())
