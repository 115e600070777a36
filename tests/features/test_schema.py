from datetime import UTC, datetime

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from features.contract import (
    Artifact,
    DeclaredEntryPoint,
    DeclaredFields,
    Dtype,
    Evidence,
    FileType,
    HostKind,
    HostUse,
    Kind,
    ListedMember,
    Mark,
    Requirement,
    Role,
    Row,
    Scalar,
    Status,
)
from features.schema import feature_columns, feature_schema, packed_table, rows_table, wide_table

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
    """Return a row with the found features, all others 0; all null if none are found."""
    artifact = Artifact(f"p{number}", f"f{number}", number, blake2b_256="b" if path_is_digest else "")
    values = NOTHING | dict(found) if found else {}
    return artifact, Row(Status.OK, "", Kind.SDIST, "5" * 64, "b" * 64, values=values)


FULL = (
    Artifact("p", "f", 2**40, "n", "1", Kind.WHEEL, "b" * 64, datetime(2026, 1, 2, tzinfo=UTC), listed=True, yanked=False),
    Row(
        Status.PARTIAL,
        "said",
        Kind.SDIST,
        "5" * 64,
        "c" * 64,
        tokens=(7, 3),
        members=(
            ListedMember("a.py", b"m" * 16, Role.IMPORT, FileType.PYTHON, 2**40, (Mark("exec", 2),), (1 << 20,)),
            ListedMember("b", b"n" * 16, Role.REST, FileType.BINARY, 0),
        ),
        evidence=(Evidence("a.py", 3, "exec", Role.IMPORT, "exec(x)", 0.5, "x = 1\nexec(x)", 2),),
        place_keys=(2**64 - 1, 0),
        hosts=(HostUse("192.0.2.7", HostKind.IPV4, "a.py", 3, Role.IMPORT, 2),),
        limits=("members",),
        requires=(Requirement("six", ">=1"), Requirement("", ":::")),
        entry_points=(DeclaredEntryPoint("console_scripts", "six", "six:main"),),
        declared=DeclaredFields(author="A", build_backend="hatchling"),
    ),
)  # fmt: skip
SAID = {
    "project": "n",
    "version": "1",
    "filename": "f",
    "kind": "sdist",
    "path": "p",
    "sha256": "5" * 64,
    "blake2b_256": "c" * 64,
    "size": 2**40,
    "status": "partial",
    "reason": "said",
    "context_upload_time": datetime(2026, 1, 2, tzinfo=UTC),
    "context_listed": True,
    "context_yanked": False,
    "context_digest_matches": False,
    "code_tokens": [3, 7],
    "members": [
        {
            "path": "a.py",
            "digest": b"m" * 16,
            "role": "import",
            "file_type": "python",
            "size": 2**40,
            "marks": [{"id": "exec", "count": 2}],
            "tokens": [1 << 20],
        },
        {"path": "b", "digest": b"n" * 16, "role": "rest", "file_type": "binary", "size": 0, "marks": [], "tokens": []},
    ],
    "evidence": [
        {
            "member": "a.py",
            "line": 3,
            "indicator": "exec",
            "role": "import",
            "excerpt": "exec(x)",
            "weight": 0.5,
            "context": "x = 1\nexec(x)",
            "context_line": 2,
        }
    ],
    "place_keys": [2**64 - 1, 0],
    "hosts": [{"host": "192.0.2.7", "kind": "ipv4", "member": "a.py", "line": 3, "role": "import", "count": 2}],
    "limits": ["members"],
    "requires": [
        {"name": "six", "specifier": ">=1", "extra": "", "marker": "", "url": ""},
        {"name": "", "specifier": ":::", "extra": "", "marker": "", "url": ""},
    ],
    "entry_points": [{"group": "console_scripts", "name": "six", "target": "six:main"}],
    "declared": {
        "author": "A",
        "author_email": "",
        "maintainer": "",
        "maintainer_email": "",
        "home_page": "",
        "build_backend": "hatchling",
        "metadata_version": "",
    },
}


@pytest.mark.slow
@settings(max_examples=20, deadline=None)
@given(st.lists(st.tuples(st.lists(VALUE, max_size=5), st.booleans()), max_size=5))
def test_every_feature_stands_in_its_column_and_row(said):
    rows = [some_row(number, *row) for number, row in enumerate(said)]
    table = rows_table(rows)
    assert feature_schema().equals(table.schema, check_metadata=True)
    for column in COLUMNS:
        assert [row.values.get(column.name) for _, row in rows] == table[column.name].to_pylist()
    assert [artifact.path for artifact, _ in rows] == table["path"].to_pylist()
    assert [True if artifact.blake2b_256 else None for artifact, _ in rows] == [
        None if matches is None else not matches for matches in table["context_digest_matches"].to_pylist()
    ]


def test_every_other_column_says_what_the_artifact_and_its_row_say():
    (row,) = rows_table([FULL]).to_pylist()
    assert SAID == {name: value for name, value in row.items() if name not in {column.name for column in COLUMNS}}


def test_a_packed_table_has_few_columns_and_survives_a_file_beside_others(tmp_path):
    other = (Artifact("q", "g", 1), Row(Status.UNREADABLE, "no archive", Kind.UNKNOWN, "", ""))
    read = []
    for name, rows in (("a", [FULL]), ("b", []), ("c", [other, FULL])):
        packed = packed_table(rows)
        assert 40 > packed.num_columns
        # As parts are written: without Arrow's own word for a list of one length.
        pq.write_table(packed, tmp_path / name, store_schema=False)
        read.append(pq.read_table(tmp_path / name))
    assert rows_table([FULL, other, FULL]).equals(wide_table(pa.concat_tables(read)))


def test_a_value_that_its_column_cannot_hold_is_an_error():
    column = next(column for column in COLUMNS if column.dtype is Dtype.INT32)
    row = Row(Status.OK, "", Kind.SDIST, "5" * 64, "b" * 64, values={column.name: 2**31})
    with pytest.raises(pa.ArrowInvalid):
        rows_table([(FULL[0], row)])
