from pathlib import Path

import numpy as np
import pytest

from model.frame import TrainingSet
from model.learners.boosting import Boosting, BoostingSettings
from model.learners.xgboost_trees import XGBoostError


def test_a_missing_value_differs_from_zero(make_frame, make_training) -> None:
    frame = make_frame([[np.nan]] * 30 + [[0.0]] * 30)
    learner = Boosting(BoostingSettings(colsample_bytree=1.0, subsample=1.0), rounds=30)
    learner.fit(make_training(frame, [1] * 30 + [0] * 30), 0)
    missing, zero = learner.predict(make_frame([[np.nan], [0.0]]))
    assert missing > 0.8
    assert zero < 0.2


def test_code_tokens_contribute_nothing(training: TrainingSet) -> None:
    learner = Boosting(rounds=5)
    learner.fit(training, 0)
    assert not learner.contributions(training.frame)[:, -1].any()


def test_a_seed_chooses_other_columns_and_rows(training: TrainingSet) -> None:
    predicted = []
    for seed in (0, 1):
        learner = Boosting(rounds=10)
        learner.fit(training, seed)
        predicted.append(learner.predict(training.frame))
    assert (predicted[0] != predicted[1]).any()


def test_a_damaged_file_is_an_error_of_xgboost(tmp_path: Path) -> None:
    (tmp_path / "boosting.ubj").write_bytes(b"{}")
    with pytest.raises(XGBoostError):
        Boosting().load(tmp_path)
