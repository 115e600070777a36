import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from store_builders import finish, inventory, rows

from features.contract import Artifact, Kind, Row, Status
from features.schema import packed_table, rows_table
from jobs.contract import StoreBrokenError, StoreUnwritableError
from jobs.mirror.inventory import SCHEMA
from jobs.run.campaigns import CAMPAIGNS_SCHEMA
from jobs.run.joined_scores import SCORES_SCHEMA, write_joined_scores
from jobs.run.judgement import Judgement
from jobs.store.part_files import write_part
from jobs.store.part_store import PartStore
from model.contract import OperatingPoint, Verdict
from model.scoring import score_schema


@pytest.fixture
def features(tmp_path):
    return PartStore(tmp_path / "features")


@pytest.fixture
def scores(tmp_path):
    return PartStore(tmp_path / "scores")


def feature(name, sha256="5" * 64, status=Status.OK, reason=""):
    return Artifact(name, name, 1), Row(status, reason, Kind.SDIST, sha256, "b" * 64)


def verdict_of(score):
    return "malicious" if score >= 0.99 else "suspicious" if score >= 0.8 else "review" if score >= 0.5 else "clear"


def scored(*triples):
    """Return a score part of (path, sha256, score)."""
    columns = {
        "path": [path for path, _, _ in triples],
        "size": [1 for _ in triples],
        "sha256": [sha256 for _, sha256, _ in triples],
        "score": pa.array([score for _, _, score in triples], pa.float64()),
        "verdict": ["unreadable" if score is None else verdict_of(score) for _, _, score in triples],
        "reasons": pa.array([[] for _ in triples], score_schema(()).field("reasons").type),
    }
    return pa.table(columns)


def points(review, suspicious, malicious):
    thresholds = {Verdict.MALICIOUS: malicious, Verdict.SUSPICIOUS: suspicious, Verdict.REVIEW: review}
    return tuple(OperatingPoint(verdict, value, 0.01, 0, 1, 0, 1, False) for verdict, value in thresholds.items())


ARTIFACT_POINTS, CHANGE_POINTS = points(0.5, 0.8, 0.99), points(0.2, 0.9, 0.95)


def join(tmp_path, inventory, features, scores, unread=(), judgement=None):
    path = tmp_path / "run" / "scores.parquet"
    judgement = judgement or Judgement(ARTIFACT_POINTS)
    counts = write_joined_scores(path, inventory, features, scores, judgement, unread, tmp_path / "spill")
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
    assert ({"clear": 1, "suspicious": 2, "unreadable": 1}, {"ok": 4}) == (counts.verdicts, counts.statuses)


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


def changed(path, base_kind, score):
    """Return the scored change of an artifact against one base."""
    verdict = next((p.verdict.value for p in CHANGE_POINTS if score >= p.threshold), "clear")
    return {
        "path": path, "size": 1, "sha256": "5" * 64, "base_kind": base_kind, "base_filename": f"{base_kind}-of-{path}",
        "change_score": score, "change_verdict": verdict,
    }  # fmt: skip


def judged(tmp_path, features, scores, artifact_score, changes=(), campaign_score=None):
    """Return the row of one artifact in scores.parquet."""
    finish(features, "1", a=rows("a"))
    finish(scores, "1", a=scored(("a", "5" * 64, artifact_score)))
    campaigns = CAMPAIGNS_SCHEMA.empty_table()
    if campaign_score is not None:
        row = {"path": "a", "size": 1, "sha256": "5" * 64, "campaign": 7, "campaign_score": campaign_score}
        campaigns = pa.Table.from_pylist([row], schema=CAMPAIGNS_SCHEMA)
    judgement = Judgement(ARTIFACT_POINTS, CHANGE_POINTS, [pa.Table.from_pylist([row]) for row in changes], campaigns)
    (row,), _ = join(tmp_path, inventory("a"), features, scores, judgement=judgement)
    return row


def test_the_worst_change_speaks_where_it_is_graver_than_the_artifact(tmp_path, features, scores):
    changes = [changed("a", "release", 0.9), changed("a", "sibling", 0.1)]
    row = judged(tmp_path, features, scores, 0.1, changes)
    assert ("suspicious", "change", 0.8) == (row["verdict"], row["spoke"], row["score"])
    assert ("clear", 0.1, "suspicious", 0.9) == (
        row["artifact_verdict"], row["artifact_score"], row["change_verdict"], row["change_score"],
    )  # fmt: skip
    assert ("release", "release-of-a") == (row["base_kind"], row["base_filename"])


def test_a_harmless_change_does_not_clear_a_bad_artifact(tmp_path, features, scores):
    row = judged(tmp_path, features, scores, 0.995, [changed("a", "release", 0.001)])
    assert ("malicious", "artifact", 0.995) == (row["verdict"], row["spoke"], row["score"])


def test_a_change_just_below_a_threshold_never_scores_like_one_above(tmp_path, features, scores):
    row = judged(tmp_path, features, scores, 0.1, [changed("a", "release", 0.899999)])
    assert "review" == row["verdict"]
    assert row["score"] < 0.8


def test_a_campaign_raises_the_verdict_of_its_artifacts(tmp_path, features, scores):
    row = judged(tmp_path, features, scores, 0.3, campaign_score=0.85)
    assert ("suspicious", "campaign", 0.85, 7) == (row["verdict"], row["spoke"], row["score"], row["campaign"])


def test_an_artifact_without_a_change_has_none(tmp_path, features, scores):
    row = judged(tmp_path, features, scores, 0.3)
    assert ("clear", "", None, "", "") == (
        row["verdict"], row["spoke"], row["change_score"], row["change_verdict"], row["base_kind"],
    )  # fmt: skip


def test_an_unreadable_artifact_stays_unreadable_beside_a_change(tmp_path, features, scores):
    row = judged(tmp_path, features, scores, None, [changed("a", "release", 0.99)])
    assert ("unreadable", "", None) == (row["verdict"], row["spoke"], row["score"])
