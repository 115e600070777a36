"""Reads the members in the directory of a zip file, as installers do, and all other data in the file."""

from collections.abc import Iterator

from features.archive.budget import LimitExceeded
from features.archive.byte_source import ByteSource
from features.archive.collection import MemberCollection, memory_of_name
from features.archive.retention import RawMember, release_budget, retain_slack_data
from features.archive.zip_headers import (
    DESCRIPTOR,
    END_MAGIC,
    END_RECORD_BYTES,
    EndRecord,
    ZipEntry,
    find_directory_records,
    find_local_headers,
    find_newer_directory,
    iter_directory,
    locate_data,
    read_local_extra,
    read_local_header,
)
from features.archive.zip_member import DEFLATED, SHOWN_BYTES, STORED, MemberReader, unread_member

_GAP_BYTES = 2**20
"""Bytes that are kept of each gap before, between and after the members."""
_DESCRIPTOR_BYTES = 24
"""Bytes of the longest data descriptor after a member."""
_LISTING_LIMITS = frozenset(("members", "path_chars"))
"""Limits that end the listing of members; those listed before are still read."""
_PRIORITY_SUFFIXES = (".py", ".pth", ".start", ".toml", ".cfg", ".txt", "metadata", "pkg-info", "record", "wheel")
"""Ends of the names of members that are read first, so that a limit leaves out data rather than code."""


def has_end_mark(source: ByteSource) -> bool:
    """Return whether the last 64 KiB contain the magic of an end record, valid or not."""
    at = max(source.size - END_RECORD_BYTES, 0)
    return END_MAGIC in source.read(at, source.size - at)


def read_zip(source: ByteSource, end: EndRecord | None, collection: MemberCollection, prefix: str) -> int:
    """Add the members of a zip file; return how many an installer would find.

    Without `end` there is no usable directory, and members are found by their local headers. Raises `LimitExceeded`
    after adding all further listed members as not examined.
    """
    reader = _ZipReader(source, collection, prefix)
    if end is None:
        collection.budget.record_anomaly("bad_directory" if has_end_mark(source) else "truncated")
        reader.read_gap(0, source.size, "hidden_data", listed=True)
        collection.check_duplicates(reader.names)
        return reader.listed
    reader.read_directory(end)
    return reader.listed


class _ZipReader:
    """Reads one zip file."""

    def __init__(self, source: ByteSource, collection: MemberCollection, prefix: str) -> None:
        self.source = source
        self.collection = collection
        self.reader = MemberReader(source, collection.budget)
        self.prefix = prefix
        self.names: list[str] = []
        self.listed = 0
        self.spans: list[tuple[int, int]] = []
        self.hidden: list[bytes] = []
        self.hidden_bytes = 0
        """Bytes of headers that no reader shows; the first of them are in `hidden`."""
        self.streamed: dict[int, ZipEntry] = {}
        """Local headers of members that only the directory declares empty, by the offset of their data."""

    def read_directory(self, end: EndRecord) -> None:
        """Add the members of the directory, then the data that it does not cover; raises `LimitExceeded`."""
        entries, exceeded = self._list_entries(end)
        exceeded = self._read_entries(entries, exceeded)
        if exceeded is not None:
            raise exceeded
        self._read_gaps(end)

    def _list_entries(self, end: EndRecord) -> tuple[list[ZipEntry], LimitExceeded | None]:
        """Return the entries of the directory, and the limit that ended their listing."""
        collection = self.collection
        entries: list[ZipEntry] = []
        exceeded: LimitExceeded | None = None
        try:
            for entry in iter_directory(self.source, end):
                for name in (entry.name, *entry.other_names):
                    collection.budget.count_member(memory_of_name(self.prefix + name))
                self._hide(entry, self.prefix + entry.name.removeprefix("./"))
                entries.append(entry)
        except LimitExceeded as limit:
            exceeded = limit
        self.names = [entry.name for entry in entries]
        self.listed = len(entries)
        if not self.prefix:
            collection.outer_names.extend(self.names)
        collection.check_names(self.names)
        collection.check_duplicates(self.names)
        if exceeded is None and (len(entries) ^ end.entries) & 0xFFFF:
            # zipfile ignores this count; without zip64 it has 16 bits.
            collection.budget.record_anomaly("wrong_end_record")
        return entries, exceeded

    def _read_entries(self, entries: list[ZipEntry], exceeded: LimitExceeded | None) -> LimitExceeded | None:
        """Add the members of entries in the order of the directory; return the limit that was reached."""
        members: list[RawMember | None] = [None] * len(entries)
        variants: list[RawMember] = []
        has_priority = [name.lower().endswith(_PRIORITY_SUFFIXES) for name in self.names]
        for index in sorted(range(len(entries)), key=has_priority.__getitem__, reverse=True):
            entry = entries[index]
            name = self.prefix + entry.name.removeprefix("./")
            if exceeded is not None and exceeded.limit not in _LISTING_LIMITS:
                members[index] = unread_member(name, entry, exceeded.limit)
                continue
            try:
                members[index] = self._read_entry(entry, name, variants)
            except LimitExceeded as limit:
                exceeded = limit
                members[index] = unread_member(name, entry, limit.limit)
        self.collection.members.extend([member for member in members if member is not None])
        self.collection.members.extend(variants)
        return exceeded

    def _read_entry(self, entry: ZipEntry, name: str, variants: list[RawMember]) -> RawMember | None:
        """Return one listed member; the members that other readers see in its place are added to `variants`."""
        budget = self.collection.budget
        if entry.is_symlink:
            budget.record_anomaly("symlink")
        local: ZipEntry | None = None
        # A member that is empty in the directory may have data for a reader of streams.
        entry.data_offset = locate_data(self.source, entry) if entry.compressed_size else -1
        if entry.data_offset < 0:
            local = read_local_header(self.source, entry.header_offset)
            if local is None:
                budget.record_anomaly("local_central_mismatch")
                return unread_member(name, entry, "no local header")
            entry.data_offset = local.data_offset
            if not entry.compressed_size and local.flags & DESCRIPTOR and local.method == DEFLATED:
                self.streamed[local.data_offset] = local
        self.spans.append((entry.header_offset, entry.data_offset + entry.compressed_size))
        # A folder may be written as an empty deflate stream of two bytes.
        extra = read_local_extra(self.source, entry)
        if extra is not None:
            self._hide(extra, name)
        if name.endswith("/") and not entry.size and entry.compressed_size <= 2:
            return None
        member = self._read_shown(entry, name, variants)
        for other_name in dict.fromkeys((*entry.other_names, *(extra.other_names if extra else ()))):
            budget.record_anomaly("second_name", place=name)
            if other_name not in entry.other_names:
                budget.count_member(memory_of_name(self.prefix + other_name))
            other = self._read_shown(entry, self.prefix + other_name, variants)
            other.hidden = True
            variants.append(other)
        if local is not None and not _headers_agree(entry, local):
            budget.record_anomaly("local_central_mismatch")
            variants.extend(self._read_by_local_header(entry, local, member))
        return member

    def _hide(self, entry: ZipEntry, name: str) -> None:
        """Keep the bytes of a header that no reader shows."""
        if entry.hidden:
            self.collection.budget.record_anomaly("hidden_data", place=name)
            self.hidden_bytes += len(entry.hidden)
            if self.hidden_bytes <= _GAP_BYTES:
                self.hidden.append(entry.hidden)
            # The entries of all members are held at once.
            entry.hidden = b""

    def _read_shown(self, entry: ZipEntry, name: str, variants: list[RawMember]) -> RawMember:
        """Return a member as zipfile reads it: up to the size in its header; others extract the whole of it."""
        member = self.reader.read(entry, name)
        if entry.size >= min(member.size, SHOWN_BYTES) or member.problem:
            return member
        shown = self.reader.read_start(entry, name)
        shown.executable, member.hidden = member.executable, True
        variants.append(member)
        return shown

    def _read_by_local_header(self, entry: ZipEntry, local: ZipEntry, member: RawMember) -> Iterator[RawMember]:
        """Yield the member that a reader of the local header sees."""
        name = self.prefix + local.name
        if local.flags & DESCRIPTOR and not local.compressed_size:
            local.compressed_size, local.size = entry.compressed_size, entry.size
        is_same = (local.method, local.compressed_size, local.size) == (entry.method, entry.compressed_size, entry.size)
        if is_same and (local.is_encrypted or not entry.is_encrypted):
            if local.raw_name != entry.raw_name:
                other = self.reader.read(entry, name)
                other.hidden = True
                yield other
            return
        self.collection.budget.record_anomaly("hidden_member")
        other = self.reader.read(local, name)
        other.hidden = True
        if other.digest != member.digest or other.path != member.path or not other.digest:
            yield other

    def _read_gaps(self, end: EndRecord) -> None:
        """Read the data that no entry of the directory covers: before, between and after the members."""
        self.spans.sort()
        at, overlapping = 0, 0
        gaps: list[tuple[int, int, str]] = []
        first = True
        for start, stop in self.spans:
            if start < at:
                overlapping += 1
            elif start > at:
                gaps.append((at, start, "leading_data" if first else "hidden_data"))
            first = False
            at = max(at, stop)
        if overlapping:
            self.collection.budget.record_anomaly("overlapping_members", overlapping)
        if end.start > at:
            gaps.append((at, end.start, "leading_data" if first else "hidden_data"))
        gaps += [(start, stop, "hidden_data") for start, stop in self.reader.slack]
        if self.hidden_bytes:
            budget = self.collection.budget
            data = b"\n".join(self.hidden)
            budget.count_inflated(len(data))
            path = f"{self.prefix}!hidden_data"
            self.collection.members.append(retain_slack_data(path, data, self.hidden_bytes, budget))
        trailing_at = self.source.size - end.trailing
        if end.comment:
            gaps.append((trailing_at - end.comment, trailing_at, "comment"))
        if end.trailing:
            gaps.append((trailing_at, self.source.size, "trailing_data"))
        for start, stop, anomaly in gaps:
            streamed = self.streamed.get(start)
            if streamed is not None and stop - start > _DESCRIPTOR_BYTES:
                start = self._read_unlisted(streamed, stop, listed=False)  # noqa: PLW2901 - the rest of the gap
            self.read_gap(start, stop, anomaly)
            self._read_other_directory(start, stop)
        newer = find_newer_directory(self.source, end)
        if newer is not None:
            self.collection.budget.record_anomaly("ambiguous_header")
            self._read_other_directory(*newer)

    def _read_other_directory(self, start: int, stop: int) -> None:
        """Add the members of an unreferenced directory, unless another member has their name and content."""
        seen: set[tuple[bytes, str]] | None = None
        for entry in find_directory_records(self.source, start, stop):
            self.collection.budget.count_member()
            if seen is None:
                seen = {(member.digest, member.path) for member in self.collection.members if member.digest}
            for shift in dict.fromkeys((0, start)):
                local = read_local_header(self.source, entry.header_offset + shift)
                if local is None or (name := entry.name).endswith("/"):
                    continue
                entry.data_offset = local.data_offset
                member = self.reader.read(entry, self.prefix + name)
                key = member.digest, member.path
                if member.digest and key not in seen:
                    seen.add(key)
                    member.hidden = True
                    self.collection.budget.record_anomaly("hidden_member")
                    self.collection.members.append(member)
                else:
                    release_budget(member, self.collection.budget)
                break

    def read_gap(self, start: int, stop: int, anomaly: str, *, listed: bool = False) -> None:
        """Add the members in a gap by their local headers, and the data between them."""
        if anomaly == "hidden_data" and stop - start <= _DESCRIPTOR_BYTES:
            return
        at = start
        for header_at in find_local_headers(self.source, start, stop):
            if header_at < at:
                continue
            self.collection.budget.check_time()
            local = read_local_header(self.source, header_at)
            if local is None or local.data_offset > stop or not local.raw_name:
                continue
            self._retain_gap(at, header_at, anomaly)
            at = self._read_unlisted(local, stop, listed=listed)
        self._retain_gap(at, stop, anomaly)

    def _read_unlisted(self, local: ZipEntry, stop: int, *, listed: bool) -> int:
        """Add a member that only has a local header; return the offset of the end of its data."""
        budget = self.collection.budget
        name = local.name
        budget.count_member(memory_of_name(self.prefix + name))
        self.collection.check_name(name)
        if listed:
            self.listed += 1
            self.names.append(name)
            if not self.prefix:
                self.collection.outer_names.append(name)
        else:
            budget.record_anomaly("hidden_member")
        if local.flags & DESCRIPTOR and not local.compressed_size:
            # The sizes follow the data: a deflate stream ends by itself, stored data ends at the next header.
            local.compressed_size = stop - local.data_offset
            if local.method == STORED:
                local.compressed_size = (
                    next(find_local_headers(self.source, local.data_offset, stop), stop) - local.data_offset
                )
        local.compressed_size = min(local.compressed_size, stop - local.data_offset)
        if name.endswith("/") and not local.compressed_size:
            return local.data_offset
        member, end = self.reader.read_unsized(local, self.prefix + name)
        member.hidden = not listed
        self.collection.members.append(member)
        return end

    def _retain_gap(self, start: int, stop: int, anomaly: str) -> None:
        if stop <= start:
            return
        data = self.source.read(start, min(stop - start, _GAP_BYTES))
        if anomaly == "hidden_data" and (stop - start <= _DESCRIPTOR_BYTES or not data.strip(b"\0")):
            return
        budget = self.collection.budget
        if anomaly != "comment":
            budget.record_anomaly(anomaly)
        budget.count_inflated(len(data))
        self.collection.members.append(retain_slack_data(f"{self.prefix}!{anomaly}", data, stop - start, budget))


def _headers_agree(entry: ZipEntry, local: ZipEntry) -> bool:
    if local.raw_name != entry.raw_name or local.method != entry.method:
        return False
    if (local.flags ^ entry.flags) & 1:
        return False
    if local.flags & DESCRIPTOR and not local.compressed_size and not local.size:
        return True
    return (local.compressed_size, local.size, local.crc) == (entry.compressed_size, entry.size, entry.crc)
