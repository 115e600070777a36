"""Tests SQL over the store: the views, and that a statement reads nothing else and writes nothing."""

from contextlib import closing

import pytest

from audit.query import VIEWS, QueryError, connect, iterate_rows, run_query, sql_string


@pytest.mark.slow
def test_every_view_is_there(store_folder):
    for name in VIEWS:
        assert run_query(store_folder, f"SELECT * FROM {name} LIMIT 1").columns


def test_a_statement_gives_columns_and_rows(store_folder):
    result = run_query(store_folder, "SELECT project, count(*) AS files FROM artifacts GROUP BY 1 ORDER BY 1")
    assert ("project", "files") == result.columns
    assert (("goats", 1), ("reqeusts", 1), ("sheep", 2)) == result.rows


def test_a_statement_without_rows_has_columns(store_folder):
    assert ((), ("path",)) == (
        (result := run_query(store_folder, "SELECT path FROM findings")).rows,
        result.columns,
    )


def test_artifacts_lack_what_has_left_the_mirror_and_features_do_not(store_folder):
    assert ((4, 5),) == run_query(
        store_folder, "SELECT (SELECT count(*) FROM artifacts), (SELECT count(*) FROM features)"
    ).rows


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT * FROM read_csv('/etc/passwd')",
        "SELECT * FROM read_text('/etc/passwd')",
        "COPY (SELECT 1) TO '/tmp/boojum-must-not-write.csv'",
        "ATTACH '/tmp/boojum-must-not-write.db'",
        "INSTALL httpfs",
        "SET enable_external_access = true",
        "SELECT * FROM nothing",
        "SELECT",
        "",
    ],
)
def test_a_statement_reads_the_store_and_nothing_else(store_folder, statement):
    with pytest.raises(QueryError) as caught:
        run_query(store_folder, statement)
    assert "\n" not in str(caught.value)
    assert "views: artifacts, features, scores, findings, campaigns, requires" in caught.value.hint


def test_a_folder_without_a_finished_run_says_so(tmp_path):
    with pytest.raises(QueryError, match="no finished run in"):
        connect(tmp_path)


@pytest.mark.parametrize(("expected", "text"), [("'a'", "a"), ("'o''clock'", "o'clock"), ("'x'';--'", "x';--")])
def test_text_becomes_an_sql_literal(expected, text, store_folder):
    assert expected == sql_string(text)
    assert ((text,),) == run_query(store_folder, f"SELECT {sql_string(text)}").rows


def test_rows_come_as_dicts_over_all_batches(store_folder):
    with closing(connect(store_folder)) as connection:
        rows = list(iterate_rows(connection, "SELECT unnest(range(?)) AS number", [2_500]))
    assert ({"number": 0}, {"number": 2_499}, 2_500) == (rows[0], rows[-1], len(rows))
