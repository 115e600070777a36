"""Compares the texts of two opened releases, member by member, as unified diffs."""

import difflib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice

import numpy as np
import pyarrow as pa

from features.contract import FileType, Kind, Member, Release
from features.text.decode import decode_source
from jobs.changes.comparable_paths import comparable, strip_roots

MAX_CHARS = 400_000
"""Characters of the longest text that is compared line by line."""
LINE_CHARS = 300
"""Characters of a line that are shown; the rest of a longer one is cut."""
CONTEXT = 2
_NO_TEXT = frozenset((FileType.NATIVE, FileType.BYTECODE, FileType.ARCHIVE, FileType.BINARY))


@dataclass(frozen=True, slots=True)
class MemberDiff:
    """The difference of one member: `lines` of a unified diff (hostile text, unescaped), "" where it is no text.

    `change` is "new", "changed" or "gone"; `note` says in words what the lines do not.
    """

    path: str
    change: str
    lines: tuple[str, ...] = ()
    note: str = ""


def diff_members(base: Release, release: Release, first: Sequence[str], most_lines: int) -> Iterator[MemberDiff]:
    """Yield the members of a release that its base has not, or has otherwise, then those that are gone.

    Members whose path is in `first` come first, in that order. `most_lines` bounds the lines of all diffs together;
    what no longer fits is named without its lines.
    """
    before, after = _by_path(base), _by_path(release)
    differing = [path for path, member in after.items() if path not in before or before[path].key != member.key]
    rank = {path: number for number, path in enumerate(first)}
    differing.sort(key=lambda path: (rank.get(after[path].path, len(rank)), path))
    left = most_lines
    for path in differing:
        old, new = before.get(path), after[path]
        lines, note = _compare(old, new, left)
        left -= len(lines)
        yield MemberDiff(new.path, "changed" if old is not None else "new", lines, note)
    for path in sorted(before.keys() - after.keys()):
        yield MemberDiff(before[path].path, "gone")


def _by_path(release: Release) -> Mapping[str, Member]:
    """Return the members by their path without what a version or a kind of file puts into it."""
    members = release.members
    rows, is_wheel = np.zeros(len(members), np.int64), np.array([release.kind is Kind.WHEEL])
    paths = comparable(strip_roots(pa.array([member.path for member in members], pa.string()), rows, is_wheel))
    return dict(zip(paths.to_pylist(), members, strict=True))


def _compare(old: Member | None, new: Member, left: int) -> tuple[tuple[str, ...], str]:
    if new.file_type in _NO_TEXT or (old is not None and old.file_type in _NO_TEXT):
        before = f" ({old.size:,} bytes before)" if old is not None else ""
        return (), f"{new.file_type.value}, {new.size:,} bytes{before}"
    texts = ["" if old is None else decode_source(old.content).text, decode_source(new.content).text]
    if max(map(len, texts)) > MAX_CHARS:
        return (), f"{new.size:,} bytes: too long to compare line by line"
    old_lines, new_lines = texts[0].split("\n"), texts[1].split("\n")
    compared = difflib.unified_diff(old_lines if old is not None else [], new_lines, n=CONTEXT, lineterm="")
    lines = [line if len(line) <= LINE_CHARS else line[:LINE_CHARS] + "…" for line in islice(compared, 2, None)]
    kept = tuple(lines[: max(left, 0)])
    rest = len(lines) - len(kept)
    return kept, f"{rest:,} more lines" if rest else ""
