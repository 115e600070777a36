"""Tests that merging small parts changes no row, whatever interrupts it."""

import contextlib
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import jobs_doubles
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from change_builders import member, sdist
from manifest_builder import MANIFEST
from store_builders import finish

from audit.query import VIEWS, open_views
from features.contract import Artifact, Row
from features.schema import fingerprint, rows_table
from jobs.changes.current import scan_current
from jobs.changes.schema import change_fingerprint
from jobs.contract import StoreBrokenError
from jobs.mirror.inventory import SCHEMA
from jobs.run.change_update import ChangeStores, ChangeUpdate, scan_scored_changes, update_changes
from jobs.run.cluster import Cluster
from jobs.run.compaction import Compaction, compact_store, count_small
from jobs.run.joined_scores import SCORES_SCHEMA
from jobs.run.manifest import FILENAME, MirrorRecord
from jobs.run.views import store_views
from jobs.store.lock import reading
from jobs.store.part_store import change_score_store, change_store, feature_store, score_store

NIGHTS = 6
Release = tuple[Artifact, Row]
Rows = Mapping[str, list[str]]


def release(version: str, sha256: str, later: int = 0) -> Release:
    """Return a release; a file that replaces it in place is some days `later`."""
    day = int(version.split(".")[1]) + later
    artifact, row = sdist(version, member(f"demo-{version}/demo/a.py", content=version), day=day)
    return artifact, Row(**{name: getattr(row, name) for name in row.__slots__} | {"sha256": sha256.ljust(64, "0")})


class Nights:
    """Nights over a plain folder, each a run with all that a query reads."""

    def __init__(self, out: Path) -> None:
        self.out = out
        self.run = ""
        self.files: dict[str, Release] = {}
        self.stores = ChangeStores(
            feature_store(out, fingerprint()),
            score_store(out, "m1"),
            change_store(out, change_fingerprint()),
            change_score_store(out, "m1"),
        )

    def night(self, number: int, *releases: Release, model: str = "m1") -> ChangeUpdate:
        self.run = f"202601{number:02}T000000Z-c0{number:02}"
        if releases:
            finish(self.stores.features, self.run, **{f"n{number}": rows_table(releases)})
            finish(self.stores.scores, self.run, **{f"n{number}": self.scores(releases)})
        self.files |= {artifact.path: (artifact, row) for artifact, row in releases}
        load = jobs_doubles.load_strict
        inventory = pa.Table.from_pylist([self.listed(artifact) for artifact, _ in self.files.values()], schema=SCHEMA)
        update = update_changes(
            self.stores, self.run, inventory, (), no_cluster, load, None, load(None), lambda *_: None
        )
        self.publish(model)
        return update

    @staticmethod
    def scores(releases: tuple[Release, ...]) -> pa.Table:
        rows = [
            {"path": artifact.path, "size": artifact.size, "sha256": row.sha256, "score": 0.5, "verdict": "clear"}
            for artifact, row in releases
        ]
        return pa.Table.from_pylist(rows)

    @staticmethod
    def listed(artifact: Artifact) -> dict[str, Any]:
        values = {name: getattr(artifact, name, "") for name in SCHEMA.names}
        return values | {"kind": artifact.kind.value, "listed": None, "yanked": None}

    def publish(self, model: str) -> None:
        folder = self.out / "runs" / self.run
        folder.mkdir(parents=True)
        rows = [
            {"path": artifact.path, "size": artifact.size, "sha256": row.sha256, "project": artifact.project}
            for artifact, row in self.files.values()
        ]
        pq.write_table(pa.Table.from_pylist(rows, schema=SCORES_SCHEMA), folder / "scores.parquet")
        manifest = replace(
            MANIFEST,
            run=self.run,
            fingerprint=fingerprint(),
            mirror=MirrorRecord("m", "m", "folder"),
            model=replace(MANIFEST.model, id=model),
        )
        (folder / FILENAME).write_text(manifest.to_json(), encoding="utf-8")
        latest = self.out / "runs" / "latest"
        latest.unlink(missing_ok=True)
        latest.symlink_to(self.run)

    def current(self) -> list[tuple[Any, ...]]:
        """Return which rows the store has and which changes count, without opening all views."""
        keys = ["path", "size", "sha256"]
        features, stores = self.stores.features.parts(), self.stores
        tables = [
            *(pq.read_table(part, columns=keys) for part in features),
            *(pq.read_table(part, columns=keys) for part in stores.scores.parts_like(features)),
            *scan_current(stores.changes, [*keys, "base_path"]),
            *scan_scored_changes(stores, [*keys, "change_score"]),
        ]
        return sorted((tuple(row.values()) for table in tables for row in table.to_pylist()), key=str)

    def rows(self) -> Mapping[str, list[str]]:
        """Return the rows of all views, as text and sorted."""
        with contextlib.closing(open_views(store_views(self.out))) as connection:
            views = [view for view in VIEWS if view != "findings"]
            found = {
                view: connection.execute(f"SELECT md5(v::VARCHAR) FROM {view} v ORDER BY 1").fetchall()
                for view in views
            }
        return {view: [row[0] for row in rows] for view, rows in found.items()}


def no_cluster() -> Cluster:
    raise AssertionError("so few changes need no workers")


@pytest.fixture(scope="module")
def six_nights(tmp_path_factory: pytest.TempPathFactory) -> Nights:
    """Six nights: releases arrive late, are replaced in place, and are flagged, so that bases change."""
    made = Nights(tmp_path_factory.mktemp("six") / "out")
    made.night(1, release("1.1", "1"), release("1.4", "3"))
    made.night(2, release("1.3", "2"))
    made.night(3, release("1.2", "5"), release("1.6", "7"))
    made.night(4, release("1.4", "9", later=1))  # replaced by another of the same size
    made.night(5, release("1.5", "b"))
    made.night(6, release("1.0", "d"))
    return made


@pytest.fixture
def nights(six_nights: Nights, tmp_path: Path) -> Nights:
    copy = Nights(shutil.copytree(six_nights.out, tmp_path / "out", symlinks=True))
    copy.run, copy.files = six_nights.run, dict(six_nights.files)
    return copy


@pytest.fixture(scope="module")
def rows(six_nights: Nights) -> Mapping[str, list[str]]:
    return six_nights.rows()


def files(out: Path) -> list[str]:
    return sorted(str(path.relative_to(out / "store")) for path in (out / "store").rglob("*.parquet"))


def test_the_rows_of_all_views_are_the_same_and_in_one_part_each(nights: Nights, rows: Rows) -> None:
    before = rows
    assert all(before[view] for view in ("artifacts", "features", "scores", "changes"))
    parts = [len(store.parts()) for store in (nights.stores.features, nights.stores.changes)]
    done = compact_store(nights.out, least=1)
    assert before == nights.rows()
    assert (parts[0], 1, False) == (done.features_before, done.features_after, done.in_use)
    assert parts[1] + 4 < done.changes_before
    assert 2 == done.changes_after, "one part and one file of notes"
    stores = nights.stores
    assert [1] * 4 == [len(s.parts()) for s in (stores.features, stores.scores, stores.changes, stores.change_scores)]


def test_no_file_is_left_of_what_was_replaced(nights: Nights) -> None:
    compact_store(nights.out, least=1)
    folders = {"features": 1, "scores": 1, "changes": 3, "change_scores": 1}  # notes, and the index of members
    assert folders == {name: sum(file.startswith(f"{name}/") for file in files(nights.out)) for name in folders}
    assert not list((nights.out / "store").rglob("replaced.json"))
    runs = [path.name for path in (nights.out / "store").rglob("run=*")]
    assert 4 == len(runs)
    assert all("~1" in name for name in runs)


def test_the_next_night_reads_nothing_and_compares_nothing_anew(nights: Nights, rows: Rows) -> None:
    compact_store(nights.out, least=1)
    update = nights.night(7)
    assert (0, 0) == (update.rounds[0].rows, update.scored)
    assert rows == nights.rows()


def test_nights_after_a_compaction_are_the_same_as_without_one(tmp_path: Path) -> None:
    plain, merged = Nights(tmp_path / "plain"), Nights(tmp_path / "merged")
    files = [("1.1", "1", 0), ("1.4", "3", 0), ("1.3", "2", 0), ("1.4", "9", 1), ("1.2", "5", 0), ("1.0", "4", 0)]
    for number, (version, sha256, later) in enumerate(files, start=1):
        for nights in (plain, merged):
            nights.night(number, release(version, sha256, later))
        compact_store(merged.out, least=1)
        assert plain.rows() == merged.rows(), version


def test_merged_parts_are_merged_again(nights: Nights) -> None:
    compact_store(nights.out, least=1)
    nights.night(7, release("1.7", "a"))
    before = nights.rows()
    assert (2, 1) == tuple(
        getattr(compact_store(nights.out, least=1), f"features_{when}") for when in ("before", "after")
    )
    assert before == nights.rows()


def test_few_small_parts_are_left_alone_and_not_opened(nights: Nights, monkeypatch) -> None:
    there = files(nights.out)
    with monkeypatch.context() as patch:
        patch.delattr("jobs.run.compaction._count_rows")
        assert 0 == compact_store(nights.out, least=100).saved
    assert 0 == compact_store(nights.out, least=100).saved
    assert there == files(nights.out)
    assert 0 < count_small(nights.out)


def test_runs_that_are_not_published_yet_are_left_alone(nights: Nights) -> None:
    """Its artifacts were read, but no report has counted them."""
    finish(nights.stores.features, "20260107T000000Z-aaaa", late=rows_table([release("1.8", "8")]))
    compact_store(nights.out, least=1)
    assert ["part-late.parquet"] == [part.name for part in nights.stores.features.parts(nights.run)]


def test_a_part_that_has_no_scores_stays_between_those_before_and_after_it(nights: Nights) -> None:
    """The fourth run has the newer row of a path; were the second merged with the fifth, the older would be on top."""
    nights.stores.scores.parts()[3].unlink()
    fourth = nights.stores.features.parts()[3]
    before = nights.rows()
    compact_store(nights.out, least=1)
    assert before == nights.rows()
    assert [3, 1] == [len(nights.stores.features.parts()), nights.stores.features.parts().index(fourth)]


def test_scores_of_an_earlier_model_are_merged_where_it_scored_all(nights: Nights) -> None:
    for store, other in (
        (nights.stores.scores, score_store(nights.out, "m2")),
        (nights.stores.change_scores, change_score_store(nights.out, "m2")),
    ):
        for part in store.parts():
            copy = other.root / part.parent.name / part.name
            copy.parent.mkdir(parents=True, exist_ok=True)
            copy.write_bytes(part.read_bytes())
    nights.night(7, model="m2")
    compact_store(nights.out, least=1)
    for model in ("m1", "m2"):
        assert 1 == len(score_store(nights.out, model).parts_like(nights.stores.features.parts()))
        assert 1 == len(change_score_store(nights.out, model).parts_like(nights.stores.changes.parts()))


def test_a_reader_keeps_its_files_and_the_next_call_removes_them(nights: Nights) -> None:
    there = files(nights.out)
    with reading(nights.out):
        views = store_views(nights.out)
        assert compact_store(nights.out, least=1).in_use
        assert all(file.exists() for view in views.values() for file in view.files if file.suffix == ".parquet")
        assert set(there) <= set(files(nights.out))
    assert not compact_store(nights.out, least=1).in_use
    assert not set(there) & set(files(nights.out))


@pytest.mark.parametrize("step", [0, 1, 2, 3, 5, 12])
def test_a_killed_compaction_leaves_the_old_rows_or_the_new_ones(nights: Nights, step: int, monkeypatch) -> None:
    before = nights.current()
    with monkeypatch.context() as patch, contextlib.suppress(KeyboardInterrupt):
        _interrupt(patch, step)
        compact_store(nights.out, least=1)
    assert before == nights.current()
    compact_store(nights.out, least=1)
    assert before == nights.current()
    assert [1] * 2 == [len(store.parts()) for store in (nights.stores.features, nights.stores.changes)]
    assert 0 == nights.night(7).rounds[0].rows


def _interrupt(patch: pytest.MonkeyPatch, step: int) -> None:
    """Interrupt the call at its `step`-th rename or removal."""
    calls: Iterator[int] = iter(range(100))
    for module, name in ((Path, "rename"), (Path, "unlink")):
        real = getattr(module, name)

        def stopped(path: Path, *args: Any, real: Any = real, **kwargs: Any) -> Any:
            if ("store" in path.parts and not path.name.startswith(".boojum")) and next(calls) == step:
                raise KeyboardInterrupt
            return real(path, *args, **kwargs)

        patch.setattr(module, name, stopped)


def test_a_damaged_part_is_moved_aside_and_nothing_else_is_lost(nights: Nights) -> None:
    part = nights.stores.features.parts()[1]
    part.write_bytes(part.read_bytes()[:-20])
    with pytest.raises(StoreBrokenError):
        compact_store(nights.out, least=1)
    assert not part.exists()
    assert NIGHTS - 1 == len(nights.stores.features.parts())
    assert not list((nights.out / "store").rglob(".merging=*"))


def test_an_output_folder_without_a_run_has_nothing_to_merge(tmp_path: Path) -> None:
    assert Compaction() == compact_store(tmp_path)
    assert 0 == count_small(tmp_path)
