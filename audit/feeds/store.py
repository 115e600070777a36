"""Keeps feeds below `feeds/` in the output folder: one folder each, with feed.json and entries.parquet."""

import os
import re
import secrets
import shutil
from collections.abc import Iterable, Iterator
from dataclasses import astuple
from datetime import UTC, date, datetime
from itertools import islice
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from audit.errors import StatedError
from audit.feeds.contract import BrokenRecord, Feed, FeedKind
from audit.feeds.entry import Counts, Entry
from audit.feeds.recognition import recognise
from audit.feeds.registry import find_format
from audit.feeds.schema import ENTRIES
from audit.feeds.source import BrokenRecords, FeedError, require_source
from audit.serialization import from_plain, render_json
from audit.strict_json import load_strictly
from features.runtime.atomic_write import sync_to_disk, write_atomically
from jobs.store.lock import READER_PATIENCE, reading, without_readers

FOLDER = "feeds"
FEED_FILE = "feed.json"
ENTRIES_FILE = "entries.parquet"
SCHEMA_VERSION = 1
_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")
_ROWS = 65_536
_COLUMNS = ("kind", "record", "project", "version", "filename", "sha256", "blake2b_256", "ranges", "day", "modified",
            "withdrawn", "text")  # fmt: skip
"""Attributes of an entry, in their order."""


class FeedDamagedError(StatedError):
    """A feed that is kept and cannot be read."""


def add_feed(out: Path, source: Path, name: str = "", kind: FeedKind | None = None, day: date | None = None) -> Feed:
    """Read a source and keep it as a feed, in place of one of the same name; raises FeedError and OSError.

    The kind is recognised by content if it is None. `day` is the day of the content, by default that on which the
    source was last changed. A feed that stood stays where the source cannot be used, or changed while it was read.
    Raises OutputReadError where somebody reads the feeds for long.
    """
    require_source(source)
    before = _state_of(source)
    kind = kind or recognise(source)
    name = name or _default_name(source, kind)
    if not _NAME.fullmatch(name):
        raise FeedError(f"{name!r} is no name of a feed", "name it with --name: letters, digits, `.`, `_` and `-`")
    folder = out / FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    staged = folder / f".new-{secrets.token_hex(4)}"
    staged.mkdir()
    try:
        feed = _write(staged, source, name, kind, day)
        if _state_of(source) != before:
            raise FeedError(f"{source} changed while it was read", "add it again when it is written whole")
        _put(out, staged, folder / name)
    finally:
        shutil.rmtree(staged, ignore_errors=True)
    return feed


def _write(staged: Path, source: Path, name: str, kind: FeedKind, day: date | None) -> Feed:
    counts, broken = Counts(), BrokenRecords()
    today = datetime.now(UTC).date()
    rows = 0
    with pq.ParquetWriter(staged / ENTRIES_FILE, ENTRIES, compression="zstd") as writer:
        entries = iter(find_format(kind).read(source, counts, broken))
        while batch := list(islice(entries, _ROWS)):
            writer.write_table(_as_table(batch))
            rows += len(batch)
    left_out = tuple(sorted(counts.left_out.items()))
    if not rows and not (kind is FeedKind.OSV and left_out):
        why = f" ({broken.named[0][0]}: {broken.named[0][1]})" if broken.named else ""
        raise FeedError(f"{source} has no record that can be used{why}", "look at the file, or name its kind")
    sync_to_disk(staged / ENTRIES_FILE)
    feed = Feed(
        schema_version=SCHEMA_VERSION,
        name=name,
        kind=kind,
        origin=str(source.absolute()),
        day=day or min(_changed_on(source), today),
        added=today,
        records=counts.records,
        entries=rows,
        withdrawn=counts.withdrawn,
        left_out=left_out,
        broken_total=broken.total,
        broken=tuple(BrokenRecord(*each) for each in broken.named),
    )
    write_atomically(staged / FEED_FILE, render_json(feed).encode(), durable=True)
    return feed


def _as_table(entries: Iterable[Entry]) -> pa.Table:
    columns = dict(zip(_COLUMNS, zip(*map(astuple, entries), strict=True), strict=True))
    clean = {
        each.name: [value.encode("utf-8", "replace").decode() if isinstance(value, str) else value for value in
                    columns[each.name]]
        for each in ENTRIES
    }  # fmt: skip
    return pa.table(clean, schema=ENTRIES)


def _state_of(source: Path) -> tuple[int, ...]:
    """Return what tells a source from the same one after somebody wrote into it or replaced it."""
    state = source.stat()
    return state.st_ino, state.st_size, state.st_mtime_ns


def _put(out: Path, staged: Path | None, place: Path) -> None:
    """Rename a folder to its place while nobody reads the feeds; what stood there is removed."""
    old = place.parent / f".old-{secrets.token_hex(4)}"
    with without_readers(out, READER_PATIENCE):
        if place.exists():
            place.rename(old)
        if staged:
            staged.rename(place)
    shutil.rmtree(old, ignore_errors=True)


def _default_name(source: Path, kind: FeedKind) -> str:
    stem = source.absolute().name if source.is_dir() else source.stem
    name = re.sub(r"[^a-z0-9._-]+", "-", stem.lower()).strip("-._")[:64]
    return kind.value if not name or name == "all" else name


def _changed_on(source: Path) -> date:
    """Return the day on which a source was last changed; for a folder, its newest file's."""
    newest = source.stat().st_mtime
    if source.is_dir():
        files = (Path(folder, name) for folder, _, names in os.walk(source) for name in names)
        newest = max((file.stat().st_mtime for file in files if file.is_file()), default=newest)
    return datetime.fromtimestamp(newest, UTC).date()


def list_feeds(out: Path) -> tuple[Feed, ...]:
    """Return the feeds that are kept, by name; raises FeedDamagedError, and OutputReadError.

    Who opens their entries later does so in a block of `reading`, so that no feed is replaced in between.
    """
    with reading(out):
        return tuple(_read_feed(folder) for folder in _feed_folders(out))


def _feed_folders(out: Path) -> Iterator[Path]:
    folder = out / FOLDER
    if folder.is_dir():
        yield from sorted(each for each in folder.iterdir() if _NAME.fullmatch(each.name) and each.is_dir())


def _read_feed(folder: Path) -> Feed:
    try:
        feed: Feed = from_plain(Feed, load_strictly((folder / FEED_FILE).read_bytes()))
        pq.read_schema(folder / ENTRIES_FILE)
    except (OSError, ValueError, KeyError, TypeError, AttributeError, pa.ArrowException) as error:
        raise FeedDamagedError(
            f"the feed in {folder} cannot be read ({error})", f"add it again, or `boojum feed remove {folder.name}`"
        ) from error
    return feed


def entries_file(out: Path, feed: Feed) -> Path:
    """Return the file of a feed's entries."""
    return out / FOLDER / feed.name / ENTRIES_FILE


def remove_feed(out: Path, name: str) -> None:
    """Remove a feed, also a damaged one; raises FeedError where there is none of the name, and OutputReadError."""
    folder = out / FOLDER / name
    if not _NAME.fullmatch(name) or not folder.is_dir():
        known = ", ".join(each.name for each in _feed_folders(out)) or "none"
        raise FeedError(f"there is no feed {name!r}", f"feeds: {known}")
    _put(out, None, folder)
