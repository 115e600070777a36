"""Scores feature tables with a fitted model: scores, verdicts and the reasons for them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from model.contract import ModelCard, OperatingPoint, Verdict
from model.floors import FLOORS, raise_scores
from model.frame import TOKENS_COLUMN, Frame, require_schema, table_frame
from model.learners.linear_tokens import LinearTokens
from model.learners.members import MemberLearner
from model.member_scorer import is_worst
from model.members import MEMBERS_COLUMN, Index, listed_marks
from model.reasons import (
    REASON_TYPE,
    Reason,
    column_reasons,
    floor_reasons,
    mark_names,
    member_words,
    reasons_array,
    strongest,
)
from model.stack import Floats, Stack, log_odds
from model.thresholds import SCORE_DECIMALS
from model.words import WORDS_NAMED, words_meaning

_BATCH = 2_048
"""Rows scored together, which bounds the memory of the matrices for a table of any size."""


def score_schema(learners: Sequence[str]) -> pa.Schema:
    """Return the schema of the tables that `Model.score` returns for learners of these names."""
    of_learners = [pa.field(f"score_{name}", pa.float64()) for name in learners]
    return pa.schema(
        [
            pa.field("score", pa.float64()),
            pa.field("verdict", pa.string()),
            *of_learners,
            pa.field("reasons", pa.list_(REASON_TYPE)),
        ]
    )


@dataclass(frozen=True, slots=True)
class Model:
    """A stack and its card. The score of a row depends on that row alone.

    `words` are texts of code tokens by their 20-bit hash.
    """

    stack: Stack
    card: ModelCard
    words: Mapping[int, str] = field(default_factory=dict)

    @property
    def review_threshold(self) -> float:
        """The lowest threshold: scores at or above it are for a person to review."""
        return min(point.threshold for point in self.card.points)

    def score(self, table: pa.Table) -> pa.Table:
        """Return one row for each row of a feature table, in its order.

        Columns: `score` (null where unreadable), `verdict`, `score_<learner>`, and `reasons`: what raised the score
        most, with its contribution in log-odds. Rows below the review threshold have no reasons. Raises
        SchemaMismatchError for a table of another schema.
        """
        require_schema(table.schema, self.card.fingerprint, self.card.groups)
        parts = [self._score_batch(table.slice(start, _BATCH)) for start in range(0, table.num_rows, _BATCH)]
        return pa.concat_tables(parts) if parts else score_schema(self.card.learners).empty_table()

    def _score_batch(self, table: pa.Table) -> pa.Table:
        readable = pc.fill_null(pc.not_equal(table["status"], "unreadable"), False).to_numpy(zero_copy_only=False)
        index = np.flatnonzero(readable)
        frame = table_frame(table, self.card.columns)
        if len(index) < len(frame):
            frame = frame.take(index)
        predicted = self.stack.predict(frame)
        scores, acts = raise_scores(FLOORS, self.card.floors, frame.members, predicted.score, self.card.points)
        scores = np.round(scores, SCORE_DECIMALS)
        verdicts = np.full(table.num_rows, Verdict.UNREADABLE.value, dtype=object)
        verdicts[index] = assign_verdicts(scores, self.card.points)
        columns = [_scatter(scores, index, table.num_rows), pa.array(verdicts, pa.string())]
        columns += [
            _scatter(np.round(predicted.learners[:, position], SCORE_DECIMALS), index, table.num_rows)
            for position in range(len(self.card.learners))
        ]
        raised = np.maximum(log_odds(scores) - log_odds(predicted.score), 0)
        reasons: list[list[Reason]] = [[] for _ in range(table.num_rows)]
        flagged = np.flatnonzero(scores >= self.review_threshold)
        if len(flagged):
            found = self._reasons(table, index[flagged], frame.take(flagged))
            for row, of_row in zip(flagged.tolist(), found, strict=True):
                floors = floor_reasons(acts.get(row, ()), round(float(raised[row]), SCORE_DECIMALS))
                reasons[index[row]] = strongest([*floors, *of_row])
        columns.append(reasons_array(reasons))
        return pa.Table.from_arrays(columns, schema=score_schema(self.card.learners))

    def _reasons(self, table: pa.Table, index: Index, frame: Frame) -> list[list[Reason]]:
        """Return the reasons of flagged rows: columns, telling words and the worst member; `index` are their places."""
        every = np.round(self.stack.contributions(frame), SCORE_DECIMALS)
        names = self.card.columns
        values = frame.dense.astype(np.float64)
        reasons = [
            column_reasons(terms[:-1], row, names, lambda place: column_meaning(table.schema, names[place]))
            for terms, row in zip(every, values, strict=True)
        ]
        for learner, coefficient in zip(self.stack.learners_, self.stack.coefficients_, strict=True):
            if isinstance(learner, LinearTokens):
                telling = learner.telling(frame, WORDS_NAMED)
                for of_row, tokens, term in zip(reasons, telling, every[:, -1].tolist(), strict=True):
                    of_row.append(Reason(TOKENS_COLUMN, words_meaning(tokens, self.words), None, term))
            elif isinstance(learner, MemberLearner) and frame.members is not None:
                marks = listed_marks(table.column(MEMBERS_COLUMN).take(pa.array(index)))
                for row, words, term in _worst_members(learner, frame, marks):
                    added = round(float(coefficient) * term, SCORE_DECIMALS)
                    reasons[row].append(Reason(MEMBERS_COLUMN, f"a {words}", None, added))
        return reasons


def _worst_members(learner: MemberLearner, frame: Frame, marks: Sequence[str]) -> list[tuple[int, str, float]]:
    """Return (row, words, log-odds above those of a release without marked members) for the worst member of rows."""
    members, scorer = frame.members, learner.scorer_
    if members is None or scorer is None or not len(members):
        return []
    margin = scorer.margins(members)
    worst = np.flatnonzero(is_worst(margin, members.rows))
    rows = members.rows[worst]
    part = members.take(worst)
    found = []
    for place in range(len(worst)):
        present = mark_names(part, place, marks)
        terms = scorer.mark_contributions(part.take(np.array([place])), present)[0]
        words = member_words(part, place, terms, present)
        found.append((int(rows[place]), words, float(margin[worst[place]]) - learner.rest_))
    return found


def assign_verdicts(scores: Floats, points: Sequence[OperatingPoint]) -> npt.NDArray[np.object_]:
    """Return the verdict of each score, shape (n,): that of the highest threshold which it reaches."""
    verdicts = np.full(len(scores), Verdict.CLEAR.value, dtype=object)
    for point in sorted(points, key=lambda point: point.threshold):
        verdicts[scores >= point.threshold] = point.verdict.value
    return verdicts


def column_meaning(schema: pa.Schema, name: str) -> str:
    """Return the meaning of a feature column from its metadata, or its name where it has none."""
    metadata = schema.field(name).metadata or {}
    return str(metadata.get(b"meaning", name.encode()).decode())


def _scatter(values: Floats, index: Index, rows: int) -> pa.Array:
    """Return an array of `rows` entries with values at `index` and null elsewhere."""
    full = np.zeros(rows)
    mask = np.ones(rows, dtype=np.bool_)
    full[index], mask[index] = values, False
    return pa.array(full, pa.float64(), mask=mask)
