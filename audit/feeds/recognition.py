"""Recognises the kind of a feed by its content; what could be two things is an error that names both."""

import itertools
from collections import Counter
from pathlib import Path
from typing import Any

from audit.feeds.contract import FeedKind
from audit.feeds.lists import parse_line
from audit.feeds.snapshot import is_json
from audit.feeds.source import BrokenRecords, FeedError, is_zip, read_lines, read_values

_LINES = 20_000
_VALUES = 50
_LEAST_SHARE = 0.1
_HINT = "say which with --kind: osv, sha256, names, releases, blocklist or snapshot"


def recognise(path: Path) -> FeedKind:
    """Return the kind of a source; raises FeedError where its content is of none, or could be of two."""
    if path.is_dir() or is_zip(path) or is_json(path):
        broken = BrokenRecords()
        for _, value in itertools.islice(read_values(path, broken), _VALUES):
            kind = _kind_of_value(value)
            if kind is not None:
                return kind
        if path.is_dir() and not broken.total:
            raise FeedError(f"{path} holds no JSON files", "name the folder of the records, or the file all.zip")
        why = f" ({broken.named[0][0]}: {broken.named[0][1]})" if broken.named else ""
        raise FeedError(f"{path} is JSON of no kind of feed{why}", _HINT)
    return _kind_of_lines(path)


def _kind_of_value(value: Any) -> FeedKind | None:
    if isinstance(value, list):
        return _kind_of_value(value[0]) if value and isinstance(value[0], dict) else None
    if not isinstance(value, dict):
        return None
    if {"schema_version", "entries", "revision"} <= value.keys():
        return FeedKind.BLOCKLIST
    if isinstance(value.get("projects"), list) or (isinstance(value.get("files"), list) and "name" in value):
        return FeedKind.SNAPSHOT
    if "id" in value and ("affected" in value or "modified" in value):
        return FeedKind.OSV
    return None


def _kind_of_lines(path: Path) -> FeedKind:
    kinds: Counter[str] = Counter()
    for _, text in itertools.islice(read_lines(path, BrokenRecords()), _LINES):
        line = parse_line(text)
        if line is not None:
            kinds[line.kind] += 1
    known = {kind: count for kind, count in kinds.items() if kind}
    total = sum(kinds.values())
    if not total:
        raise FeedError(f"{path} is empty", "name a file with a record, or a digest, a name or a release on each line")
    if sum(known.values()) < total / 2:
        raise FeedError(f"{path} is no feed: most of its lines are no digest, name or release", _HINT)
    kept = {kind for kind, count in known.items() if count >= _LEAST_SHARE * total}
    if kept == {"sha256"}:
        return FeedKind.SHA256
    if kept in ({"release"}, {"release", "name"}):
        return FeedKind.RELEASES
    if kept in ({"file"}, {"file", "name"}):
        return FeedKind.SNAPSHOT
    if kept == {"name"}:
        raise FeedError(
            f"{path} is a list of names, of bad projects or of all that upstream has",
            "say which with --kind names or --kind snapshot",
        )
    words = {"sha256": "digests", "release": "releases", "file": "files", "name": "names"}
    raise FeedError(f"{path} mixes {' and '.join(words[kind] for kind in sorted(kept))}", f"split it, or {_HINT}")
