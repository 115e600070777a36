import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from store_builders import finish, inventory, rows

from features.contract import Artifact, Kind, Row, Status
from features.schema import packed_table, rows_table
from jobs.contract import StoreBrokenError, StoreUnwritableError
from jobs.mirror.inventory import SCHEMA
from jobs.run.joined_scores import SCORES_SCHEMA, write_joined_scores
from jobs.store.part_files import write_part
from jobs.store.part_store import PartStore
from model.scoring import score_schema


@pytest.fixture
def features(tmp_path):
    return PartStore(tmp_path / "features")


@pytest.fixture
def scores(tmp_path):
    return PartStore(tmp_path / "scores")


def feature(name, sha256="5" * 64, status=Status.OK, reason=""):
    return Artifact(name, name, 1), Row(status, reason, Kind.SDIST, sha256, "b" * 64)


def scored(*triples):
    """Return a score part of (path, sha256, score)."""
    columns = {
        "path": [path for path, _, _ in triples],
        "size": [1 for _ in triples],
        "sha256": [sha256 for _, sha256, _ in triples],
        "score": pa.array([score for _, _, score in triples], pa.float64()),
        "verdict": ["unreadable" if score is None else "clear" for _, _, score in triples],
        "reasons": pa.array([[] for _ in triples], score_schema(()).field("reasons").type),
    }
    return pa.table(columns)


def join(tmp_path, inventory, features, scores, unread=()):
    path = tmp_path / "run" / "scores.parquet"
    counts = write_joined_scores(path, inventory, features, scores, unread, tmp_path / "spill")
    table = pq.read_table(path)
    assert SCORES_SCHEMA.equals(table.schema)
    return table.to_pylist(), counts


def test_every_artifact_of_the_inventory_is_one_row_by_descending_score(tmp_path, features, scores):
    digests = {"a": "1" * 64, "b": "2" * 64, "c": "3" * 64, "d": "4" * 64}
    finish(features, "1", all=rows_table(feature(name, digest) for name, digest in digests.items()))
    values = {"a": 0.1, "b": None, "c": 0.9, "d": 0.9}
    finish(scores, "1", all=scored(*((name, digests[name], value) for name, value in values.items())))
    found, counts = join(tmp_path, inventory("a", "b", "c", "d"), features, scores)
    assert ["c", "d", "a", "b"] == [row["path"] for row in found]
    assert [0.9, 0.9, 0.1, None] == [row["score"] for row in found]
    assert ({"clear": 3, "unreadable": 1}, {"ok": 4}) == (counts.verdicts, counts.statuses)


def test_an_artifact_without_a_row_is_unreadable_with_the_reason_of_an_unread_table(tmp_path, features, scores):
    unread = write_part(
        tmp_path, "unread-u.parquet", packed_table([feature("a", "", Status.UNREADABLE, "it cannot be opened")] * 2)
    )
    found, counts = join(tmp_path, inventory("a", "b"), features, scores, [unread])
    assert [("a", "it cannot be opened"), ("b", "it was not examined")] == [(r["path"], r["reason"]) for r in found]
    assert {("unreadable", "unreadable", "", None)} == {
        (row["status"], row["verdict"], row["sha256"], row["score"]) for row in found
    }
    assert {"unreadable": 2} == counts.verdicts == counts.statuses


def test_a_row_of_an_artifact_that_left_the_mirror_is_left_out(tmp_path, features, scores):
    finish(features, "1", all=rows("a", "gone"))
    finish(scores, "1", all=scored(("a", "5" * 64, 0.5), ("gone", "5" * 64, 0.5)))
    assert ["a"] == [row["path"] for row in join(tmp_path, inventory("a"), features, scores)[0]]


def test_a_replaced_file_has_the_score_of_its_own_content(tmp_path, features, scores):
    when = pa.array([10**15], SCHEMA.field("upload_time").type)
    now = inventory("a").set_column(SCHEMA.get_field_index("upload_time"), "upload_time", when)
    old = rows_table([feature("a", "1" * 64)])
    new_artifact = Artifact("a", "a", 1, upload_time=when[0].as_py())
    new = rows_table([(new_artifact, Row(Status.OK, "", Kind.SDIST, "2" * 64, "b" * 64))])
    finish(features, "1", old=old)
    finish(features, "2", new=new)
    finish(scores, "1", old=scored(("a", "1" * 64, 0.9)))
    finish(scores, "2", new=scored(("a", "2" * 64, 0.1)))
    assert [("2" * 64, 0.1)] == [(r["sha256"], r["score"]) for r in join(tmp_path, now, features, scores)[0]]


def test_content_that_was_scored_twice_in_a_plain_folder_is_one_row(tmp_path, features, scores):
    finish(features, "1", a=rows("a"))
    finish(features, "2", b=rows("b"))
    finish(scores, "1", a=scored(("a", "5" * 64, 0.5)))
    finish(scores, "2", b=scored(("a", "5" * 64, 0.5), ("b", "5" * 64, 0.5)))
    assert ["a", "b"] == [row["path"] for row in join(tmp_path, inventory("a", "b"), features, scores)[0]]


def test_the_digest_that_was_read_comes_before_the_one_in_the_path(tmp_path, features, scores):
    claimed = pa.Table.from_pylist([{"path": n, "size": 1, "blake2b_256": "c" * 64} for n in ("a", "b")], SCHEMA)
    artifact = Artifact("a", "a", 1, blake2b_256="c" * 64)
    finish(features, "1", a=rows_table([(artifact, Row(Status.OK, "", Kind.SDIST, "5" * 64, "b" * 64))]))
    found = {row["path"]: row["blake2b_256"] for row in join(tmp_path, claimed, features, scores)[0]}
    assert {"a": "b" * 64, "b": "c" * 64} == found


def test_a_damaged_part_is_moved_aside(tmp_path, features, scores):
    finish(features, "1", a=rows("a"))
    finish(scores, "1", a=pa.table({"path": ["a"]}))
    with pytest.raises(StoreBrokenError) as caught:
        join(tmp_path, inventory("a"), features, scores)
    assert (scores.root / "run=1" / "part-a.parquet",) == caught.value.parts
    assert [] == scores.parts()


def test_an_output_folder_that_cannot_be_written_is_named(tmp_path, features, scores):
    (tmp_path / "run").touch()
    with pytest.raises(StoreUnwritableError, match=r"scores\.parquet"):
        join(tmp_path, inventory("a"), features, scores)
