"""Feeds that are kept: their kind by content, lists, snapshots, another boojum's blocklist, and what is refused."""

import json
import os
import zipfile
from datetime import date

import pyarrow.parquet as pq
import pytest

from audit.feeds.contract import FeedKind
from audit.feeds.entry import Entry
from audit.feeds.listing import render_feed, render_feeds
from audit.feeds.source import FeedError
from audit.feeds.store import FeedDamagedError, add_feed, entries_file, list_feeds, remove_feed
from jobs.contract import OutputReadError
from jobs.store.lock import reading

DIGEST = "ab" * 32


def keep(tmp_path, text, name="list.txt", **how):
    source = tmp_path / name
    source.write_text(text if isinstance(text, str) else json.dumps(text))
    feed = add_feed(tmp_path / "out", source, **how)
    return feed, pq.read_table(entries_file(tmp_path / "out", feed)).to_pylist()


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("sha256", f"# digests\n{DIGEST}\nsha256:{'CD' * 32}\n{'ef' * 32}  a-1.0.tar.gz\n"),
        ("releases", "six==1.16.0\nRequests == 2.0 # why\nctx\n"),
        ("snapshot", "packages/a/b/six-1.16.0.tar.gz\nsix-1.16.0-py3-none-any.whl\n"),
        ("snapshot", {"meta": {"api-version": "1.1"}, "projects": [{"name": "Six"}]}),
        ("snapshot", {"name": "six", "files": [{"filename": "six-1.0.tar.gz", "hashes": {"sha256": DIGEST}}]}),
        (
            "osv",
            {"id": "MAL-1", "modified": "2024-01-01", "affected": [{"package": {"ecosystem": "PyPI", "name": "a"}}]},
        ),
    ],
)
def test_the_kind_is_recognised_by_content(tmp_path, kind, text):
    feed, entries = keep(tmp_path, text)
    assert kind == feed.kind == list_feeds(tmp_path / "out")[0].kind
    assert entries
    assert f"list: {kind}, " in render_feed(feed)


def test_json_lines_are_records_and_a_broken_line_is_named(tmp_path):
    line = json.dumps({"id": "MAL-1", "affected": [{"package": {"ecosystem": "PyPI", "name": "a"}}]})
    feed, entries = keep(tmp_path, f"{{broken}}\n{line}\n{line.replace('-1', '-2')}\n")
    assert (FeedKind.OSV, 2, ["line 1"]) == (feed.kind, feed.records, [each.where for each in feed.broken])
    assert ["MAL-1", "MAL-2"] == [entry["record"] for entry in entries]


def test_a_list_of_bare_names_could_be_two_things(tmp_path):
    with pytest.raises(FeedError) as refused:
        keep(tmp_path, "six\nrequests\n")
    assert "--kind names or --kind snapshot" in refused.value.hint
    assert ["name", "name"] == [entry["kind"] for entry in keep(tmp_path, "Six\nb_b\n", kind=FeedKind.NAMES)[1]]
    assert ["project"] == [entry["kind"] for entry in keep(tmp_path, "six\n", kind=FeedKind.SNAPSHOT)[1]]


@pytest.mark.parametrize(
    ("why", "text"),
    [("mixes", f"{DIGEST}\nsix==1.0\n"), ("is empty", "# nothing\n"), ("is no feed", "a b\nc d\n"), ("no kind", "[1]")],
)
def test_what_is_no_feed_is_refused_and_the_feed_that_stood_stays(tmp_path, why, text):
    keep(tmp_path, f"{DIGEST}\n")
    with pytest.raises(FeedError, match=why):
        keep(tmp_path, text)
    assert [FeedKind.SHA256] == [feed.kind for feed in list_feeds(tmp_path / "out")]
    assert ["list"] == [each.name for each in (tmp_path / "out" / "feeds").iterdir()]


def test_an_archive_that_is_cut_is_refused_and_a_bomb_costs_one_record(tmp_path, monkeypatch):
    archive = tmp_path / "all.zip"
    good = json.dumps({"id": "MAL-1", "affected": [{"package": {"ecosystem": "PyPI", "name": "a"}}]})
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as made:
        made.writestr("a.json", good)
        made.writestr("bomb.json", " " * 2**20)
    monkeypatch.setattr("audit.feeds.source.RECORD_BYTES", 2**16)
    feed = add_feed(tmp_path / "out", archive)
    assert ("osv", 1, ["bomb.json"]) == (feed.name, feed.records, [each.where for each in feed.broken])
    archive.write_bytes(archive.read_bytes()[:-40])
    with pytest.raises(FeedError, match="is cut or no zip archive"):
        add_feed(tmp_path / "out", archive)


def test_a_feed_has_the_day_of_its_source_and_is_stale_after_some_days(tmp_path):
    source = tmp_path / "old.txt"
    source.write_text(DIGEST)
    os.utime(source, (1_700_000_000, 1_700_000_000))
    old = add_feed(tmp_path / "out", source)
    fresh = add_feed(tmp_path / "out", source, "fresh", day=date(2023, 11, 20))
    today = date(2023, 11, 22)
    assert [True, False, False] == [old.is_stale(today, 7), fresh.is_stale(today, 7), old.is_stale(today, 0)]
    assert 1 == render_feeds([old, fresh], today, 7).count("STALE: 8 days old")


def test_a_name_outside_of_the_folder_is_refused_and_a_damaged_feed_is_named(tmp_path):
    with pytest.raises(FeedError, match="is no name"):
        add_feed(tmp_path / "out", _written(tmp_path), "../evil")
    feed, _ = keep(tmp_path, DIGEST)
    (tmp_path / "out" / "feeds" / feed.name / "feed.json").write_text("{")
    with pytest.raises(FeedDamagedError, match="list"):
        list_feeds(tmp_path / "out")
    remove_feed(tmp_path / "out", feed.name)
    assert "no feeds" in render_feeds(list_feeds(tmp_path / "out"), date(2026, 1, 1), 7)
    with pytest.raises(FeedError, match="no feed"):
        remove_feed(tmp_path / "out", feed.name)


def _written(tmp_path):
    source = tmp_path / "digests.txt"
    source.write_text(DIGEST)
    return source


def test_a_feed_is_not_replaced_or_removed_while_somebody_reads(tmp_path, monkeypatch):
    monkeypatch.setattr("audit.feeds.store.READER_PATIENCE", 0.0)
    feed, _ = keep(tmp_path, DIGEST)
    out = tmp_path / "out"
    with reading(out):
        with pytest.raises(OutputReadError):
            keep(tmp_path, "cd" * 32)
        with pytest.raises(OutputReadError):
            remove_feed(out, feed.name)
        assert [DIGEST] == pq.read_table(entries_file(out, feed)).column("sha256").to_pylist()
    assert [feed.name] == [each.name for each in (out / "feeds").iterdir()]
    assert ["cd" * 32] == [entry["sha256"] for entry in keep(tmp_path, "cd" * 32)[1]]


def test_a_source_that_is_replaced_while_it_is_read_is_refused_and_the_feed_stays(tmp_path, monkeypatch):
    feed, _ = keep(tmp_path, DIGEST)

    class Replacing:
        def read(self, path, counts, broken):
            new = path.with_suffix(".new")
            new.write_text("cd" * 32)
            new.replace(path)
            yield Entry("digest", "line 1", sha256="cd" * 32)

    monkeypatch.setattr("audit.feeds.store.find_format", lambda kind: Replacing())
    with pytest.raises(FeedError, match="changed while it was read"):
        keep(tmp_path, DIGEST)
    assert [DIGEST] == pq.read_table(entries_file(tmp_path / "out", feed)).column("sha256").to_pylist()
