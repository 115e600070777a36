"""Provides the differences of the feature columns."""

from collections.abc import Mapping
from functools import cache

import numpy as np
import pyarrow as pa

from features.schema import feature_columns
from jobs.changes.contract import Values, dense
from jobs.changes.pairs import Pairs
from jobs.changes.ragged import Floats, whole

DIFFERENCES = "differences"
"""Column with the difference of each feature column that differs, by its name."""


@cache
def column_names() -> pa.Array:
    """Return the names of the feature columns, in the order of the schema."""
    return pa.array([column.name for column in feature_columns()])


class DifferencesPart:
    """Value of the artifact less that of its base, for each feature column; a value that is missing counts as 0."""

    name = "differences"
    version = "1"
    fields = (
        dense("change_columns", pa.int32(), "the number of its figures that differ from its base's"),
        pa.field(DIFFERENCES, pa.map_(pa.string(), pa.float32())),
    )

    def compute(self, pairs: Pairs) -> Mapping[str, Values]:
        """Return the values of the columns."""
        difference = (_numbers(pairs.rows) - _numbers(pairs.bases)).astype(np.float32)
        rows, columns = np.nonzero(difference.T)
        offsets = np.searchsorted(rows, np.arange(len(pairs) + 1)).astype(np.int32)
        keys = column_names().take(pa.array(columns))
        values = pa.array(difference[columns, rows])
        return {
            "change_columns": np.diff(offsets),
            DIFFERENCES: pa.MapArray.from_arrays(pa.array(offsets), keys, values),
        }


def _numbers(table: pa.Table) -> Floats:
    """Return the feature columns as doubles, one row of the result for each column; what is missing is 0."""
    numbers = np.empty((len(column_names()), table.num_rows))
    for at, name in enumerate(column_names().to_pylist()):
        array = whole(table.column(name))
        numbers[at] = (array.cast(pa.int8()) if array.type == pa.bool_() else array).to_numpy(zero_copy_only=False)
    return np.nan_to_num(numbers, copy=False, nan=0, posinf=0, neginf=0)
