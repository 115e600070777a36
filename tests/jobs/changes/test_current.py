import pyarrow as pa
import pytest
from change_builders import Mirror, digest, sdist

from jobs.changes.current import NOTES, notes_of, rows_with_base_among, run_of, scan_current, superseded_rows
from jobs.contract import StoreBrokenError


@pytest.fixture
def mirror(tmp_path):
    """Two nights: 1.2 was compared with 1.0 first, and then with 1.1."""
    made = Mirror(tmp_path)
    made.night(sdist("1.0"), sdist("1.2"))
    made.night(sdist("1.1"))
    return made


def test_only_the_newest_rows_of_an_artifact_are_current(mirror):
    tables = list(scan_current(mirror.changes, ["version", "base_version"]))
    assert [{"version": "1.1", "base_version": "1.0"}, {"version": "1.2", "base_version": "1.1"}] == sorted(
        pa.concat_tables(tables).to_pylist(), key=str
    )
    assert ["001", "002"] == [run_of(part) for part in mirror.changes.parts()]


def test_a_file_of_scores_is_as_current_as_its_part_of_changes(mirror, tmp_path):
    for part, current in zip(mirror.changes.parts(), ([], ["1.1", "1.2"]), strict=True):
        scores = tmp_path / "run=009" / part.name
        scores.parent.mkdir(exist_ok=True)
        scores.write_bytes(part.read_bytes())
        tables = scan_current(mirror.changes, ["version"], [(scores, part)])
        assert [current] == [sorted(table["version"].to_pylist()) for table in tables]


def test_what_was_superseded_is_told_with_the_run(mirror):
    rows = superseded_rows(mirror.changes).to_pylist()
    assert [("demo-1.2.tar.gz", "002")] == [(row["path"], row["run"]) for row in rows]


def test_rows_with_a_flagged_base_are_found_among_the_current_ones(mirror):
    def found(*paths):
        return rows_with_base_among(mirror.changes, {digest(path) for path in paths})["path"].to_pylist()

    assert ["demo-1.1.tar.gz"] == found("demo-1.0.tar.gz")
    assert ["demo-1.2.tar.gz"] == found("demo-1.1.tar.gz")
    assert [] == found()


def test_a_store_without_notes_has_nothing_superseded(tmp_path):
    mirror = Mirror(tmp_path)
    assert ([], 0) == (notes_of(mirror.changes), len(superseded_rows(mirror.changes)))


def test_a_damaged_file_of_notes_is_moved_aside(mirror):
    notes = notes_of(mirror.changes)[-1]
    notes.write_bytes(b"PAR1")
    with pytest.raises(StoreBrokenError):
        superseded_rows(mirror.changes)
    assert notes not in notes_of(mirror.changes)


def test_notes_name_the_artifact_first():
    assert ["project", "path", "size", "sha256"] == NOTES.names[:4]
