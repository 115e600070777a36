from datetime import UTC, datetime

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from features.contract import Artifact, Dtype, Evidence, Kind, Role, Row, Scalar, Status
from features.schema import feature_columns, feature_schema, rows_table
from jobs.packing import packed_table, wide_table
from jobs.store import read_part, write_part

VALUES = {
    Dtype.BOOL: st.none() | st.booleans(),
    Dtype.INT32: st.none() | st.integers(-(2**31), 2**31 - 1),
    Dtype.INT64: st.none() | st.integers(-(2**63), 2**63 - 1),
    Dtype.FLOAT32: st.none() | st.floats(width=32, allow_nan=False),
}


COLUMNS = feature_columns()
NOTHING: dict[str, Scalar] = {column.name: False if column.dtype is Dtype.BOOL else 0 for column in COLUMNS}
VALUE = st.sampled_from(range(len(COLUMNS))).flatmap(
    lambda at: st.tuples(st.just(COLUMNS[at].name), VALUES[COLUMNS[at].dtype])
)


def some_row(number: int, found: list[tuple[str, Scalar]], path_is_digest: bool) -> tuple[Artifact, Row]:
    """Return a row whose features say nothing but what is found; all null where nothing is."""
    artifact = Artifact(f"p{number}", f"f{number}", number, blake2b_256="b" if path_is_digest else "")
    values = NOTHING | dict(found) if found else {}
    return artifact, Row(Status.OK, "", Kind.SDIST, "5" * 64, "b" * 64, values=values)


FULL = (
    Artifact("p", "f", 2**40, "n", "1", Kind.WHEEL, "b" * 64, datetime(2026, 1, 2, tzinfo=UTC), listed=True, yanked=False),
    Row(
        Status.PARTIAL,
        "said",
        Kind.WHEEL,
        "5" * 64,
        "c" * 64,
        tokens=(7, 3),
        members=(b"m" * 16,),
        evidence=(Evidence("a.py", 3, "exec", Role.IMPORT, "exec(x)\udcff".encode("ascii", "replace").decode(), 0.5),),
        limits=("members",),
        requires=("six",),
    ),
)  # fmt: skip


@settings(max_examples=20, deadline=None)
@given(st.lists(st.tuples(st.lists(VALUE, max_size=5), st.booleans()), max_size=5))
def test_what_was_packed_is_the_feature_table_again(said):
    rows = [some_row(number, *row) for number, row in enumerate(said)]
    assert rows_table(rows).equals(wide_table(packed_table(rows)))


def test_every_other_column_survives_too_and_through_a_file(tmp_path):
    packed = read_part(write_part(tmp_path, "unit-a.parquet", packed_table([FULL])), None)
    assert rows_table([FULL]).equals(wide_table(packed))
    assert feature_schema().equals(wide_table(packed).schema, check_metadata=True)


def test_several_below_one_another(tmp_path):
    other = (Artifact("q", "g", 1), Row(Status.UNREADABLE, "no archive", Kind.UNKNOWN, "", ""))
    tables = [packed_table(rows) for rows in ([FULL], [], [other, FULL])]
    assert rows_table([FULL, other, FULL]).equals(wide_table(pa.concat_tables(tables)))


def test_a_value_that_its_column_cannot_hold_is_an_error():
    column = next(column for column in feature_columns() if column.dtype is Dtype.INT32)
    row = Row(Status.OK, "", Kind.SDIST, "5" * 64, "b" * 64, values={column.name: 2**31})
    with pytest.raises(pa.ArrowInvalid):
        packed_table([(FULL[0], row)])


def test_it_has_few_columns():
    assert 40 > packed_table([FULL]).num_columns
