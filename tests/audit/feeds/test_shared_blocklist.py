"""Another boojum's blocklist as a feed."""

import pyarrow.parquet as pq
import pytest

from audit.feeds.source import FeedError
from audit.feeds.store import add_feed, entries_file


def test_its_entries_are_digests(document, finding, publish, tmp_path):
    out = publish(document(finding(1)))
    feed = add_feed(tmp_path / "mine", out / "runs" / "latest" / "blocklist.json", "theirs")
    [entry] = pq.read_table(entries_file(tmp_path / "mine", feed)).to_pylist()
    assert ("blocklist", "digest", f"{1:064x}") == (feed.kind, entry["kind"], entry["sha256"])
    assert entry["text"].startswith("malicious there: ")


def test_one_that_is_broken_is_refused(tmp_path):
    file = tmp_path / "blocklist.json"
    file.write_text('{"schema_version": 2, "entries": [], "revision": ""}')
    with pytest.raises(FeedError, match=r"is no blocklist\.json"):
        add_feed(tmp_path / "out", file)
