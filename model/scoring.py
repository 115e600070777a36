"""Scores feature tables with a fitted model: scores, verdicts and the reasons for them."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from model.contract import ModelCard, OperatingPoint, Verdict
from model.frame import TOKENS_COLUMN, Frame, Index, require_schema, table_frame
from model.stack import Floats, Stack
from model.thresholds import SCORE_DECIMALS

MAX_REASONS = 8
"""Most columns that are named as reasons for one score."""

TOKENS_MEANING = "vocabulary of its code"
"""Meaning of the reason for what the code tokens contribute."""

REASON_TYPE = pa.struct(
    [
        pa.field("column", pa.string()),
        pa.field("meaning", pa.string()),
        pa.field("value", pa.float64()),
        pa.field("contribution", pa.float64()),
    ]
)

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
    """A stack and its card. The score of a row depends on that row alone."""

    stack: Stack
    card: ModelCard

    @property
    def review_threshold(self) -> float:
        """The lowest threshold: scores at or above it are for a person to review."""
        return min(point.threshold for point in self.card.points)

    def score(self, table: pa.Table) -> pa.Table:
        """Return one row for each row of a feature table, in its order.

        Columns: `score` (null where unreadable), `verdict`, `score_<learner>`, and `reasons`: the columns that raised
        the score most, with their contribution in log-odds. Rows below the review threshold have no reasons. Raises
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
        scores = np.round(predicted.score, SCORE_DECIMALS)
        verdicts = np.full(table.num_rows, Verdict.UNREADABLE.value, dtype=object)
        verdicts[index] = assign_verdicts(scores, self.card.points)
        columns = [_scatter(scores, index, table.num_rows), pa.array(verdicts, pa.string())]
        columns += [
            _scatter(np.round(predicted.learners[:, position], SCORE_DECIMALS), index, table.num_rows)
            for position in range(len(self.card.learners))
        ]
        columns.append(self._reasons(table, frame, index, scores))
        return pa.Table.from_arrays(columns, schema=score_schema(self.card.learners))

    def _reasons(self, table: pa.Table, frame: Frame, index: Index, scores: Floats) -> pa.Array:
        """Return the reasons of each row of a table; `frame` and `scores` are of its readable rows, `index`."""
        flagged = np.flatnonzero(scores >= self.review_threshold)
        lengths = np.zeros(table.num_rows, dtype=np.int32)
        chosen: list[int] = []
        values: Floats = np.zeros(0)
        contributions: Floats = np.zeros(0)
        if len(flagged):
            part = frame.take(flagged)
            every = np.round(self.stack.contributions(part), SCORE_DECIMALS)
            top = np.argsort(-every, axis=1, kind="stable")[:, :MAX_REASONS]
            highest = np.take_along_axis(every, top, axis=1)
            kept = highest > 0
            lengths[index[flagged]] = kept.sum(axis=1)
            # The tokens have no single value.
            padded = np.column_stack([part.dense.astype(np.float64), np.full(len(part), np.nan)])
            chosen, contributions = top[kept].tolist(), highest[kept]
            values = np.take_along_axis(padded, top, axis=1)[kept]
        names = [*self.card.columns, TOKENS_COLUMN]
        meanings = {position: column_meaning(table.schema, names[position]) for position in set(chosen)}
        meanings[len(names) - 1] = TOKENS_MEANING
        reasons = pa.StructArray.from_arrays(
            [
                pa.array([names[position] for position in chosen], pa.string()),
                pa.array([meanings[position] for position in chosen], pa.string()),
                pa.array(values, pa.float64(), mask=np.isnan(values)),
                pa.array(contributions, pa.float64()),
            ],
            fields=list(REASON_TYPE),
        )
        starts = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int32)
        return pa.ListArray.from_arrays(pa.array(starts), reasons)


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
