from dataclasses import replace

import pytest
from manifest_builder import MANIFEST
from store_builders import finish, rows

from features.schema import fingerprint
from jobs.changes.schema import change_fingerprint
from jobs.run.manifest import FILENAME, MirrorRecord, WalkRecord
from jobs.run.views import StoreView, store_views
from jobs.store.part_store import change_store, feature_store, score_store


@pytest.fixture
def out(tmp_path):
    """An output folder with two finished runs in the store, of which only the last has a folder."""
    features, scores = feature_store(tmp_path, MANIFEST.fingerprint), score_store(tmp_path, MANIFEST.model.id)
    finish(features, "1", a=rows("a"))
    finish(features, "2", b=rows("b"))
    finish(scores, "1", a=rows("a"), gone=rows("gone"))
    return tmp_path


def write_run(out, **changes):
    folder = out / "runs" / "2"
    folder.mkdir(parents=True)
    (folder / FILENAME).write_text(replace(MANIFEST, **changes).to_json())
    (out / "runs" / "latest").symlink_to("2")
    return folder


def test_there_are_no_views_before_the_first_run(out):
    assert {} == store_views(out)
    assert {} == store_views(out, out / "runs" / "1")


def test_views_are_the_runs_own_files_and_the_parts_of_all_runs(out):
    folder = write_run(out)
    views = store_views(out, folder)
    assert (StoreView((folder / "scores.parquet",)), StoreView((folder / "findings.json",))) == (
        views["artifacts"], views["findings"]
    )  # fmt: skip
    assert ["part-a.parquet", "part-b.parquet"] == [file.name for file in views["features"].files]
    # The score part of features that are gone is none of the view.
    assert ["part-a.parquet"] == [file.name for file in views["scores"].files]
    names = {name: [file.name for file in view.files] for name, view in views.items()}
    assert names == {name: [file.name for file in view.files] for name, view in store_views(out).items()}


def test_a_run_of_an_older_boojum_has_no_campaigns(out):
    folder = write_run(out)
    assert () == store_views(out, folder)["campaigns"].files
    (folder / "campaigns.parquet").touch()
    assert (folder / "campaigns.parquet",) == store_views(out, folder)["campaigns"].files


@pytest.mark.parametrize(
    ("layout", "counts", "repeats"),
    [("bandersnatch", {}, False), ("bandersnatch", {"odd_layout": 1}, True), ("folder", {}, True)],
)
def test_rows_may_repeat_only_where_a_path_contains_no_digest(out, layout, counts, repeats):
    write_run(out, mirror=MirrorRecord("m", "m", layout), walk=WalkRecord(counts))
    views = store_views(out)
    assert (repeats, repeats) == (views["features"].repeats, views["scores"].repeats)
    assert not views["artifacts"].repeats


def test_changes_come_with_the_notes_about_them(out):
    changes = change_store(out, change_fingerprint())
    finish(changes, "1", a=rows("a"))
    notes = changes.root / "run=1" / "notes-1.parquet"
    notes.touch()
    write_run(out, fingerprint=fingerprint())
    assert StoreView(tuple(changes.parts()), notes=(notes,)) == store_views(out)["changes"]


def test_a_run_under_another_schema_has_no_changes(out):
    finish(change_store(out, change_fingerprint()), "1", a=rows("a"))
    write_run(out, fingerprint="0123456789abcdef")
    assert () == store_views(out)["changes"].files
