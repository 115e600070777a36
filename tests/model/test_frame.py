import json

import numpy as np
import pyarrow as pa
import pytest

from model.errors import SchemaMismatchError, TrainingDataError
from model.frame import feature_names, require_schema, schema_identity, table_frame
from model.members import TOKEN_SPACE

MEANS = {"meaning": "x"}


def small_table() -> pa.Table:
    return pa.table(
        {
            "a_flag": pa.array([True, False, None]),
            "a_count": pa.array([2**40, None, -1], pa.int64()),
            "a_share": pa.array([float("inf"), 0.5, float("nan")], pa.float32()),
            "code_tokens": pa.array([[5, 5, TOKEN_SPACE - 1], None, []], pa.list_(pa.uint32())),
        }
    )


def test_null_and_infinity_are_nan_and_tokens_count_once() -> None:
    frame = table_frame(small_table(), ("a_count", "a_flag", "a_share"))
    expected = np.array([[2**40, 1, np.nan], [np.nan, 0, 0.5], [-1, np.nan, np.nan]], np.float32)
    np.testing.assert_array_equal(expected, frame.dense)
    assert frame.tokens.indices.tolist() == [5, TOKEN_SPACE - 1]
    assert frame.tokens.data.tolist() == [1.0, 1.0]
    assert frame.tokens.indptr.tolist() == [0, 2, 2, 2]


def test_columns_are_found_by_name_and_chunks_do_not_matter() -> None:
    whole = small_table()
    chunked = pa.concat_tables([whole.slice(0, 1), whole.slice(1)]).select(whole.column_names[::-1])
    one, other = (table_frame(t, ("a_flag", "a_share")) for t in (whole, chunked))
    np.testing.assert_array_equal(one.dense, other.dense)
    np.testing.assert_array_equal(one.tokens.toarray()[:, :9], other.tokens.toarray()[:, :9])


def test_a_missing_column_is_named() -> None:
    with pytest.raises(TrainingDataError, match="columns missing: a_gone"):
        table_frame(small_table(), ("a_gone",))


def test_features_are_the_columns_that_say_what_they_mean() -> None:
    schema = pa.schema([pa.field("path", pa.string()), pa.field("a_x", pa.int32(), metadata=MEANS)])
    assert feature_names(schema) == ("a_x",)


def test_a_mismatch_names_the_groups_that_changed() -> None:
    theirs = {"code": "2", "files": "1", "native": "9"}
    schema = pa.schema([], metadata={"fingerprint": "new", "groups": json.dumps(theirs)})
    with pytest.raises(SchemaMismatchError) as caught:
        require_schema(schema, "old", (("code", "1"), ("files", "1"), ("text", "3")))
    assert caught.value.groups == ("code", "text", "native")
    assert "changed: code, text, native" in str(caught.value)
    assert "boojum train" in caught.value.hint


def test_a_table_without_a_fingerprint_is_of_no_schema() -> None:
    assert schema_identity(pa.schema([])) == ("", {})
    with pytest.raises(SchemaMismatchError, match="not stated"):
        require_schema(pa.schema([]), "old", ())
