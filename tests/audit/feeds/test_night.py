"""A staged run against feeds: known bad, named only, gone upstream, and who depends on it."""

import json
from datetime import date

import pyarrow.parquet as pq
import pytest

from audit.contract import FindingChange
from audit.feeds.contract import FeedKind
from audit.feeds.night import add_feeds, compare_feeds
from audit.feeds.store import add_feed
from audit.feeds.wording import describe_gone, describe_known_bad, describe_notes, feed_lines, known_bad_lines
from audit.query import connect
from audit.reports.registry import REPORTS
from jobs.run.manifest import read_manifest
from jobs.run.run_folder import RunFolder
from model.contract import Verdict

TODAY = date(2026, 11, 22)


@pytest.fixture
def staged(store_folder):
    folder = store_folder / "runs" / "latest"
    rows = pq.read_table(folder / "scores.parquet").to_pylist()
    digests = {row["filename"]: f"{number:064x}" for number, row in enumerate(rows)}
    for row in rows:
        row.update(seen="tonight", verdict="clear", score=0.1, spoke="", blake2b_256="")
    table = pq.read_table(folder / "scores.parquet")
    pq.write_table(table.from_pylist(rows, schema=table.schema), folder / "scores.parquet")
    return RunFolder("1", store_folder, folder, read_manifest(folder)), digests


def keep(run, tmp_path, record, *records, name="osv"):
    source = tmp_path / f"{name}.jsonl"
    source.write_text("".join(f"{json.dumps(each)}\n" for each in (record, *records)))
    return add_feed(run.out, source)


def verdicts(run):
    rows = pq.read_table(run.folder / "scores.parquet").to_pylist()
    return {row["filename"]: row["verdict"] for row in rows if row["verdict"] == "known_bad"}


def test_without_feeds_a_run_is_left_as_it_is(staged):
    run, _ = staged
    same, night = compare_feeds(run, TODAY, 7)
    assert same is run
    assert ((), 0) == (night.states, night.gone.count)
    assert not (run.folder / "known_bad.parquet").exists()


def test_a_version_is_known_bad_and_its_neighbour_is_not(staged, tmp_path, record):
    run, _ = staged
    keep(run, tmp_path, record("MAL-1", "Sheep", versions=["2.0.0"]), record("PYSEC-1", "sheep", versions=["1.0"]))
    run, night = compare_feeds(run, TODAY, 7)
    assert {"sheep-2.0.tar.gz": "known_bad"} == verdicts(run)
    assert 1 == run.manifest.verdicts["known_bad"] == night.states[0].matches
    assert run.manifest == read_manifest(run.folder)
    assert [("MAL-1", "version")] == connect(run.out).execute("SELECT record, kind FROM feed_matches").fetchall()


def test_a_digest_finds_an_old_file_under_any_name(staged, tmp_path):
    run, _ = staged
    rows = pq.read_table(run.folder / "scores.parquet")
    digests = [f"{number:064x}" for number in range(len(rows))]
    at = rows.schema.get_field_index("sha256")
    pq.write_table(rows.set_column(at, rows.schema.field(at), [digests]), run.folder / "scores.parquet")
    source = tmp_path / "bad.txt"
    source.write_text(digests[0].upper())
    add_feed(run.out, source)
    run, _ = compare_feeds(run, TODAY, 7)
    assert {rows.column("filename")[0].as_py(): "known_bad"} == verdicts(run)


def test_a_withdrawn_record_is_a_note_and_of_two_feeds_that_disagree_both_are_shown(
    staged, tmp_path, record, finding, document
):
    run, _ = staged
    withdrawn = record("MAL-1", "goats", versions=["1.0"], withdrawn="2024-06-01T00:00:00Z")
    keep(run, tmp_path, withdrawn)
    same, night = compare_feeds(run, TODAY, 7)
    assert ({}, 1) == (verdicts(same), night.notes)
    text = describe_notes(add_feeds(document(), same, night))
    assert "1 file is named by a feed that withdrew the record" in text
    keep(run, tmp_path, record("MAL-9", "goats", versions=["1.0"]), name="other")
    run, night = compare_feeds(run, TODAY, 7)
    assert {"goats-1.0.tar.gz": "known_bad"} == verdicts(run)
    found = finding(1, project="goats", path="goats-1.0", sha256="goats1.0", verdict=Verdict.KNOWN_BAD)
    [said] = add_feeds(document(found), run, night).findings
    assert [("other", ""), ("osv", "the feed withdrew it on 2024-06-01")] == [(m.feed, m.note) for m in said.feeds]


def test_who_depends_on_it_by_requirement_and_specifier(staged, tmp_path, record, finding, document):
    run, _ = staged
    keep(run, tmp_path, record("MAL-1", "reqeusts"))
    run, night = compare_feeds(run, TODAY, 7)
    found = finding(1, project="reqeusts", path="reqeusts-1.0", sha256="reqeusts1.0", verdict=Verdict.KNOWN_BAD)
    made = add_feeds(document(found), run, night)
    assert ([("goats", "1.0")], 1) == (
        [(each.project, each.version) for each in made.findings[0].requiring],
        made.findings[0].requiring_total,
    )
    assert "1 file is known bad by your feeds" == describe_known_bad(made)
    assert any("1 project on this mirror allow it" in line for line in known_bad_lines(made))


def test_what_is_gone_upstream_is_a_list_of_its_own(staged, tmp_path, document):
    run, _ = staged
    source = tmp_path / "upstream.txt"
    source.write_text("Sheep\nreqeusts\nsheep-2.0.tar.gz\n")
    add_feed(run.out, source, "upstream", FeedKind.SNAPSHOT, date(2020, 1, 1))
    run, night = compare_feeds(run, TODAY, 7)
    gone = night.gone
    assert [("goats-1.0.tar.gz", "project"), ("sheep-1.0.tar.gz", "file")] == [(f.filename, f.why) for f in gone.files]
    assert (2, 1, {}) == (gone.count, gone.projects, verdicts(run))
    assert 2 == len(connect(run.out).execute("SELECT * FROM gone_upstream").fetchall())
    made = add_feeds(document(), run, night)
    assert "2 files are gone upstream, still served here" in describe_gone(made)
    assert any("the feed upstream is stale" in line for line in feed_lines(made))


NIGHTLY = [report for report in REPORTS if report.name in {"html", "json", "csv", "markdown"}]


@pytest.mark.parametrize("report", NIGHTLY, ids=lambda report: report.name)
def test_hostile_text_of_a_record_is_inert_in_every_report(
    staged, tmp_path, record, finding, document, report, hostile
):
    run, _ = staged
    keep(run, tmp_path, record(f"MAL-{hostile}", "sheep", versions=["2.0"], summary=hostile))
    run, night = compare_feeds(run, TODAY, 7)
    facts = {"project": "sheep", "version": "2.0", "path": "sheep-2.0", "sha256": "sheep2.0"}
    bad = finding(1, verdict=Verdict.KNOWN_BAD, change=FindingChange.NEW, **facts)
    text = report.render(add_feeds(document(bad), run, night))
    assert "MAL" in text
    assert "\u202e" not in text
    assert report.name not in {"html", "markdown"} or "<img" not in text
