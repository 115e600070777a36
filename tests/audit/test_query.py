"""Tests SQL over the store: the views, and that a statement reads nothing else and writes nothing."""

from contextlib import closing

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from audit.errors import StoreDamagedError
from audit.query import VIEWS, QueryError, connect, iterate_rows, run_query
from audit.sql_text import sql_string
from jobs.changes.compare import compare
from jobs.changes.current import NOTES
from jobs.changes.schema import change_fingerprint
from jobs.store.part_store import change_store


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
    views = "artifacts, features, scores, findings, changes, hosts, campaigns, feed_matches, gone_upstream, requires"
    assert f"views: {views}" in caught.value.hint


@pytest.mark.parametrize(
    ("expected", "statement"),
    [
        ("there are 2 statements", "SELECT 1; SELECT 2"),
        ("there are 3 statements", "SELECT 1; SELECT 2; SELECT 3;"),
        ("there are 0 statements", " -- nothing"),
        ("is not UTF-8", "SELECT '\udcff'"),
    ],
)
def test_more_or_less_than_one_statement_is_refused(store_folder, expected, statement):
    with pytest.raises(QueryError, match=expected):
        run_query(store_folder, statement)


def test_one_statement_may_have_semicolons_in_it(store_folder):
    assert ((";",),) == run_query(store_folder, "SELECT ';' AS one; -- the; end").rows


@pytest.mark.parametrize("kept", [0, 3, 100, 0.5, 0.99])
def test_a_part_that_is_cut_short_is_named_as_damage(store_folder, kept):
    part = next(store_folder.glob("store/features/*/*/part-*.parquet"))
    content = part.read_bytes()
    part.write_bytes(content[: kept if isinstance(kept, int) else int(kept * len(content))])
    with pytest.raises(StoreDamagedError, match="is damaged") as caught:
        run_query(store_folder, "SELECT * FROM features")
    assert "boojum audit" in caught.value.hint


def test_a_part_whose_bytes_are_overwritten_is_damage_too(store_folder):
    part = next(store_folder.glob("store/features/*/*/part-*.parquet"))
    content = bytearray(part.read_bytes())
    content[200 : len(content) // 2] = bytes(len(content) // 2 - 200)
    part.write_bytes(content)
    with pytest.raises((StoreDamagedError, QueryError)):
        run_query(store_folder, "SELECT * FROM features")


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


@pytest.fixture
def changed_folder(store_folder):
    """The same folder with changes of three runs: sheep 2 was compared with sheep 1 anew, goats with nothing any more."""
    (part,) = (store_folder / "store" / "features").rglob("part-a.parquet")
    rows = pq.read_table(part)
    order = {f"{row['project']}-{row['version']}": at for at, row in enumerate(rows.to_pylist())}
    folder = change_store(store_folder, change_fingerprint()).root

    def write(run, name, new, base):
        (folder / f"run={run}").mkdir(parents=True, exist_ok=True)
        made = compare(rows.take([order[new]]), rows.take([order[base]]), ["release"])
        pq.write_table(made, folder / f"run={run}" / f"part-{name}.parquet")

    write("1", "a", "sheep-2.0", "goats-1.0")
    write("1", "b", "goats-1.0", "sheep-1.0")
    write("2", "c", "sheep-2.0", "sheep-1.0")
    notes = [
        {"project": name, "path": f"{name}-{version}", "size": 10, "sha256": f"{name}{version}", "superseded": True}
        for name, version in (("sheep", "2.0"), ("goats", "1.0"))
    ]
    pq.write_table(pa.Table.from_pylist(notes, schema=NOTES), folder / "run=2" / "notes-2.parquet")
    return store_folder


def test_only_current_changes_of_artifacts_on_the_mirror_are_shown(changed_folder):
    result = run_query(changed_folder, "SELECT project, version, base_version, base_kind, members_total FROM changes")
    assert (("sheep", "2.0", "1.0", "release", 0),) == result.rows


def test_a_store_without_changes_has_an_empty_view_of_them(store_folder):
    assert ((0,),) == run_query(store_folder, "SELECT count(*) FROM changes").rows
    assert "members_total" in run_query(store_folder, "SELECT * FROM changes").columns


def test_hosts_are_shown_with_the_artifact_that_names_them(store_folder):
    columns = (
        "project",
        "version",
        "filename",
        "host",
        "kind",
        "member",
        "line",
        "role",
        "count",
        "path",
        "size",
        "sha256",
    )
    assert columns == run_query(store_folder, "SELECT * FROM hosts").columns
