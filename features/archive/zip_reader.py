"""The members of a zip file: by its directory, as installers read it, and whatever else stands in the file."""

from collections.abc import Iterator

from features.archive.budget import LimitExceeded
from features.archive.collection import Collection
from features.archive.retention import RawMember, release_budget, retain_slack_data
from features.archive.source import Source
from features.archive.zip_headers import (
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
from features.archive.zip_member import DEFLATED, STORED, MemberReader, unread

_AROUND = 2**20
"""Data before, between and behind the members that are shown to the feature groups, at most."""
_DESCRIPTOR_BYTES = 24
_LISTING = frozenset(("members", "path_chars"))
"""Limits after which no more is listed; what was listed until then is read."""
_SOON = (".py", ".pth", ".start", ".toml", ".cfg", ".txt", "metadata", "pkg-info", "record", "wheel")
"""Ends of names that are inflated first, so that a limit is reached over data and not over code."""


def has_end_mark(source: Source) -> bool:
    """Return whether the last 64 KiB hold an end record's magic, right or wrong."""
    at = max(source.size - END_BYTES, 0)
    return END in source.read(at, source.size - at)


def read_zip(source: Source, end: End | None, found: Collection, prefix: str) -> int:
    """Add the members of a zip file; return how many an installer would meet.

    `end` None says that there is no usable directory: members are then looked for by their local headers.
    Raises `LimitExceeded`; what is known of the rest is added as not examined.
    """
    reading = _Reading(source, found, prefix)
    if end is None:
        found.budget.record_anomaly("bad_directory" if has_end_mark(source) else "truncated")
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
        self.reader = MemberReader(source, found.budget)
        self.prefix = prefix
        self.names: list[str] = []
        self.listed = 0
        self.covered: list[tuple[int, int]] = []
        self.streams: dict[int, Entry] = {}
        """Members that are empty by the directory and as long as their data for a reader of streams, by their start."""

    def read_directory(self, end: End) -> None:
        entries: list[Entry] = []
        reached: LimitExceeded | None = None
        try:
            for entry in iter_directory(self.source, end):
                self.found.budget.list_member(len(entry.raw_name))
                entries.append(entry)
        except LimitExceeded as limit:
            reached = limit
        self.names = [entry.name for entry in entries]
        self.listed = len(entries)
        if not self.prefix:
            self.found.tops.extend(self.names)
        self.found.check_names(self.names)
        self.found.check_doubles(self.names)
        if reached is None and (len(entries) ^ end.entries) & 0xFFFF:
            # zipfile does not read the count; without zip64 it holds the lowest 16 bits of it.
            self.found.budget.record_anomaly("wrong_end_record")
        slots: list[RawMember | None] = [None] * len(entries)
        extra: list[RawMember] = []
        soon = [name.lower().endswith(_SOON) for name in self.names]
        order = [at for at, first in enumerate(soon) if first] + [at for at, first in enumerate(soon) if not first]
        for index in order:
            entry = entries[index]
            name = self.prefix + entry.name.removeprefix("./")
            if reached is not None and reached.limit not in _LISTING:
                slots[index] = unread(name, entry, reached.limit)
                continue
            try:
                slots[index] = self._member(entry, name, extra)
            except LimitExceeded as limit:
                reached = limit
                slots[index] = unread(name, entry, limit.limit)
        self.found.drafts.extend([draft for draft in slots if draft is not None])
        self.found.drafts.extend(extra)
        if reached is not None:
            raise reached
        self._around(end)

    def _member(self, entry: Entry, name: str, extra: list[RawMember]) -> RawMember | None:
        """Return the draft of one listed member; other views of it (its local header's) go to `extra`."""
        budget = self.found.budget
        if entry.is_symlink:
            budget.record_anomaly("symlink")
        local: Entry | None = None
        # What is empty here may be none for a reader of streams.
        entry.data_at = find_data(self.source, entry) if entry.stored else -1
        if entry.data_at < 0:
            local = read_local(self.source, entry.at)
            if local is None:
                budget.record_anomaly("local_central_mismatch")
                return unread(name, entry, "no local header")
            entry.data_at = local.data_at
            if not entry.stored and local.flags & DESCRIPTOR and local.method == DEFLATED:
                self.streams[local.data_at] = local
        self.covered.append((entry.at, entry.data_at + entry.stored))
        # An empty folder may be written as an empty deflate stream, which takes two bytes.
        if name.endswith("/") and not entry.size and entry.stored <= 2:
            return None
        draft = self.reader.read(entry, name)
        if entry.other_name and entry.other_name != entry.name:
            other = self.reader.read(entry, self.prefix + entry.other_name)
            other.hidden = True
            extra.append(other)
        if local is not None and not _agree(entry, local):
            budget.record_anomaly("local_central_mismatch")
            extra.extend(self._other_view(entry, local, draft))
        return draft

    def _other_view(self, entry: Entry, local: Entry, draft: RawMember) -> Iterator[RawMember]:
        """Yield what a reader sees that goes by the local header."""
        name = self.prefix + local.name
        if local.flags & DESCRIPTOR and not local.stored:
            local.stored, local.size = entry.stored, entry.size
        same = (local.method, local.stored, local.size) == (entry.method, entry.stored, entry.size)
        if same and (local.is_encrypted or not entry.is_encrypted):
            if local.raw_name != entry.raw_name:
                other = self.reader.read(entry, name)
                other.hidden = True
                yield other
            return
        self.found.budget.record_anomaly("hidden_member")
        other = self.reader.read(local, name)
        other.hidden = True
        if other.digest != draft.digest or other.path != draft.path or not other.digest:
            yield other

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
            self.found.budget.record_anomaly("overlapping_members", overlapping)
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
                draft = self.reader.read(entry, self.prefix + name)
                if draft.digest and draft.digest not in seen:
                    seen.add(draft.digest)
                    draft.hidden = True
                    self.found.budget.record_anomaly("hidden_member")
                    self.found.drafts.append(draft)
                else:
                    release_budget(draft, self.found.budget)
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
            budget.record_anomaly("hidden_member")
        if local.flags & DESCRIPTOR and not local.stored:
            # Sizes stand behind the data: deflate ends by itself, stored data at the next header.
            local.stored = stop - local.data_at
            if local.method == STORED:
                local.stored = next(find_locals(self.source, local.data_at, stop), stop) - local.data_at
        local.stored = min(local.stored, stop - local.data_at)
        if name.endswith("/") and not local.stored:
            return local.data_at
        draft, end = self.reader.read_unsized(local, self.prefix + name)
        draft.hidden = not listed
        self.found.drafts.append(draft)
        return end

    def _keep_gap(self, start: int, stop: int, anomaly: str) -> None:
        if stop <= start:
            return
        data = self.source.read(start, min(stop - start, _AROUND))
        if anomaly == "hidden_data" and (stop - start <= _DESCRIPTOR_BYTES or not data.strip(b"\0")):
            return
        budget = self.found.budget
        if anomaly != "comment":
            budget.record_anomaly(anomaly)
        budget.count_inflated(len(data))
        self.found.drafts.append(retain_slack_data(f"{self.prefix}!{anomaly}", data, stop - start, budget))


def _agree(entry: Entry, local: Entry) -> bool:
    if local.raw_name != entry.raw_name or local.method != entry.method:
        return False
    if (local.flags ^ entry.flags) & 1:
        return False
    if local.flags & DESCRIPTOR and not local.stored and not local.size:
        return True
    return (local.stored, local.size, local.crc) == (entry.stored, entry.size, entry.crc)
