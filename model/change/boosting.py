"""Learns gradient-boosted trees over what changed."""

from pathlib import Path

import numpy as np

from model.change.contract import HONEST_WEIGHT, ChangeTraining
from model.change.frame import ChangeFrame
from model.learners.xgboost_trees import Booster, DMatrix, train
from model.members import Floats

ROUNDS = 300
DEPTH = 5
ETA = 0.06


class ChangeBoosting:
    """Boosted trees over the dense columns and all differences; a value that is the base's is a missing one."""

    name = "change_boosting"
    files: tuple[str, ...] = ("change_boosting.ubj",)

    def __init__(self, rounds: int = ROUNDS, threads: int = 1) -> None:
        self.rounds = rounds
        self.threads = threads

    def fit(self, training: ChangeTraining, seed: int) -> None:
        """Fit the trees."""
        parameters = {
            "objective": "binary:logistic",
            "tree_method": "hist",
            "base_score": 0.5,
            "verbosity": 0,
            "max_depth": DEPTH,
            "eta": ETA,
            "subsample": 0.8,
            "colsample_bytree": 0.1,
            "min_child_weight": 5.0,
            "reg_lambda": 2.0,
            "max_bin": 64,
            "seed": seed,
            "nthread": self.threads,
        }
        rows = training.frame.sparse_rows()
        weights = training.weights * np.where(training.labels == 0, HONEST_WEIGHT, 1.0)
        data = DMatrix(rows, label=training.labels, weight=weights, nthread=self.threads)
        self.booster_ = train(parameters, data, self.rounds)

    def predict(self, frame: ChangeFrame) -> Floats:
        """Return the probability of a payload, shape (n,)."""
        if not len(frame):
            return np.zeros(0)
        self.booster_.set_param({"nthread": self.threads})
        found = self.booster_.inplace_predict(frame.sparse_rows(), validate_features=False)
        return np.asarray(found, dtype=np.float64)

    def contributions(self, frame: ChangeFrame) -> Floats:
        """Return exact TreeSHAP contributions (Lundberg and others, 2018), shape (n, columns + names)."""
        self.booster_.set_param({"nthread": self.threads})
        data = DMatrix(frame.sparse_rows(), nthread=self.threads)
        found = np.asarray(self.booster_.predict(data, pred_contribs=True), dtype=np.float64)
        return found.reshape(len(frame), -1)[:, :-1]

    def save(self, folder: Path) -> None:
        """Write the trees."""
        self.booster_.save_model(folder / self.files[0])

    def load(self, folder: Path) -> None:
        """Read the trees."""
        self.booster_ = Booster()
        self.booster_.load_model(folder / self.files[0])
