"""Learns gradient-boosted trees over the dense columns (xgboost, histograms)."""

from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from model.frame import Frame, TrainingSet
from model.learners.xgboost_trees import Booster, DMatrix, train


@dataclass(frozen=True, slots=True)
class BoostingSettings:
    """Parameters of xgboost, under its own names."""

    max_depth: int = 6
    """Deep enough for one path to combine role, behaviour and obfuscation."""
    eta: float = 0.06
    subsample: float = 0.8
    colsample_bytree: float = 0.15
    """A small share of the columns for each tree, so that the trees learn many signs of malware."""
    min_child_weight: float = 2.0
    reg_lambda: float = 2.0
    max_bin: int = 128
    """Counts have few distinct values, so more bins gain nothing."""


ROUNDS = 300


class Boosting:
    """Boosted trees, saved as UBJ. Each node sends missing values the way that was learnt for them."""

    name = "boosting"
    files: tuple[str, ...] = ("boosting.ubj",)

    def __init__(self, settings: BoostingSettings | None = None, rounds: int = ROUNDS, threads: int = 1) -> None:
        self.settings = settings or BoostingSettings()
        self.rounds = rounds
        self.threads = threads

    def fit(self, training: TrainingSet, seed: int) -> None:
        """Fit the model to the dense columns of a training set."""
        data = DMatrix(training.frame.dense, label=training.labels, weight=training.weights, nthread=self.threads)
        fixed = {"objective": "binary:logistic", "tree_method": "hist", "base_score": 0.5, "verbosity": 0}
        parameters = {**fixed, **asdict(self.settings), "seed": seed, "nthread": self.threads}
        self.booster_ = train(parameters, data, self.rounds)

    def predict(self, frame: Frame) -> npt.NDArray[np.float64]:
        """Return the probability of malware, shape (n,)."""
        self.booster_.set_param({"nthread": self.threads})
        # In place: building a DMatrix takes longer than walking the trees (scoring stage of `boojum bench`).
        probability = self.booster_.inplace_predict(frame.dense, missing=np.nan, validate_features=False)
        return np.asarray(probability, dtype=np.float64)

    def contributions(self, frame: Frame) -> npt.NDArray[np.float64]:
        """Return exact TreeSHAP contributions to the log-odds (Lundberg and others, 2018); tokens add 0."""
        self.booster_.set_param({"nthread": self.threads})
        matrix = self.booster_.predict(DMatrix(frame.dense, nthread=self.threads), pred_contribs=True)
        contributions = np.asarray(matrix, dtype=np.float64).reshape(len(frame), len(frame.columns) + 1)
        # xgboost puts the constant there.
        contributions[:, -1] = 0.0
        return contributions

    def save(self, folder: Path) -> None:
        """Write the trees."""
        self.booster_.save_model(folder / self.files[0])

    def load(self, folder: Path) -> None:
        """Read the trees."""
        self.booster_ = Booster()
        self.booster_.load_model(folder / self.files[0])
