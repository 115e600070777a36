"""Tests where the files of the record are, as a run found the mirror."""

import contextlib
from dataclasses import replace
from datetime import date

import pyarrow as pa
import pytest

from audit.blocklists.contract import EntryState
from audit.blocklists.mirror_files import find_files
from audit.query import open_views
from jobs.run.views import store_views


@pytest.fixture
def found(store_folder, record, finding):
    """Return the files of four entries, some digests and projects in a store of four artifacts."""

    def entry(sha256, filename, path=""):
        [made] = record(finding(1, sha256=sha256, filename=filename, path=path or filename)).entries
        return made

    sheep, gone = entry("sheep1.0", "sheep-1.0.tar.gz"), entry("gone1.0", "gone-1.0.tar.gz")
    entries = (sheep, gone, replace(gone, sha256="", filename="x", path="odd"))
    with contextlib.closing(open_views(store_views(store_folder))) as connection:
        return entries, find_files(connection, entries, ("reqeusts1.0",), ("goats",))


def test_files_are_found_by_digest_and_by_project(found):
    _, files = found
    assert {"sheep1.0", "reqeusts1.0", "goats1.0"} == set(files.by_sha256)
    [sheep] = files.by_sha256["sheep1.0"]
    assert ("sheep", "1.0", "sheep-1.0", False) == (sheep.project, sheep.version, sheep.path, sheep.stands)


def test_an_entry_is_on_the_mirror_or_gone(found):
    (sheep, gone, _), files = found
    assert [EntryState.ON_MIRROR, EntryState.GONE] == [files.state_of(sheep), files.state_of(gone)]


def test_what_could_not_be_read_stands(store_folder, record, finding):
    rows: list[dict[str, object]] = [
        {"sha256": f"{1:064x}", "filename": "a", "path": "a", "seen": "stands", "first_seen": date(2026, 1, 1)},
        {"sha256": f"{2:064x}", "filename": "b", "path": "b", "seen": "tonight", "first_seen": None},
        {"sha256": "", "filename": "c", "path": "c", "seen": "stands", "first_seen": None},
    ]
    names = ("project", "version", "blake2b_256", "verdict")
    for row in rows:
        row.update(dict.fromkeys(names, ""), score=0.5)
    table = pa.Table.from_pylist(rows)
    entries = record(*(finding(number, filename=name, path=name) for number, name in enumerate("abc", 1))).entries
    with contextlib.closing(open_views(store_views(store_folder))) as connection:
        connection.execute("DROP VIEW artifacts CASCADE")
        connection.register("artifacts", table)
        files = find_files(connection, entries, (), ())
    assert [EntryState.STANDS, EntryState.ON_MIRROR, EntryState.STANDS] == [files.state_of(entry) for entry in entries]
    assert date(2026, 1, 1) == files.by_sha256[f"{1:064x}"][0].first_seen


def test_a_copy_under_another_name_is_found_after_one_of_the_same_name(record, finding, night):
    listed = record(finding(1), finding(1, filename="copy.whl", path="x/copy.whl")).entries
    files = night(finding(1), finding(1, filename="copy.whl", path="x/copy.whl")).files
    assert [entry.filename for entry in listed] == [files.find(entry).filename for entry in listed]
