"""Scores change tables: the probability that a payload was put in, the verdict, and what changed."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, partial

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from model.change.frame import CHANGED_COLUMN, ChangeFrame, change_frame
from model.change.members import ChangeMembers
from model.change.stack import ChangeStack
from model.contract import ChangeCard, ModelCard
from model.errors import SchemaMismatchError
from model.floors import CHANGE_FLOORS, raise_scores
from model.frame import schema_identity
from model.member_scorer import is_worst
from model.members import Floats, Index, flat_structs, list_lengths, listed_marks
from model.reasons import (
    MEMBER_COLUMN,
    REASON_TYPE,
    Reason,
    column_reasons,
    floor_reasons,
    mark_names,
    member_words,
    reasons_array,
    strongest,
)
from model.scoring import assign_verdicts, column_meaning
from model.stack import log_odds
from model.thresholds import SCORE_DECIMALS

CHANGE_SCORE_SCHEMA = pa.schema(
    [
        pa.field("change_score", pa.float64()),
        pa.field("change_verdict", pa.string()),
        pa.field("change_reasons", pa.list_(REASON_TYPE)),
        pa.field("worst_member", pa.string()),
    ]
)
"""Schema of the tables that `ChangeModel.score` returns. `worst_member` is a path: hostile text, not escaped."""

NO_CHANGE_PART = "this model scores no changes: it was trained without labelled changes"
"""Reason why changes have no scores with a model that has no part for them."""

_BATCH = 2_048
_NEW_COLUMN = 2
"""Place of the number that says whether a changed member is new (see `read_changed`)."""


@dataclass(frozen=True, slots=True)
class ChangeModel:
    """The part of a model that scores changes; `stack` is None for a model without one, which gives no scores."""

    card: ModelCard
    stack: ChangeStack | None

    @property
    def missing(self) -> str:
        """Say why there are no scores; "" for a model that gives scores."""
        return "" if self.stack is not None and self.card.change is not None else NO_CHANGE_PART

    def score(self, table: pa.Table) -> pa.Table:
        """Return one row of `CHANGE_SCORE_SCHEMA` for each row of a change table, in its order.

        Without a part for changes every value is null. Rows below the review threshold have no reasons. Raises
        SchemaMismatchError for a table of another schema.
        """
        if self.stack is None or self.card.change is None:
            nulls = [pa.nulls(table.num_rows, field.type) for field in CHANGE_SCORE_SCHEMA]
            return pa.Table.from_arrays(nulls, schema=CHANGE_SCORE_SCHEMA)
        require_change_schema(table.schema, self.card.change.fingerprint)
        parts = [
            self._score_batch(table.slice(start, _BATCH), self.stack, self.card.change)
            for start in range(0, table.num_rows, _BATCH)
        ]
        return pa.concat_tables(parts) if parts else CHANGE_SCORE_SCHEMA.empty_table()

    def _score_batch(self, table: pa.Table, stack: ChangeStack, card: ChangeCard) -> pa.Table:
        frame = change_frame(table, card.columns, card.differences)
        predicted = stack.predict(frame).score
        scores, acts = raise_scores(CHANGE_FLOORS, card.floors, frame.members, predicted, card.points)
        scores = np.round(scores, SCORE_DECIMALS)
        margin = _member_margins(stack, frame)
        worst = np.flatnonzero(is_worst(margin, frame.members.rows))
        reasons: list[list[Reason]] = [[] for _ in range(len(frame))]
        flagged = np.flatnonzero(scores >= min(point.threshold for point in card.points))
        if len(flagged):
            raised = np.maximum(log_odds(scores) - log_odds(predicted), 0)
            found = _reasons(table, stack, frame.take(flagged), flagged)
            for row, of_row in zip(flagged.tolist(), found, strict=True):
                floors = floor_reasons(acts.get(row, ()), round(float(raised[row]), SCORE_DECIMALS))
                reasons[row] = strongest([*floors, *of_row])
        return pa.Table.from_arrays(
            [
                pa.array(scores, pa.float64()),
                pa.array(assign_verdicts(scores, card.points), pa.string()),
                reasons_array(reasons),
                _paths(table, frame, worst),
            ],
            schema=CHANGE_SCORE_SCHEMA,
        )


def require_change_schema(schema: pa.Schema, fingerprint: str) -> None:
    """Raise SchemaMismatchError unless a change table has this schema."""
    found = schema_identity(schema)[0]
    if found != fingerprint:
        raise SchemaMismatchError(found, fingerprint, ("changes",))


def _member_margins(stack: ChangeStack, frame: ChangeFrame) -> Floats:
    for learner in stack.learners_:
        if isinstance(learner, ChangeMembers):
            return learner.margins(frame)
    return np.zeros(len(frame.members))


def _reasons(table: pa.Table, stack: ChangeStack, frame: ChangeFrame, index: Index) -> list[list[Reason]]:
    """Return the reasons of flagged rows: their columns, their differences and what their worst changed member does."""
    every = np.round(stack.contributions(frame), SCORE_DECIMALS)
    # A difference that is not there is nothing to look at, though its absence may speak.
    every[:, len(frame.columns) :][frame.differences.toarray() == 0] = 0.0
    names = (*frame.columns, *frame.names)
    values = np.hstack([frame.dense.astype(np.float64), frame.differences.toarray().astype(np.float64)])
    reasons = [
        column_reasons(terms, row, names, partial(_meaning, table, frame, row))
        for terms, row in zip(every, values, strict=True)
    ]
    for learner, coefficient in zip(stack.learners_, stack.coefficients_, strict=True):
        if isinstance(learner, ChangeMembers) and learner.scorer_ is not None and len(frame.members):
            marks = listed_marks(table.column(CHANGED_COLUMN).take(pa.array(index)), "new_marks")
            margin = learner.margins(frame)
            worst = np.flatnonzero(is_worst(margin, frame.members.rows))
            part, rows = frame.members.take(worst), frame.members.rows[worst]
            for place, row in enumerate(rows.tolist()):
                present = mark_names(part, place, marks)
                terms = learner.mark_contributions(frame, int(worst[place]), present)
                state = "new" if part.numbers[place, _NEW_COLUMN] else "changed"
                words = f"a {state} {member_words(part, place, terms, present)}"
                added = float(coefficient) * (float(margin[worst[place]]) - learner.rest_)
                reasons[row].append(Reason(MEMBER_COLUMN, words, None, round(added, SCORE_DECIMALS)))
    return reasons


def _meaning(table: pa.Table, frame: ChangeFrame, row: Floats, place: int) -> str:
    """Return the meaning of a dense column, or of a difference in its direction."""
    if place < len(frame.columns):
        return column_meaning(table.schema, frame.columns[place])
    name = frame.names[place - len(frame.columns)]
    direction = "more" if row[place] > 0 else "less"
    return f"{direction} than its base: {_feature_meanings().get(name, name)}"


@cache
def _feature_meanings() -> Mapping[str, str]:
    # Imported here: the groups load a pattern compiler, which the scores need not.
    from features.schema import feature_columns  # noqa: PLC0415

    return {column.name: column.meaning for column in feature_columns()}


def _paths(table: pa.Table, frame: ChangeFrame, worst: Index) -> pa.Array:
    """Return the path of the worst changed member of each row, null where none is judged or the table has no paths."""
    whole, flat = flat_structs(table.column(CHANGED_COLUMN))
    if flat.type.get_field_index("path") < 0:
        return pa.nulls(len(frame), pa.string())
    lengths = list_lengths(whole)
    offsets = np.cumsum(lengths) - lengths
    rows = frame.members.rows[worst]
    place = np.full(len(frame), -1, dtype=np.int64)
    place[rows] = offsets[rows] + frame.members.position[worst]
    return pc.struct_field(flat, "path").take(pa.array(place, mask=place < 0))
