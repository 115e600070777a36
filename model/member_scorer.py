"""Scores single members by their marks, tokens, role and type: trees and a logistic regression, averaged."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_matrix, hstack

from model.learners.logistic import fit_rows
from model.learners.xgboost_trees import Booster, DMatrix, train
from model.members import FILE_TYPES, ROLES, Floats, Index, Members, mark_hash

Labels = npt.NDArray[np.int8]
Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class MemberSettings:
    """Settings of the two models of a member."""

    groups: int = 3
    """Campaigns or projects that a mark or a token must occur in."""
    c: float = 0.3
    """Inverse strength of the L2 penalty of the logistic regression."""
    rounds: int = 150
    max_depth: int = 5
    eta: float = 0.1


class MemberScorer:
    """Log-odds that a member is a payload: the mean of boosted trees and of a logistic regression.

    The trees see counts and combine marks; the regression sees each mark by role, and the tokens. `fit` sets `marks_`
    and `tokens_` (the columns that are used), `coef_`, `bias_` and `booster_`.
    """

    def __init__(self, settings: MemberSettings | None = None, threads: int = 1) -> None:
        self.settings = settings or MemberSettings()
        self.threads = threads

    def learn_vocabulary(self, members: Members, groups: Index) -> None:
        """Choose the marks and tokens that enough campaigns or projects have; `groups` has shape (m,)."""
        self.marks_ = frequent_columns(members.marks, groups, self.settings.groups)
        self.tokens_ = frequent_columns(members.tokens, groups, self.settings.groups)

    def fit(self, members: Members, chosen: Mask, labels: Labels, weights: Floats, seed: int) -> None:
        """Fit both models to the chosen members, with equal weight of both labels."""
        labels, weights = labels[chosen], weights[chosen]
        for label in (0, 1):
            weights[labels == label] *= len(labels) / 2 / weights[labels == label].sum()
        coef, self.bias_ = fit_rows(self._linear_rows(members)[chosen], labels, weights, self.settings.c, seed)
        self.coef_ = coef.astype(np.float32)
        parameters = {
            "objective": "binary:logistic",
            "tree_method": "hist",
            "base_score": 0.5,
            "verbosity": 0,
            "max_depth": self.settings.max_depth,
            "eta": self.settings.eta,
            "subsample": 0.8,
            "colsample_bytree": 0.5,
            "min_child_weight": 2.0,
            "reg_lambda": 2.0,
            "seed": seed,
            "nthread": self.threads,
        }
        data = DMatrix(self._tree_rows(members)[chosen], label=labels, weight=weights, nthread=self.threads)
        self.booster_ = train(parameters, data, self.settings.rounds)

    def margins(self, members: Members) -> Floats:
        """Return the log-odds of each member, shape (m,)."""
        if not len(members):
            return np.zeros(0)
        return (self.linear_margins(members) + self.tree_margins(members)) / 2

    def linear_margins(self, members: Members) -> Floats:
        """Return the log-odds of the logistic regression."""
        return np.asarray(self._linear_rows(members) @ self.coef_.astype(np.float64) + self.bias_)

    def tree_margins(self, members: Members) -> Floats:
        """Return the log-odds of the trees."""
        self.booster_.set_param({"nthread": self.threads})
        found = self.booster_.inplace_predict(self._tree_rows(members), predict_type="margin", validate_features=False)
        return np.asarray(found, dtype=np.float64)

    def mark_contributions(self, members: Members, marks: Sequence[str]) -> Floats:
        """Return what each of some marks adds to the log-odds of each member, shape (m, marks); unknown ones add 0."""
        positions = {int(mark): place for place, mark in enumerate(self.marks_)}
        place = np.array([positions.get(mark_hash(mark), -1) for mark in marks], dtype=np.int64)
        rows = self._tree_rows(members)
        shap = np.asarray(self.booster_.predict(DMatrix(rows, nthread=self.threads), pred_contribs=True))
        shap = shap.reshape(len(members), -1)[:, :-1]
        count = len(self.marks_)
        first = rows.shape[1] - count * (1 if members.known_marks is None else 2)
        of_trees = shap[:, first : first + count]
        linear = self.coef_[len(ROLES) + len(FILE_TYPES) :][: count * (1 + len(ROLES))].reshape(1 + len(ROLES), count)
        of_role = np.vstack([linear[1:], np.zeros((1, count))])[members.role]
        present = (members.marks[:, self.marks_] > 0).toarray()
        found = np.where(present, (of_trees + linear[0] + of_role) / 2, 0.0)
        return np.where(place >= 0, found[:, place], 0.0)

    def arrays(self) -> dict[str, npt.NDArray[Any]]:
        """Return everything that it has learnt besides the trees."""
        return {"marks": self.marks_, "tokens": self.tokens_, "coef": self.coef_, "bias": np.array([self.bias_])}

    def _linear_rows(self, members: Members) -> csr_matrix:
        """Return rows of zeros and ones: role, type, marks, marks by role, and tokens."""
        marks = (members.marks[:, self.marks_] > 0).astype(np.float64)
        by_role = [_keep_rows(marks, members.role == role) for role in range(len(ROLES))]
        blocks = [_one_hot(members.role, len(ROLES)), _one_hot(members.file_type, len(FILE_TYPES)), marks, *by_role]
        return hstack([*blocks, members.tokens[:, self.tokens_].astype(np.float64)], format="csr")

    def _tree_rows(self, members: Members) -> csr_matrix:
        """Return rows of role, type, numbers, numbers of marks and tokens, and the logarithms of the marks' counts."""
        counts = np.stack([np.diff(members.marks.indptr), np.diff(members.tokens.indptr)], axis=1)
        blocks = [_one_hot(members.role, len(ROLES)), _one_hot(members.file_type, len(FILE_TYPES))]
        blocks += [csr_matrix(np.hstack([members.numbers, counts.astype(np.float32)]))]
        blocks += [_log_counts(members.marks[:, self.marks_])]
        if members.known_marks is not None:
            blocks.append(_log_counts(members.known_marks[:, self.marks_]))
        return hstack(blocks, format="csr", dtype=np.float32)

    def _known_columns(self, members: Members) -> int:
        return 0 if members.known_marks is None else len(self.marks_)


def load_scorer(trees: Path, arrays: Mapping[str, npt.NDArray[Any]]) -> MemberScorer:
    """Return a scorer from the file of its trees and its arrays."""
    scorer = MemberScorer()
    scorer.marks_, scorer.tokens_, scorer.coef_ = arrays["marks"], arrays["tokens"], arrays["coef"]
    scorer.bias_ = float(arrays["bias"][0])
    scorer.booster_ = Booster()
    scorer.booster_.load_model(trees)
    return scorer


def frequent_columns(matrix: csr_matrix, groups: Index, least: int) -> npt.NDArray[np.int32]:
    """Return the columns of a sparse matrix that are set in rows of at least `least` groups, ascending."""
    codes = np.unique(groups, return_inverse=True)[1].astype(np.int64)
    pairs = np.unique(np.repeat(codes, np.diff(matrix.indptr)) * matrix.shape[1] + matrix.indices)
    columns, seen = np.unique(pairs % matrix.shape[1], return_counts=True)
    return np.asarray(columns[seen >= least], dtype=np.int32)


def is_worst(margin: Floats, row: Index) -> Mask:
    """Return which members have the greatest margin of their row, the first of equals; shape (m,)."""
    order = np.lexsort((np.arange(len(row)), -margin, row))
    worst = np.zeros(len(row), dtype=np.bool_)
    worst[order[np.flatnonzero(np.diff(row[order], prepend=-1))]] = True
    return worst


def _keep_rows(matrix: csr_matrix, kept: Mask) -> csr_matrix:
    """Return a matrix of which the other rows are emptied."""
    result = matrix.copy()
    result.data *= np.repeat(kept, np.diff(matrix.indptr))
    result.eliminate_zeros()
    return result


def _log_counts(matrix: csr_matrix) -> csr_matrix:
    result = matrix.astype(np.float32)
    result.data = np.log1p(result.data)
    return result


def _one_hot(codes: npt.NDArray[np.int8], number: int) -> csr_matrix:
    known = np.flatnonzero(codes >= 0)
    return csr_matrix((np.ones(len(known)), (known, codes[known])), shape=(len(codes), number))
