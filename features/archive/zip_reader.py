"""The members of a zip file: by its directory, as installers read it, and whatever else stands in the file."""

from collections.abc import Iterator

from features.archive.budget import LimitExceeded
from features.archive.byte_source import ByteSource
from features.archive.collection import MemberCollection
from features.archive.retention import RawMember, release_budget, retain_slack_data
from features.archive.zip_headers import (
    DESCRIPTOR,
    END_MAGIC,
    END_RECORD_BYTES,
    EndRecord,
    ZipEntry,
    find_directory_records,
    find_local_headers,
    iter_directory,
    locate_data,
    read_local_header,
)
from features.archive.zip_member import DEFLATED, STORED, MemberReader, unread_member

_GAP_BYTES = 2**20
"""Data before, between and behind the members that are shown to the feature groups, at most."""
_DESCRIPTOR_BYTES = 24
_LISTING_LIMITS = frozenset(("members", "path_chars"))
"""Limits after which no more is listed; what was listed until then is read."""
_PRIORITY_SUFFIXES = (".py", ".pth", ".start", ".toml", ".cfg", ".txt", "metadata", "pkg-info", "record", "wheel")
"""Ends of names that are inflated first, so that a limit is reached over data and not over code."""


def has_end_mark(source: ByteSource) -> bool:
    """Return whether the last 64 KiB hold an end record's magic, right or wrong."""
    at = max(source.size - END_RECORD_BYTES, 0)
    return END_MAGIC in source.read(at, source.size - at)


def read_zip(source: ByteSource, end: EndRecord | None, collection: MemberCollection, prefix: str) -> int:
    """Add the members of a zip file; return how many an installer would meet.

    `timer` None says that there is no usable directory: members are then looked for by their local headers.
    Raises `LimitExceeded`; what is known of the rest is added as not examined.
    """
    reading = _ZipReader(source, collection, prefix)
    if end is None:
        collection.budget.record_anomaly("bad_directory" if has_end_mark(source) else "truncated")
        reading.read_gap(0, source.size, "hidden_data", listed=True)
        collection.check_duplicates(reading.names)
        return reading.listed
    reading.read_directory(end)
    return reading.listed


class _ZipReader:
    """One pass over one zip file."""

    def __init__(self, source: ByteSource, collection: MemberCollection, prefix: str) -> None:
        self.source = source
        self.collection = collection
        self.reader = MemberReader(source, collection.budget)
        self.prefix = prefix
        self.names: list[str] = []
        self.listed = 0
        self.covered: list[tuple[int, int]] = []
        self.streams: dict[int, ZipEntry] = {}
        """Members that are empty by the directory and as long as their data for a reader of streams, by their start."""

    def read_directory(self, end: EndRecord) -> None:
        entries: list[ZipEntry] = []
        reached: LimitExceeded | None = None
        try:
            for entry in iter_directory(self.source, end):
                self.collection.budget.count_member(len(entry.raw_name))
                entries.append(entry)
        except LimitExceeded as limit:
            reached = limit
        self.names = [entry.name for entry in entries]
        self.listed = len(entries)
        if not self.prefix:
            self.collection.outer_names.extend(self.names)
        self.collection.check_names(self.names)
        self.collection.check_duplicates(self.names)
        if reached is None and (len(entries) ^ end.entries) & 0xFFFF:
            # zipfile does not read the count; without zip64 it holds the lowest 16 bits of it.
            self.collection.budget.record_anomaly("wrong_end_record")
        slots: list[RawMember | None] = [None] * len(entries)
        extra: list[RawMember] = []
        soon = [name.lower().endswith(_PRIORITY_SUFFIXES) for name in self.names]
        order = [at for at, first in enumerate(soon) if first] + [at for at, first in enumerate(soon) if not first]
        for index in order:
            entry = entries[index]
            name = self.prefix + entry.name.removeprefix("./")
            if reached is not None and reached.limit not in _LISTING_LIMITS:
                slots[index] = unread_member(name, entry, reached.limit)
                continue
            try:
                slots[index] = self._member(entry, name, extra)
            except LimitExceeded as limit:
                reached = limit
                slots[index] = unread_member(name, entry, limit.limit)
        self.collection.members.extend([member for member in slots if member is not None])
        self.collection.members.extend(extra)
        if reached is not None:
            raise reached
        self._around(end)

    def _member(self, entry: ZipEntry, name: str, extra: list[RawMember]) -> RawMember | None:
        """Return the draft of one listed member; other views of it (its local header's) go to `extra`."""
        budget = self.collection.budget
        if entry.is_symlink:
            budget.record_anomaly("symlink")
        local: ZipEntry | None = None
        # What is empty here may be none for a reader of streams.
        entry.data_offset = locate_data(self.source, entry) if entry.compressed_size else -1
        if entry.data_offset < 0:
            local = read_local_header(self.source, entry.header_offset)
            if local is None:
                budget.record_anomaly("local_central_mismatch")
                return unread_member(name, entry, "no local header")
            entry.data_offset = local.data_offset
            if not entry.compressed_size and local.flags & DESCRIPTOR and local.method == DEFLATED:
                self.streams[local.data_offset] = local
        self.covered.append((entry.header_offset, entry.data_offset + entry.compressed_size))
        # An empty folder may be written as an empty deflate stream, which takes two bytes.
        if name.endswith("/") and not entry.size and entry.compressed_size <= 2:
            return None
        member = self.reader.read(entry, name)
        if entry.unicode_name and entry.unicode_name != entry.name:
            other = self.reader.read(entry, self.prefix + entry.unicode_name)
            other.hidden = True
            extra.append(other)
        if local is not None and not _headers_agree(entry, local):
            budget.record_anomaly("local_central_mismatch")
            extra.extend(self._other_view(entry, local, member))
        return member

    def _other_view(self, entry: ZipEntry, local: ZipEntry, member: RawMember) -> Iterator[RawMember]:
        """Yield what a reader sees that goes by the local header."""
        name = self.prefix + local.name
        if local.flags & DESCRIPTOR and not local.compressed_size:
            local.compressed_size, local.size = entry.compressed_size, entry.size
        same = (local.method, local.compressed_size, local.size) == (entry.method, entry.compressed_size, entry.size)
        if same and (local.is_encrypted or not entry.is_encrypted):
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

    def _around(self, end: EndRecord) -> None:
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
            self.collection.budget.record_anomaly("overlapping_members", overlapping)
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
        for entry in find_directory_records(self.source, start, stop):
            self.collection.budget.count_member()
            if seen is None:
                seen = {member.digest for member in self.collection.members if member.digest}
            for shift in dict.fromkeys((0, start)):
                local = read_local_header(self.source, entry.header_offset + shift)
                if local is None or (name := entry.name).endswith("/"):
                    continue
                entry.data_offset = local.data_offset
                member = self.reader.read(entry, self.prefix + name)
                if member.digest and member.digest not in seen:
                    seen.add(member.digest)
                    member.hidden = True
                    self.collection.budget.record_anomaly("hidden_member")
                    self.collection.members.append(member)
                else:
                    release_budget(member, self.collection.budget)
                break

    def read_gap(self, start: int, stop: int, anomaly: str, *, listed: bool = False) -> None:
        """Look for members by their local headers, and keep what is none."""
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
            self._keep_gap(at, header_at, anomaly)
            at = self._unlisted(local, stop, listed=listed)
        self._keep_gap(at, stop, anomaly)

    def _unlisted(self, local: ZipEntry, stop: int, *, listed: bool) -> int:
        """Add a member that only its local header tells of; return where its data end."""
        budget = self.collection.budget
        budget.count_member(len(local.raw_name))
        name = local.name
        self.collection.check_name(name)
        if listed:
            self.listed += 1
            self.names.append(name)
            if not self.prefix:
                self.collection.outer_names.append(name)
        else:
            budget.record_anomaly("hidden_member")
        if local.flags & DESCRIPTOR and not local.compressed_size:
            # Sizes stand behind the data: deflate ends by itself, stored data at the next header.
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

    def _keep_gap(self, start: int, stop: int, anomaly: str) -> None:
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
