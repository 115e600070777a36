import hashlib
from collections import Counter
from datetime import UTC, datetime

import duckdb
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobs.mirror.inventory import (
    COMPACT,
    SCHEMA,
    artifact_paths,
    expand,
    package_path,
    package_path_digest,
    register,
    sort_rows,
)

NAMES = st.sampled_from(["a-1.0.tar.gz", "a-1.0-py3-none-any.whl", "b-2.zip", "'quoted'\\x.zip", "ü-1.zip"])
WORDS = st.sampled_from(["", "a", "b-c", "zeta", "ü"])
ROWS = st.lists(
    st.fixed_dictionaries(
        {
            "digest": st.none() | st.integers(0, 9).map(lambda n: hashlib.sha256(bytes([n])).digest()),
            "folder": st.sampled_from(["", "packages", "packages/odd/place"]),
            "filename": NAMES,
            "size": st.integers(0, 9),
            "project": WORDS,
            "version": WORDS,
            "kind": WORDS,
            "upload_time": st.none() | st.just(datetime(2026, 1, 1, tzinfo=UTC)),
            "listed": st.none() | st.booleans(),
            "yanked": st.none() | st.booleans(),
        }
    ).map(lambda row: {**row, "folder": row["folder"] if row["digest"] is None else None}),
    max_size=12,
)


def compact(rows: list[dict], pieces: int = 1) -> pa.Table:
    cut = range(0, len(rows) + 1, max(1, len(rows) // pieces))
    parts = [pa.Table.from_pylist(rows[at : at + max(1, len(rows) // pieces)], schema=COMPACT) for at in cut]
    return pa.concat_tables(parts)


def columns_of(rows: pa.Table) -> dict[str, pa.ChunkedArray]:
    return dict(zip(rows.column_names, rows.columns, strict=True))


def path(row: dict) -> str:
    if row["digest"] is None:
        return "/".join(part for part in (row["folder"], row["filename"]) if part)
    digest = row["digest"].hex()
    return f"packages/{digest[:2]}/{digest[2:4]}/{digest[4:]}/{row['filename']}"


def wide(row: dict) -> dict:
    digest = "" if row["digest"] is None else row["digest"].hex()
    made = {**row, "path": path(row), "blake2b_256": digest}
    return {name: made[name] for name in SCHEMA.names}


DIGEST = hashlib.blake2b(b"1", digest_size=32)


def test_a_path_contains_the_digest_and_gives_it_back():
    path = package_path(DIGEST.hexdigest(), "a-1.0.tar.gz")
    assert f"packages/{DIGEST.hexdigest()[:2]}/{DIGEST.hexdigest()[2:4]}/" == path[:15]
    assert DIGEST.digest() == package_path_digest(path)


@pytest.mark.parametrize(
    "path",
    [
        package_path("0" * 63, "a.zip"),
        package_path("0" * 65, "a.zip"),
        package_path("A" * 64, "a.zip"),
        package_path("0" * 64, ""),
        package_path("0" * 64, "folder/a.zip"),
        "web/" + package_path("0" * 64, "a.zip"),
        "packages/source/a/a/a.zip",
    ],
)
def test_any_other_path_contains_no_digest(path):
    assert package_path_digest(path) is None


@given(ROWS)
def test_compact_rows_expand_to_the_full_rows(rows):
    assert [wide(row) for row in rows] == expand(compact(rows)).to_pylist()
    assert expand(compact(rows)).schema == SCHEMA
    assert [path(row) for row in rows] == artifact_paths(compact(rows))
    assert expand(expand(compact(rows))).equals(expand(compact(rows)))


@pytest.mark.slow
@given(ROWS)
def test_sql_sees_the_same_rows(rows):
    with duckdb.connect() as connection:
        register(connection, "i", compact(rows))
        register(connection, "whole", expand(compact(rows)))
        names = ", ".join(SCHEMA.names)
        both = [connection.sql(f"SELECT {names} FROM {view}").to_arrow_table() for view in ("i", "whole")]
    assert both[1].equals(both[0])


@given(ROWS, st.integers(1, 5))
def test_sorted_by_project_version_filename_and_path_however_it_was_cut(rows, pieces):
    found = sort_rows(columns_of(compact(rows, pieces)))
    words = sorted(
        rows,
        key=lambda row: (
            *(row[name].encode() for name in ("project", "version", "filename")),
            row["digest"] is None,
            row["digest"] or row["folder"].encode(),
        ),
    )
    keys = ("project", "version", "filename", "path", "kind", "size", "listed")
    expanded = expand(found).to_pylist()
    assert [path(row) for row in words] == [row["path"] for row in expanded]
    assert Counter(tuple(wide(row)[key] for key in keys) for row in rows) == Counter(
        tuple(row[key] for key in keys) for row in expanded
    )
    assert found.schema == COMPACT


def test_a_row_of_a_real_mirror_is_under_120_bytes():
    rows = [
        {"digest": hashlib.sha256(b"%d" % n).digest(), "folder": None, "size": n, "project": f"some-project-{n // 30}",
         "version": f"1.{n % 30}.0", "kind": "wheel", "filename": f"some_project_{n // 30}-1.{n % 30}.0-py3-none-any.whl",
         "upload_time": datetime(2026, 1, 1, tzinfo=UTC), "listed": True, "yanked": False}
        for n in range(3_000)
    ]  # fmt: skip
    found = sort_rows(columns_of(compact(rows)))
    assert found.nbytes / len(found) < 120
    assert expand(found).nbytes / len(found) > 240
