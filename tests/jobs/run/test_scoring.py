from pathlib import Path

import jobs_doubles
import pyarrow.parquet as pq
import pytest

from features.contract import Artifact, Kind, Row, Status
from features.schema import feature_columns, fingerprint, rows_table
from jobs.contract import StoreBrokenError, WorkerUnfitError
from jobs.run import scoring
from jobs.run.scoring import ScoreParts, batch_parts, unscored_parts, update_score_store
from jobs.store.part_files import write_part
from jobs.store.part_store import PartStore
from jobs.store.staging import open_staging


def row(number: int, status: Status = Status.OK) -> tuple[Artifact, Row]:
    return Artifact(f"p{number}", f"p{number}", 1), Row(status, "", Kind.SDIST, f"{number:08x}" + "0" * 56, "b" * 64)


@pytest.fixture
def features(tmp_path: Path) -> PartStore:
    """Three parts of two rows each; the last row is of something unreadable."""
    store = PartStore(tmp_path / "features")
    staging = open_staging(store, "1")
    rows = [*(row(number << 28) for number in range(5)), row(15 << 28, Status.UNREADABLE)]
    staging.commit(
        [write_part(staging.folder, f"part-{n}.parquet", rows_table(rows[2 * n : 2 * n + 2])).name for n in range(3)]
    )
    return store


@pytest.fixture
def task(tmp_path: Path) -> ScoreParts:
    (tmp_path / "scores").mkdir()
    return ScoreParts(jobs_doubles.load, None, "m1", tmp_path / "scores")


def test_each_part_gets_a_score_part_of_its_name_with_its_rows(features, task):
    assert 6 == task(tuple(features.parts()))
    for part in features.parts():
        scored = pq.read_table(task.folder / part.name)
        assert [
            "path",
            "size",
            "sha256",
            "score",
            "verdict",
            "score_a",
            "reasons",
            "campaign_tokens",
        ] == scored.column_names
        assert scored.select(["path", "sha256"]).equals(pq.read_table(part, columns=["path", "sha256"]))
    assert [0.25, None] == pq.read_table(task.folder / "part-2.parquet")["score"].to_pylist()


def test_a_score_does_not_depend_on_the_other_rows_of_its_batch(features, task):
    task(tuple(features.parts()))
    together = [pq.read_table(task.folder / part.name) for part in features.parts()]
    for part in features.parts():
        task((part,))
    assert together == [pq.read_table(task.folder / part.name) for part in features.parts()]


@pytest.mark.parametrize("most", [1, 3])
def test_the_number_of_rows_held_at_once_does_not_change_scores(features, task, monkeypatch, most):
    task(tuple(features.parts()))
    together = [pq.read_table(task.folder / part.name) for part in features.parts()]
    for part in features.parts():
        (task.folder / part.name).unlink()
    monkeypatch.setattr(scoring, "BATCH_ROWS", most)
    assert 6 == task(tuple(features.parts()))
    assert together == [pq.read_table(task.folder / part.name) for part in features.parts()]


def test_a_worker_with_another_model_is_unfit(features, task, tmp_path):
    with pytest.raises(WorkerUnfitError, match="m2 for m1"):
        ScoreParts(jobs_doubles.load, tmp_path / "m2", "m1", task.folder)(tuple(features.parts()))


def test_a_damaged_part_is_moved_aside(features, task):
    part = features.parts()[1]
    part.write_bytes(part.read_bytes()[:-9])
    with pytest.raises(StoreBrokenError, match="part-1"):
        task(tuple(features.parts()))
    assert part not in features.parts()


def test_only_parts_without_scores_are_left(features, tmp_path):
    scores = PartStore(tmp_path / "by-model")
    staging = open_staging(scores, "1")
    staging.commit([write_part(staging.folder, "part-1.parquet", rows_table([])).name])
    assert ["part-0.parquet", "part-2.parquet"] == [part.name for part in unscored_parts(features, scores)]
    adopted = [Path("part-2.parquet")]
    assert ["part-0.parquet"] == [part.name for part in unscored_parts(features, scores, adopted)]


def test_batches_hold_all_parts_under_both_bounds(features, monkeypatch):
    parts = features.parts()
    assert [tuple(parts)] == list(batch_parts(parts))
    monkeypatch.setattr(scoring, "BATCH_PARTS", 2)
    assert [tuple(parts[:2]), tuple(parts[2:])] == list(batch_parts(parts))
    monkeypatch.setattr(scoring, "BATCH_BYTES", 1)
    assert [(part,) for part in parts] == list(batch_parts(parts))


def test_a_model_gets_the_meanings_of_the_columns(features, task, monkeypatch):
    seen = []
    model = jobs_doubles.load(None)

    def score(table):
        seen.append(table.schema)
        return jobs_doubles.Model.score(model, table)

    monkeypatch.setattr(model, "score", score)
    task.score(features.parts(), model)
    (schema,) = seen
    for column in feature_columns():
        assert {b"meaning": column.meaning.encode()} == schema.field(column.name).metadata
    assert fingerprint().encode() == schema.metadata[b"fingerprint"]


def update(features, scores, run, open_cluster, stages=None):
    def progress(done, total, what):
        if stages is not None:
            stages.append((what, done, total))

    model = jobs_doubles.Model()
    return update_score_store(features, scores, run, open_cluster, jobs_doubles.load, None, model, progress)


def no_cluster():
    raise AssertionError


def test_few_parts_are_scored_in_this_process_and_only_once(features, tmp_path):
    scores = PartStore(tmp_path / "by-model")
    stages: list[tuple[str, int, int]] = []
    assert 6 == update(features, scores, "1", no_cluster, stages)
    assert [("scoring parts", done, 3) for done in range(4)] == stages
    assert [part.name for part in features.parts()] == [part.name for part in scores.parts()]
    assert 0 == update(features, scores, "2", no_cluster)


@pytest.mark.slow
def test_many_parts_are_scored_by_workers_alike(features, cluster, tmp_path, monkeypatch):
    here, there = PartStore(tmp_path / "here"), PartStore(tmp_path / "there")
    update(features, here, "1", no_cluster)
    monkeypatch.setattr(scoring, "LOCAL_PARTS", 0)
    assert 6 == update(features, there, "1", lambda: cluster)
    assert [pq.read_table(part) for part in here.parts()] == [pq.read_table(part) for part in there.parts()]


def test_scores_that_a_killed_run_had_written_are_adopted(features, tmp_path):
    scores = PartStore(tmp_path / "by-model")
    killed = open_staging(scores, "1")
    ScoreParts(jobs_doubles.load, None, "m1", killed.folder)(tuple(features.parts()[:2]))
    assert 2 == update(features, scores, "2", no_cluster)
    assert 3 == len(scores.parts())
