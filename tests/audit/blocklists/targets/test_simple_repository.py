"""The SQL for simple-repository, in SQLite."""

import sqlite3

import pytest

from audit.blocklists.targets.contract import ExportOptions, Scope
from audit.blocklists.targets.simple_repository import SQL, SimpleRepositoryExport


def sql_of(listed, **options):
    return SimpleRepositoryExport().export(listed, ExportOptions(**options)).files[SQL]


@pytest.fixture
def database():
    connection = sqlite3.connect(":memory:")
    yield connection
    connection.close()


def rows(database, table="yanked_releases"):
    return database.execute(f"SELECT * FROM {table} ORDER BY 1, 2").fetchall()


def test_files_are_yanked_with_their_reason_and_an_empty_list_takes_it_back(database, record, finding):
    database.executescript(sql_of(record(finding(1), finding(2))))
    assert [("project-1", "project_1-1.0.tar.gz"), ("project-2", "project_2-1.0.tar.gz")] == [
        row[:2] for row in rows(database)
    ]
    assert "boojum: malicious: posts data to a webhook when installed" == rows(database)[0][2]
    database.executescript(sql_of(record()))
    assert [] == rows(database)


def test_rows_of_the_operator_stay(database, record, finding):
    database.executescript(sql_of(record()))
    database.execute("INSERT INTO yanked_releases VALUES ('project-1', 'project_1-1.0.tar.gz', 'ours', '')")
    database.execute("INSERT INTO yanked_versions VALUES ('other', '1', 'ours', '')")
    database.commit()
    database.executescript(sql_of(record(finding(1))))
    database.executescript(sql_of(record()))
    assert ["ours"] == [row[2] for row in rows(database)] == [row[2] for row in rows(database, "yanked_versions")]


def test_a_quote_in_a_reason_ends_no_string(database, record, finding):
    listed = record(finding(1, project="p'); DROP TABLE yanked_releases; --"), finding(2))
    database.executescript(sql_of(listed))
    assert ["project-2"] == [row[0] for row in rows(database)]


def test_a_version_is_yanked_with_leave(database, record, finding):
    listed = record(finding(1, filename="a b", path="packages/a b"))
    database.executescript(sql_of(listed, widen=Scope.VERSION))
    assert [("project-1", "1.0")] == [row[:2] for row in rows(database, "yanked_versions")]
