"""A fitted model over a feature table: scores, verdicts and the reasons for them."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from model.contract import ModelCard, OperatingPoint, Verdict
from model.frame import TOKENS_COLUMN, Frame, require_schema, table_frame
from model.stack import Stack
from model.thresholds import SCORE_DECIMALS

MAX_REASONS = 8
"""Columns named as reasons for one row, at most."""

TOKENS_MEANING = "vocabulary of its code"
"""What the linear token learner's share is called."""

REASON_TYPE = pa.struct(
    [
        pa.field("column", pa.string()),
        pa.field("meaning", pa.string()),
        pa.field("value", pa.float64()),
        pa.field("contribution", pa.float64()),
    ]
)

_BATCH = 2_048
"""Rows scored at once: bounds the memory of the matrices whatever the size of the table."""


def score_schema(learners: Sequence[str]) -> pa.Schema:
    """Return the schema of `Model.score` for learners of these names."""
    each = [pa.field(f"score_{name}", pa.float64()) for name in learners]
    return pa.schema(
        [
            pa.field("score", pa.float64()),
            pa.field("verdict", pa.string()),
            *each,
            pa.field("reasons", pa.list_(REASON_TYPE)),
        ]
    )


@dataclass(frozen=True, slots=True)
class Model:
    """A stack and its card. The score of a row depends on that row alone."""

    stack: Stack
    card: ModelCard

    @property
    def review(self) -> float:
        """The lowest threshold: a row at or above it is for a person to look at."""
        return min(point.threshold for point in self.card.points)

    def score(self, table: pa.Table) -> pa.Table:
        """Return one row for each row of a feature table, in its order.

        Columns: `score` (null where unreadable), `verdict`, `score_<learner>`, and `reasons`: the columns
        that moved the score up most, in log-odds, for rows at or above the review threshold, else empty.
        Raises SchemaMismatchError for a table of another schema.
        """
        require_schema(table.schema, self.card.fingerprint, self.card.groups)
        parts = [self._score(table.slice(at, _BATCH)) for at in range(0, table.num_rows, _BATCH)]
        schema = score_schema(self.card.learners)
        return pa.concat_tables(parts) if parts else schema.empty_table()

    def _score(self, table: pa.Table) -> pa.Table:
        readable = pc.fill_null(pc.not_equal(table["status"], "unreadable"), False).to_numpy(zero_copy_only=False)
        index = np.flatnonzero(readable)
        frame = table_frame(table, self.card.columns)
        if len(index) < len(frame):
            frame = frame.take(index)
        said = self.stack.predict(frame)
        scores = np.round(said.score, SCORE_DECIMALS)
        verdicts = np.full(table.num_rows, Verdict.UNREADABLE.value, dtype=object)
        verdicts[index] = assign_verdicts(scores, self.card.points)
        columns = [_spread(scores, index, table.num_rows), pa.array(verdicts, pa.string())]
        columns += [
            _spread(np.round(said.learners[:, position], SCORE_DECIMALS), index, table.num_rows)
            for position in range(len(self.card.learners))
        ]
        columns.append(self._reasons(table, frame, index, scores))
        return pa.Table.from_arrays(columns, schema=score_schema(self.card.learners))

    def _reasons(
        self, table: pa.Table, frame: Frame, index: npt.NDArray[np.int64], scores: npt.NDArray[np.float64]
    ) -> pa.Array:
        high = np.flatnonzero(scores >= self.review)
        lengths = np.zeros(table.num_rows, dtype=np.int32)
        chosen: list[int] = []
        values: npt.NDArray[np.float64] = np.zeros(0)
        shares: npt.NDArray[np.float64] = np.zeros(0)
        if len(high):
            part = frame.take(high)
            moved = np.round(self.stack.contributions(part), SCORE_DECIMALS)
            top = np.argsort(-moved, axis=1, kind="stable")[:, :MAX_REASONS]
            share = np.take_along_axis(moved, top, axis=1)
            kept = share > 0
            lengths[index[high]] = kept.sum(axis=1)
            # The tokens' share has no single value of its own.
            padded = np.column_stack([part.dense.astype(np.float64), np.full(len(part), np.nan)])
            chosen, shares = top[kept].tolist(), share[kept]
            values = np.take_along_axis(padded, top, axis=1)[kept]
        names = [*self.card.columns, TOKENS_COLUMN]
        meanings = {at: column_meaning(table.schema, names[at]) for at in set(chosen)} | {
            len(names) - 1: TOKENS_MEANING
        }
        entries = pa.StructArray.from_arrays(
            [
                pa.array([names[at] for at in chosen], pa.string()),
                pa.array([meanings[at] for at in chosen], pa.string()),
                pa.array(values, pa.float64(), mask=np.isnan(values)),
                pa.array(shares, pa.float64()),
            ],
            fields=list(REASON_TYPE),
        )
        starts = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int32)
        return pa.ListArray.from_arrays(pa.array(starts), entries)


def assign_verdicts(scores: npt.NDArray[np.float64], points: Sequence[OperatingPoint]) -> npt.NDArray[np.object_]:
    """Return the verdict of each score."""
    verdicts = np.full(len(scores), Verdict.CLEAR.value, dtype=object)
    for point in sorted(points, key=lambda point: point.threshold):
        verdicts[scores >= point.threshold] = point.verdict.value
    return verdicts


def column_meaning(schema: pa.Schema, name: str) -> str:
    """Return the sentence of a feature column, or its name where the table has none."""
    metadata = schema.field(name).metadata or {}
    return str(metadata.get(b"meaning", name.encode()).decode())


def _spread(values: npt.NDArray[np.float64], index: npt.NDArray[np.int64], rows: int) -> pa.Array:
    """Return values at their rows and null elsewhere."""
    full = np.zeros(rows)
    mask = np.ones(rows, dtype=np.bool_)
    full[index], mask[index] = values, False
    return pa.array(full, pa.float64(), mask=mask)
