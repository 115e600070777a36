"""The members of a zip file: by its directory, as installers read it, and whatever else stands in the file."""

import bz2
import lzma
from collections.abc import Iterator
from typing import Any

from isal import isal_zlib

from features.archive.budget import Broken, Reached
from features.archive.collection import Collection
from features.archive.compression import FAULTS, Position, coded_blocks, deflate_blocks, raw_blocks
from features.archive.keeping import Draft, keep_pieces, keep_stray, keep_whole, let_go
from features.archive.source import Source
from features.archive.zip import (
    DESCRIPTOR,
    END,
    END_BYTES,
    End,
    Entry,
    find_data,
    find_locals,
    find_records,
    iter_directory,
    read_local,
)
from features.contract import Sort

_SMALL = 2 * 2**20
_AROUND = 2**20
"""Data before, between and behind the members that are shown to the feature groups, at most."""
_DESCRIPTOR_BYTES = 24
_LISTING = frozenset(("members", "path_chars"))
"""Limits after which no more is listed; what was listed until then is read."""
_STORED, _DEFLATED, _BZIP2, _LZMA = 0, 8, 12, 14
_METHODS = frozenset((_STORED, _DEFLATED, _BZIP2, _LZMA))
_USUAL = frozenset((_STORED, _DEFLATED))
_SOON = (".py", ".pth", ".toml", ".cfg", ".txt", "metadata", "pkg-info", "record", "wheel")
"""Ends of names that are inflated first, so that a limit is reached over data and not over code."""


def has_end_mark(source: Source) -> bool:
    """Return whether the last 64 KiB hold an end record's magic, right or wrong."""
    at = max(source.size - END_BYTES, 0)
    return END in source.read(at, source.size - at)


def read_zip(source: Source, end: End | None, found: Collection, prefix: str) -> int:
    """Add the members of a zip file; return how many an installer would meet.

    `end` None says that there is no usable directory: members are then looked for by their local headers.
    Raises `Reached`; what is known of the rest is added as not examined.
    """
    reading = _Reading(source, found, prefix)
    if end is None:
        found.budget.note("bad_directory" if has_end_mark(source) else "truncated")
        reading.read_gap(0, source.size, "hidden_data", listed=True)
        found.check_doubles(reading.names)
        return reading.listed
    reading.read_directory(end)
    return reading.listed


class _Reading:
    """One pass over one zip file."""

    def __init__(self, source: Source, found: Collection, prefix: str) -> None:
        self.source = source
        self.found = found
        self.prefix = prefix
        self.names: list[str] = []
        self.listed = 0
        self.covered: list[tuple[int, int]] = []
        self.streams: dict[int, Entry] = {}
        """Members that are empty by the directory and as long as their data for a reader of streams, by their start."""

    def read_directory(self, end: End) -> None:
        entries: list[Entry] = []
        reached: Reached | None = None
        count = 0
        try:
            for entry in iter_directory(self.source, end):
                self.found.budget.list_member(len(entry.raw_name))
                count += 1
                entries.append(entry)
        except Reached as limit:
            reached = limit
        self.names = [entry.name for entry in entries]
        self.listed = len(entries)
        if not self.prefix:
            self.found.tops.extend(self.names)
        for name in self.names:
            self.found.check_name(name)
        self.found.check_doubles(self.names)
        if reached is None and (count ^ end.entries) & 0xFFFF:
            # zipfile does not read the count; without zip64 it holds the lowest 16 bits of it.
            self.found.budget.note("wrong_end_record")
        slots: list[Draft | None] = [None] * len(entries)
        extra: list[Draft] = []
        soon = [name.lower().endswith(_SOON) for name in self.names]
        order = [at for at, first in enumerate(soon) if first] + [at for at, first in enumerate(soon) if not first]
        for index in order:
            entry = entries[index]
            name = self.prefix + self.names[index].removeprefix("./")
            if reached is not None and reached.limit not in _LISTING:
                slots[index] = _unread(name, entry, reached.limit)
                continue
            try:
                slots[index] = self._member(entry, name, extra)
            except Reached as limit:
                reached = limit
                slots[index] = _unread(name, entry, limit.limit)
        self.found.drafts.extend(draft for draft in slots if draft is not None)
        self.found.drafts.extend(extra)
        if reached is not None:
            raise reached
        self._around(end)

    def _member(self, entry: Entry, name: str, extra: list[Draft]) -> Draft | None:
        """Return the draft of one listed member; other views of it (its local header's) go to `extra`."""
        budget = self.found.budget
        if entry.is_symlink:
            budget.note("symlink")
        local: Entry | None = None
        # What is empty here may be none for a reader of streams.
        entry.data_at = find_data(self.source, entry) if entry.stored else -1
        if entry.data_at < 0:
            local = read_local(self.source, entry.at)
            if local is None:
                budget.note("local_central_mismatch")
                return _unread(name, entry, "no local header")
            entry.data_at = local.data_at
            if not entry.stored and local.flags & DESCRIPTOR and local.method == _DEFLATED:
                self.streams[local.data_at] = local
        self.covered.append((entry.at, entry.data_at + entry.stored))
        # An empty folder may be written as an empty deflate stream, which takes two bytes.
        if name.endswith("/") and not entry.size and entry.stored <= 2:
            return None
        draft = self._read(entry, name)
        if entry.other_name and entry.other_name != entry.name:
            other = self._read(entry, self.prefix + entry.other_name)
            other.hidden = True
            extra.append(other)
        if local is not None and not _agree(entry, local):
            budget.note("local_central_mismatch")
            extra.extend(self._other_view(entry, local, draft))
        return draft

    def _other_view(self, entry: Entry, local: Entry, draft: Draft) -> Iterator[Draft]:
        """Yield what a reader sees that goes by the local header."""
        name = self.prefix + local.name
        if local.flags & DESCRIPTOR and not local.stored:
            local.stored, local.size = entry.stored, entry.size
        same = (local.method, local.stored, local.size) == (entry.method, entry.stored, entry.size)
        if same and (local.is_encrypted or not entry.is_encrypted):
            if local.raw_name != entry.raw_name:
                other = self._read(entry, name)
                other.hidden = True
                yield other
            return
        self.found.budget.note("hidden_member")
        other = self._read(local, name)
        other.hidden = True
        if other.digest != draft.digest or other.path != draft.path or not other.digest:
            yield other

    def _read(self, entry: Entry, name: str) -> Draft:
        """Return the draft of the member whose data stand at `entry.data_at`."""
        budget = self.found.budget
        if entry.is_encrypted:
            budget.note("encrypted_member")
            return _unread(name, entry, "encrypted")
        if entry.method not in _METHODS:
            budget.note("unsupported_compression")
            return _unread(name, entry, "unsupported compression")
        draft = self._read_small(entry, name) or self._read_large(entry, name)
        draft.executable = bool(entry.mode & 0o111)
        return draft

    def _read_small(self, entry: Entry, name: str) -> Draft | None:
        """Read the usual member in one piece; None where it is large, or not what its header says."""
        if entry.stored > _SMALL or entry.size > _SMALL or entry.method not in _USUAL:
            return None
        data = self.source.read(entry.data_at, entry.stored)
        if len(data) != entry.stored:
            return None
        if entry.method == _DEFLATED:
            decoder = isal_zlib.decompressobj(wbits=-15)
            try:
                data = decoder.decompress(data, entry.size + 1)
            except FAULTS:
                return None
            if not decoder.eof or decoder.unused_data:
                return None
        if len(data) != entry.size:
            return None
        self.found.budget.inflate(entry.size)
        draft = keep_whole(name, data, self.found.budget)
        if isal_zlib.crc32(data) != entry.crc:
            self.found.budget.note("bad_crc")
        return draft

    def _read_large(self, entry: Entry, name: str) -> Draft:
        """Any other member, a block at a time."""
        budget, position = self.found.budget, Position(entry.data_at)
        sums = _Sums(entry.size)
        pieces = self._guarded(self._blocks(entry, position), position, sums)
        # Arrays of numbers in nested archives would spend the budget that code is read with.
        draft = keep_pieces(name, entry.size, pieces, budget, skim=budget.depth > 0)
        if draft.sort is Sort.BINARY and not draft.digest and not draft.problem:
            return draft
        if draft.problem in {"truncated", "bad_data", "unsupported_compression"}:
            budget.note(draft.problem)
        elif draft.problem != "ratio":
            if sums.size != entry.size:
                budget.note("size_mismatch")
            if entry.crc not in {sums.whole, sums.said}:
                budget.note("bad_crc")
        return draft

    def _blocks(self, entry: Entry, position: Position) -> Iterator[bytes]:
        source, budget = self.source, self.found.budget
        if entry.method == _STORED:
            yield from raw_blocks(source, entry.data_at, entry.stored, budget, position)
        elif entry.method == _DEFLATED:
            yield from deflate_blocks(source, entry.data_at, entry.stored, budget, position)
        else:
            skip = 0
            decoder: Any = bz2.BZ2Decompressor()
            if entry.method == _LZMA:
                skip, decoder = _zip_lzma(source.read(entry.data_at, 4 + 16))
            yield from coded_blocks(source, entry.data_at + skip, entry.stored - skip, decoder, budget, position)

    def _guarded(self, blocks: Iterator[bytes], position: Position, sums: "_Sums") -> Iterator[bytes]:
        start = position.consumed
        for block in blocks:
            sums.add(block)
            self.found.budget.check_ratio(sums.size, position.consumed - start)
            yield block

    def _around(self, end: End) -> None:
        """Look at what no entry of the directory covers: before, between and behind the members."""
        self.covered.sort()
        at, overlapping = 0, 0
        gaps: list[tuple[int, int, str]] = []
        first = True
        for start, stop in self.covered:
            if start < at:
                overlapping += 1
            elif start > at:
                gaps.append((at, start, "leading_data" if first else "hidden_data"))
            first = False
            at = max(at, stop)
        if overlapping:
            self.found.budget.note("overlapping_members", overlapping)
        if end.start > at:
            gaps.append((at, end.start, "leading_data" if first else "hidden_data"))
        behind = self.source.size - end.after
        if end.comment:
            gaps.append((behind - end.comment, behind, "comment"))
        if end.after:
            gaps.append((behind, self.source.size, "trailing_data"))
        for start, stop, anomaly in gaps:
            stream = self.streams.get(start)
            if stream is not None and stop - start > _DESCRIPTOR_BYTES:
                start = self._unlisted(stream, stop, listed=False)  # noqa: PLW2901 - the rest of the gap
            self.read_gap(start, stop, anomaly)
            self._other_directory(start, stop)

    def _other_directory(self, start: int, stop: int) -> None:
        """Read what a directory that no installer of ours looks at makes of the file."""
        seen: set[bytes] | None = None
        for entry in find_records(self.source, start, stop):
            self.found.budget.list_member()
            if seen is None:
                seen = {draft.digest for draft in self.found.drafts if draft.digest}
            for shift in dict.fromkeys((0, start)):
                local = read_local(self.source, entry.at + shift)
                if local is None or (name := entry.name).endswith("/"):
                    continue
                entry.data_at = local.data_at
                draft = self._read(entry, self.prefix + name)
                if draft.digest and draft.digest not in seen:
                    seen.add(draft.digest)
                    draft.hidden = True
                    self.found.budget.note("hidden_member")
                    self.found.drafts.append(draft)
                else:
                    let_go(draft, self.found.budget)
                break

    def read_gap(self, start: int, stop: int, anomaly: str, *, listed: bool = False) -> None:
        """Look for members by their local headers, and keep what is none."""
        if anomaly == "hidden_data" and stop - start <= _DESCRIPTOR_BYTES:
            return
        at = start
        for header_at in find_locals(self.source, start, stop):
            if header_at < at:
                continue
            self.found.budget.check_time()
            local = read_local(self.source, header_at)
            if local is None or local.data_at > stop or not local.raw_name:
                continue
            self._keep_gap(at, header_at, anomaly)
            at = self._unlisted(local, stop, listed=listed)
        self._keep_gap(at, stop, anomaly)

    def _unlisted(self, local: Entry, stop: int, *, listed: bool) -> int:
        """Add a member that only its local header tells of; return where its data end."""
        budget = self.found.budget
        budget.list_member(len(local.raw_name))
        name = local.name
        self.found.check_name(name)
        if listed:
            self.listed += 1
            self.names.append(name)
            if not self.prefix:
                self.found.tops.append(name)
        else:
            budget.note("hidden_member")
        position = Position(local.data_at)
        if local.flags & DESCRIPTOR and not local.stored:
            # Sizes stand behind the data: deflate ends by itself, stored data at the next header.
            local.stored = stop - local.data_at
            if local.method == _STORED:
                local.stored = next(find_locals(self.source, local.data_at, stop), stop) - local.data_at
        local.stored = min(local.stored, stop - local.data_at)
        if name.endswith("/") and not local.stored:
            return local.data_at
        if local.is_encrypted or local.method not in _METHODS:
            draft = self._read(local, self.prefix + name)
            position.consumed = local.data_at + local.stored
        else:
            pieces = self._guarded(self._blocks(local, position), position, _Sums(0))
            draft = keep_pieces(self.prefix + name, local.size, pieces, budget)
            if draft.problem in {"truncated", "bad_data", "unsupported_compression"}:
                budget.note(draft.problem)
        draft.hidden = not listed
        self.found.drafts.append(draft)
        return max(position.consumed, local.data_at)

    def _keep_gap(self, start: int, stop: int, anomaly: str) -> None:
        if stop <= start:
            return
        data = self.source.read(start, min(stop - start, _AROUND))
        if anomaly == "hidden_data" and (stop - start <= _DESCRIPTOR_BYTES or not data.strip(b"\0")):
            return
        budget = self.found.budget
        if anomaly != "comment":
            budget.note(anomaly)
        budget.inflate(len(data))
        self.found.drafts.append(keep_stray(f"{self.prefix}!{anomaly}", data, stop - start, budget))


class _Sums:
    """Checksums of a member: of all of it and of as much as its header says that there is."""

    __slots__ = ("_said_size", "said", "size", "whole")

    def __init__(self, said_size: int) -> None:
        self._said_size = said_size
        self.size = 0
        self.whole = 0
        self.said = 0

    def add(self, block: bytes) -> None:
        if self.size < self._said_size:
            self.said = isal_zlib.crc32(block[: self._said_size - self.size], self.said)
        self.whole = isal_zlib.crc32(block, self.whole)
        self.size += len(block)


def _agree(entry: Entry, local: Entry) -> bool:
    if local.raw_name != entry.raw_name or local.method != entry.method:
        return False
    if (local.flags ^ entry.flags) & 1:
        return False
    if local.flags & DESCRIPTOR and not local.stored and not local.size:
        return True
    return (local.stored, local.size, local.crc) == (entry.stored, entry.size, entry.crc)


def _unread(name: str, entry: Entry, problem: str) -> Draft:
    sort = Sort.BINARY if entry.size or entry.stored else Sort.EMPTY
    return Draft(name, entry.size, sort, kept=False, problem=problem)


def _zip_lzma(head: bytes) -> tuple[int, Any]:
    """Return the length of a zip member's LZMA properties and a decoder made with them."""
    length = int.from_bytes(head[2:4], "little")
    if length != 5 or len(head) < 9:
        raise Broken("bad_data")
    lclppb = head[4]
    dictionary = int.from_bytes(head[5:9], "little")
    if lclppb >= 225 or dictionary > 2**27:
        raise Broken("bad_data")
    chosen = {
        "id": lzma.FILTER_LZMA1,
        "dict_size": max(dictionary, 4096),
        "lc": lclppb % 9,
        "lp": lclppb // 9 % 5,
        "pb": lclppb // 45,
    }
    try:
        return 4 + length, lzma.LZMADecompressor(lzma.FORMAT_RAW, filters=[chosen])
    except (lzma.LZMAError, ValueError):
        raise Broken("bad_data") from None
