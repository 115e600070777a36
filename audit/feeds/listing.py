"""Words the feeds that are kept, for `boojum feed add` and `boojum feed list`; texts of records are hostile."""

from collections.abc import Iterator, Sequence
from datetime import date

from audit.feeds.contract import Feed, FeedKind

BROKEN_SHOWN = 5
"""Broken records that are printed of each feed; `--json` has up to a hundred."""


def render_feed(feed: Feed) -> str:
    """Return a feed as lines."""
    return "\n".join(_lines(feed))


def render_feeds(feeds: Sequence[Feed], today: date, stale_days: int) -> str:
    """Return all feeds as lines; those whose content is older than `stale_days` are called stale."""
    lines = []
    for feed in feeds:
        first, *rest = _lines(feed)
        stale = f" STALE: {(today - feed.day).days:,} days old" if feed.is_stale(today, stale_days) else ""
        lines += [first + stale, *rest]
    return "\n".join(lines) or "no feeds; `boojum feed add SOURCE` keeps one"


def _lines(feed: Feed) -> Iterator[str]:
    what = "projects and files" if feed.kind is FeedKind.SNAPSHOT else "records"
    yield f"{feed.name}: {feed.kind}, {feed.records:,} {what}, of {feed.day}, added {feed.added} from {feed.origin}"
    if feed.withdrawn:
        yield f"  {feed.withdrawn:,} of them withdrawn"
    for reason, count in feed.left_out:
        yield f"  {count:,} records left out: {reason}"
    if feed.broken_total:
        yield f"  {feed.broken_total:,} broken records, not used:"
        for record in feed.broken[:BROKEN_SHOWN]:
            yield f"    {record.where}: {record.why}"
        if feed.broken_total > BROKEN_SHOWN:
            yield f"    and {feed.broken_total - BROKEN_SHOWN:,} more"
