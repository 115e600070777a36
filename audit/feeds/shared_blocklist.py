"""Reads the blocklist.json of another boojum as a feed; what a person waived there is withdrawn."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path

from audit.blocklists.contract import BlocklistEntry
from audit.blocklists.record import parse_record
from audit.feeds.contract import FeedKind
from audit.feeds.entry import Counts, Entry
from audit.feeds.source import FILE_BYTES, BrokenRecords, FeedError
from audit.strict_json import ShapeError


class BlocklistFeed:
    """The record of files that another boojum blocks."""

    kind = FeedKind.BLOCKLIST
    summary = "blocklist.json of another boojum"

    def read(self, path: Path, counts: Counts, broken: BrokenRecords) -> Iterator[Entry]:
        """Yield a digest for each entry; raises FeedError where it is no record."""
        del broken  # A record is whole or none.
        if path.is_dir() or path.stat().st_size > FILE_BYTES:
            raise FeedError(f"{path} is no blocklist.json of a boojum", "name the file of a run")
        try:
            record = parse_record(path.read_bytes())
        except (OSError, ShapeError) as error:
            raise FeedError(f"{path} is no blocklist.json of a boojum: it {error}", "name the file of a run") from error
        for entry in record.entries:
            counts.records += 1
            yield _as_entry(entry, None)
        for lifted in record.lifted:
            counts.records += 1
            counts.withdrawn += 1
            yield _as_entry(lifted.entry, _parse_day(lifted.day) or _parse_day(record.generated_at))


def _as_entry(entry: BlocklistEntry, withdrawn: date | None) -> Entry:
    verdict = f"{entry.verdict} there: " if entry.verdict else ""
    return Entry(
        "digest",
        record=f"{entry.project}=={entry.version}" if entry.project else entry.sha256[:12],
        filename=entry.filename,
        sha256=entry.sha256,
        day=_parse_day(entry.first_seen),
        withdrawn=withdrawn,
        text=f"{verdict}{'; '.join(entry.reasons)}"[:300],
    )


def _parse_day(text: str) -> date | None:
    try:
        return date.fromisoformat(text[:10])
    except ValueError:
        return None
