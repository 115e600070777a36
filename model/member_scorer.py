"""Scores single members by their marks, role and type, with boosted trees."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_matrix, hstack
from scipy.special import expit

from model.arrays import read_arrays, write_arrays
from model.learners.xgboost_trees import Booster, DMatrix, train
from model.members import FILE_TYPES, ROLES, Floats, Index, Members, mark_hash

Labels = npt.NDArray[np.int8]
Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class MemberSettings:
    """Settings of the trees."""

    groups: int = 3
    """Campaigns or projects that a mark must occur in."""
    rounds: int = 200
    max_depth: int = 6
    eta: float = 0.08
    columns: float = 0.5
    """Share of the columns that a tree sees."""
    min_child_weight: float = 2.0
    bins: int = 256
    honest_weight: float = 1.0
    """Weight of all honest members together, of those of malware 1."""


class MemberScorer:
    """Log-odds that a member is a payload, by boosted trees.

    They see the counts of its marks, its role, type and numbers, what stands beside it in its release, and a context
    where there is one: further columns, shape (m, columns). `fit` sets `marks_`, the marks that are used, and
    `booster_`. A logistic regression over marks and tokens found half as many payloads at the same false alarms, and
    lowered the mean of both.
    """

    def __init__(self, settings: MemberSettings | None = None, threads: int = 1) -> None:
        self.settings = settings or MemberSettings()
        self.threads = threads

    def learn_vocabulary(self, members: Members, groups: Index) -> None:
        """Choose the marks that enough campaigns or projects have; `groups` has shape (m,)."""
        self.marks_ = frequent_columns(members.marks, groups, self.settings.groups)

    def fit(
        self,
        members: Members,
        chosen: Mask,
        labels: Labels,
        weights: Floats,
        seed: int,
        context: csr_matrix | None = None,
    ) -> None:
        """Fit the trees to the chosen members; the settings weigh the honest ones against the others."""
        labels, weights = labels[chosen], weights[chosen]
        for label, share in ((0, self.settings.honest_weight), (1, 1.0)):
            weights[labels == label] *= share * len(labels) / 2 / weights[labels == label].sum()
        parameters = {
            "objective": "binary:logistic",
            "tree_method": "hist",
            "base_score": 0.5,
            "verbosity": 0,
            "max_depth": self.settings.max_depth,
            "eta": self.settings.eta,
            "subsample": 0.8,
            "colsample_bytree": self.settings.columns,
            "min_child_weight": self.settings.min_child_weight,
            "reg_lambda": 2.0,
            "max_bin": self.settings.bins,
            "seed": seed,
            "nthread": self.threads,
        }
        data = DMatrix(self._rows(members, context)[chosen], label=labels, weight=weights, nthread=self.threads)
        self.booster_ = train(parameters, data, self.settings.rounds)

    def margins(self, members: Members, context: csr_matrix | None = None) -> Floats:
        """Return the log-odds of each member, shape (m,)."""
        if not len(members):
            return np.zeros(0)
        self.booster_.set_param({"nthread": self.threads})
        rows = self._rows(members, context)
        found = self.booster_.inplace_predict(rows, predict_type="margin", validate_features=False)
        return np.asarray(found, dtype=np.float64)

    def mark_contributions(self, members: Members, marks: Sequence[str], context: csr_matrix | None = None) -> Floats:
        """Return what each of some marks adds to the log-odds of each member, shape (m, marks); unknown ones add 0."""
        positions = {int(mark): place for place, mark in enumerate(self.marks_)}
        place = np.array([positions.get(mark_hash(mark), -1) for mark in marks], dtype=np.int64)
        rows = self._rows(members, context)
        terms = np.asarray(self.booster_.predict(DMatrix(rows, nthread=self.threads), pred_contribs=True))
        terms = terms.reshape(len(members), -1)[:, :-1]
        count = len(self.marks_)
        first = rows.shape[1] - count * (1 if members.known_marks is None else 2)
        present = (members.marks[:, self.marks_] > 0).toarray()
        found = np.where(present, terms[:, first : first + count], 0.0)
        return np.where(place >= 0, found[:, place], 0.0)

    def arrays(self) -> dict[str, npt.NDArray[Any]]:
        """Return everything that it has learnt besides the trees."""
        return {"marks": self.marks_}

    def _rows(self, members: Members, context: csr_matrix | None) -> csr_matrix:
        """Return rows of role, type, numbers, the number of marks, context, and the logarithms of the marks' counts."""
        counts = np.diff(members.marks.indptr)[:, np.newaxis].astype(np.float32)
        blocks = [_one_hot(members.role, len(ROLES)), _one_hot(members.file_type, len(FILE_TYPES))]
        blocks.append(csr_matrix(np.hstack([members.numbers, counts])))
        if context is not None:
            blocks.append(context)
        blocks.append(_log_counts(members.marks[:, self.marks_]))
        if members.known_marks is not None:
            blocks.append(_log_counts(members.known_marks[:, self.marks_]))
        return hstack(blocks, format="csr", dtype=np.float32)


class WorstMember:
    """The part that two learners of members share: a release is as bad as its worst member.

    A fit sets `scorer_`, None where there was nothing to learn from, and `rest_`, the log-odds of a release without
    members. `files` are the names of the trees and of all else.
    """

    files: tuple[str, ...]
    scorer_: MemberScorer | None
    rest_: float

    def __init__(self, threads: int = 1) -> None:
        self.threads = threads

    def probabilities(self, rows: int, members: Members | None, context: csr_matrix | None = None) -> Floats:
        """Return the probability of each of so many releases, shape (n,): that of its worst member."""
        worst = np.full(rows, -np.inf)
        if members is not None and self.scorer_ is not None:
            self.scorer_.threads = self.threads
            np.maximum.at(worst, members.rows, self.scorer_.margins(members, context))
        worst[np.isneginf(worst)] = self.rest_
        return np.asarray(expit(worst))

    def save(self, folder: Path) -> None:
        """Write the trees of a member, and the score of a release without members."""
        arrays = {"rest": np.array([self.rest_])}
        if self.scorer_ is None:
            (folder / self.files[0]).write_bytes(b"")
        else:
            self.scorer_.booster_.save_model(folder / self.files[0])
            arrays |= self.scorer_.arrays()
        write_arrays(folder / self.files[1], arrays)

    def load(self, folder: Path) -> None:
        """Read what `save` wrote."""
        arrays = read_arrays(folder / self.files[1])
        self.rest_ = float(arrays["rest"][0])
        self.scorer_ = load_scorer(folder / self.files[0], arrays) if len(arrays) > 1 else None


def log_odds_without(labels: Labels, weights: Floats, row: Index) -> float:
    """Return the log-odds of label 1 among the rows without members, smoothed by one row of each label.

    `row` is the row of each member.
    """
    without = np.ones(len(labels), dtype=np.bool_)
    without[row] = False
    sums = [float(weights[without & (labels == label)].sum()) + 1.0 for label in (0, 1)]
    return float(np.log(sums[1] / sums[0]))


def load_scorer(trees: Path, arrays: Mapping[str, npt.NDArray[Any]]) -> MemberScorer:
    """Return a scorer from the file of its trees and its arrays."""
    scorer = MemberScorer()
    scorer.marks_ = arrays["marks"]
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


def _log_counts(matrix: csr_matrix) -> csr_matrix:
    result = matrix.astype(np.float32)
    result.data = np.log1p(result.data)
    return result


def _one_hot(codes: npt.NDArray[np.int8], number: int) -> csr_matrix:
    known = np.flatnonzero(codes >= 0)
    return csr_matrix((np.ones(len(known)), (known, codes[known])), shape=(len(codes), number))
