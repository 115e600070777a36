"""The members of a tar archive."""

import posixpath
import re
from collections.abc import Iterator

from features.archive.budget import LimitExceeded
from features.archive.byte_source import ByteSource
from features.archive.collection import MemberCollection, decode_name
from features.archive.compression import BlockReader, Position
from features.archive.file_type import file_type_of, is_text
from features.archive.member_paths import normalise_path
from features.archive.retention import RawMember, release_budget, retain_slack_data, retain_stream, retain_whole
from features.archive.tar_headers import (
    BLOCK,
    InvalidHeader,
    TarEntry,
    TarParser,
    expand_sparse,
    is_tar_header,
    padded_size,
)
from features.contract import FileType

DANGLING_LINK, ESCAPING_LINK, DEVICE = "dangling link", "link out of the archive", "device"
LINK_PROBLEMS = frozenset((DANGLING_LINK, ESCAPING_LINK, DEVICE))
"""Problems of members that have no content of their own: nothing was left unexamined."""

_MAX_LINKS = 40
_MAX_LINKED_FOLDERS = 32
"""Folders of a path that may be links."""
_SMALL_BYTES = 2**20
_TRAILING_BYTES = 2**20
_ZEROS = bytes(BLOCK)
_ZERO_RUN = re.compile(rb"\0+")


def read_tar(
    reader: BlockReader, position: Position, collection: MemberCollection, prefix: str, source: ByteSource | None = None
) -> int:
    """Add the members that `reader` yields; return how many tarfile would have met before it stops.

    Goes on after the end mark and after damaged headers; what is found there is marked as hidden. Raises
    `LimitExceeded`; what was found until then stays. `source` is the tar itself where it might be a script as well: its
    headers are then kept as text.
    """
    walk = _TarReader(reader, position, collection, prefix)
    try:
        walk.run()
    finally:
        walk.resolve_links()
        collection.check_duplicates(walk.names)
    if reader.error:
        collection.budget.record_anomaly(reader.error)
    if source is not None:
        walk.keep_headers(source)
    return walk.listed


class _TarReader:
    """One pass over one tar archive."""

    def __init__(self, reader: BlockReader, position: Position, collection: MemberCollection, prefix: str) -> None:
        self.reader = reader
        self.position = position
        self.collection = collection
        self.prefix = prefix
        self.listed = 0
        self.names: list[str] = []
        self.by_name: dict[str, RawMember] = {}
        self.links: list[tuple[RawMember, str]] = []
        self.hidden = False
        self.spans: list[tuple[int, int]] = []
        """Where content stands, from its first byte to the one after its last."""

    def run(self) -> None:
        parser = TarParser(self.reader)
        first: bytes | None = None
        while True:
            try:
                entry = parser.next_entry(first)
                block = b""
            except InvalidHeader as bad:
                self.collection.budget.record_anomaly("truncated" if self.reader.error else bad.anomaly)
                entry, block = None, bad.block
            if entry is None:
                # Also where the end was regular: what an installer does not reach is looked for.
                self.hidden = True
                first = self._next_header(block)
                if first is None:
                    return
                continue
            first = None
            self._member(entry)

    def _next_header(self, block: bytes) -> bytes | None:
        """Return the next header after the end or after damage; what is none is trailing data.

        `block` is what stood where a header should; of a header that is damaged nothing else is to be had.
        """
        text = block.rstrip(b"\0")
        junk = [block] if text.isascii() and is_text(text) else []
        size = sum(map(len, junk))
        while block := self.reader.read(BLOCK):
            if block == _ZEROS:
                continue
            if is_tar_header(block):
                break
            size += len(block)
            if size <= _TRAILING_BYTES:
                junk.append(block)
        if size:
            self.collection.budget.record_anomaly("trailing_data")
            data = b"".join(junk)
            rest = size - len(data)
            data = data.rstrip(b"\0")
            self.collection.members.append(
                retain_slack_data(self.prefix + "!trailing_data", data, len(data) + rest, self.collection.budget)
            )
        return block or None

    def _member(self, entry: TarEntry) -> None:
        collection = self.collection
        name = decode_name(entry.name)
        collection.budget.count_member(len(name))
        path = name.removeprefix("./")
        if not self.hidden:
            collection.check_name(name)
            self.listed += 1
            if not self.prefix:
                collection.outer_names.append(name)
        plain = entry.is_plain
        if not plain and self._without_content(entry, path, name):
            return
        start = self.reader.offset
        self.spans.append((start, start + min(entry.size, entry.stored_size)))
        try:
            if plain and entry.size <= _SMALL_BYTES:
                member = self._read_small(entry, self.prefix + path)
            else:
                member = self._read(entry, self.prefix + path)
        except LimitExceeded as reached:
            collection.add_unread(self.prefix + path, entry.size, reached.limit, hidden=self.hidden)
            raise
        member.executable = bool(entry.mode & 0o111)
        member.hidden = self.hidden
        place = normalise_path(path)
        if self.hidden and self._is_copy(member, place):
            release_budget(member, collection.budget)
            return
        self._name(path, name)
        collection.members.append(member)
        link, self.by_name[place] = self.by_name.get(place), member
        if link is not None and link.link_target not in {"", place} and link.problem != ESCAPING_LINK:
            # A file that is written where a link stands is written into what the link leads to.
            through = RawMember(
                self.prefix + link.link_target, 0, FileType.EMPTY, link_target=link.link_target, hidden=self.hidden
            )
            _copy_content(through, member)
            collection.members.append(through)
            self.by_name[link.link_target] = through

    def _without_content(self, entry: TarEntry, path: str, name: str) -> bool:
        """Return whether an entry is a folder, a link or a device, and add what it is."""
        if entry.is_directory:
            self.reader.skip(padded_size(entry.stored_size))
        elif entry.is_symlink or entry.is_hardlink:
            self._link(entry, path)
        elif entry.is_device:
            self._name(path, name)
            self.collection.budget.record_anomaly("device")
            self.collection.add_unread(self.prefix + path, 0, DEVICE, hidden=self.hidden)
        else:
            if entry.is_unknown:
                self.collection.budget.record_anomaly("unknown_type")
            return False
        return True

    def keep_headers(self, source: ByteSource) -> None:
        """Keep what is no content: a shell that is given a tar runs what its names and fields say."""
        parts: list[bytes] = []
        at = 0
        for start, stop in (*self.spans, (source.size, source.size)):
            parts.append(source.read(at, min(start - at, _TRAILING_BYTES)))
            at = stop
        data = _ZERO_RUN.sub(b"\n", b"".join(parts))
        self.collection.budget.count_inflated(len(data))
        self.collection.members.append(
            retain_slack_data(f"{self.prefix}!headers", data, len(data), self.collection.budget)
        )

    def _is_copy(self, member: RawMember, place: str) -> bool:
        """Return whether a hidden member is a listed one once more.

        Archives that were written twice into one file are a habit of re-packers (and of whoever built a
        corpus), and hide nothing.
        """
        first = self.by_name.get(place)
        return first is not None and first.digest == member.digest and (bool(member.digest) or not member.size)

    def _name(self, path: str, name: str) -> None:
        """Count a member that is not a directory under its name."""
        self.names.append(path)
        if self.hidden:
            self.collection.budget.record_anomaly("hidden_member")
            self.collection.check_name(name)

    def _read(self, entry: TarEntry, path: str) -> RawMember:
        reader, budget = self.reader, self.collection.budget
        if entry.sparse is not None:
            return self._read_sparse(entry, path)
        if entry.size > entry.stored_size:
            return self._read_overlapping(entry, path)
        if entry.size <= _SMALL_BYTES:
            return self._read_small(entry, path)
        start = reader.offset
        member = retain_stream(path, entry.size, self._guarded(entry.size), budget)
        read = reader.offset - start
        if member.problem == "ratio":
            reader.skip(entry.size - read)
        elif read < entry.size:
            member.problem, member.digest, member.size = self._end(), b"", entry.size
        reader.skip(padded_size(entry.stored_size) - entry.size)
        return member

    def _read_small(self, entry: TarEntry, path: str) -> RawMember:
        size, reader = entry.size, self.reader
        data = reader.read(size)
        member = retain_whole(path, data, self.collection.budget)
        if len(data) < size:
            member.problem, member.digest = self._end(), b""
        reader.skip(padded_size(entry.stored_size) - size)
        return member

    def _end(self) -> str:
        """Return why data ended; the plain end of a stream is a truncation too."""
        if not self.reader.error:
            self.collection.budget.record_anomaly("truncated")
        return self.reader.error or "truncated"

    def _guarded(self, size: int) -> Iterator[bytes]:
        budget, inflated, stored = self.collection.budget, 0, self.position.consumed
        for piece in self.reader.pieces(size):
            inflated += len(piece)
            # Twice the block that is decoded ahead is allowed for, so that its share is not counted.
            budget.check_ratio(inflated, self.position.consumed - stored)
            yield piece

    def _read_sparse(self, entry: TarEntry, path: str) -> RawMember:
        budget = self.collection.budget
        budget.record_anomaly("sparse")
        limit = budget.limits.member_bytes
        data = self.reader.read(min(entry.stored_size, limit))
        self.reader.skip(padded_size(entry.stored_size) - len(data))
        member = retain_whole(path, expand_sparse(data, entry, limit), budget)
        shown = sum(min(length, entry.size - offset) for offset, length in entry.sparse or () if offset < entry.size)
        if shown < len(data.rstrip(b"\0")):
            # Stored and not in the map: tarfile passes over it, others may not.
            budget.record_anomaly("hidden_data")
            self.collection.members.append(retain_slack_data(f"{self.prefix}!hidden_data", data, len(data), budget))
        if entry.stored_size > limit or entry.size > limit:
            budget.record_limit("member_bytes")
            member.problem, member.digest, member.size = "member_bytes", b"", entry.size
        return member

    def _read_overlapping(self, entry: TarEntry, path: str) -> RawMember:
        """Read a member whose size (a global pax header's, say) claims the next headers, as tarfile does."""
        budget = self.collection.budget
        budget.record_anomaly("size_mismatch")
        size = min(entry.size, budget.limits.member_bytes)
        data = self.reader.read(size)
        member = retain_whole(path, data, budget)
        if len(data) < entry.size:
            member.problem, member.digest = "truncated", b""
        stored = padded_size(entry.stored_size)
        if len(data) > stored:
            self.reader.push_back(data[stored:])
        else:
            self.reader.skip(stored - len(data))
        return member

    def _link(self, entry: TarEntry, path: str) -> None:
        """Note a link; where it leads inside the archive it gets the content that it stands for."""
        if self.hidden and normalise_path(path) in self.by_name:
            self.reader.skip(padded_size(entry.stored_size))
            return
        self._name(path, decode_name(entry.name))
        self.collection.budget.record_anomaly("symlink" if entry.is_symlink else "hardlink")
        to = decode_name(entry.link_target)
        self.reader.skip(padded_size(entry.stored_size))
        target = to
        if entry.is_symlink:
            target = posixpath.join(posixpath.dirname(path), to)
        resolved = posixpath.normpath(target.replace("\\", "/"))
        member = RawMember(self.prefix + path, 0, FileType.EMPTY, kept=False, problem=DANGLING_LINK, hidden=self.hidden)
        if resolved.startswith(("/", "../")) or resolved == "..":
            self.collection.budget.record_anomaly("symlink_escape")
            member.problem = ESCAPING_LINK
        member.link_target = resolved
        self.collection.members.append(member)
        self.links.append((member, resolved))
        if entry.is_hardlink and resolved in self.by_name:
            # A later member may overwrite the name, not what this link already leads to.
            _copy_content(member, self.by_name[resolved])
        self.by_name.setdefault(normalise_path(path), member)

    def resolve_links(self) -> None:
        """Give links what they lead to; links to links too, as far as the system would follow them."""
        for member, target in self.links:
            aim = self._aim(target)
            for _ in range(_MAX_LINKS):
                if aim is None or aim.problem != DANGLING_LINK:
                    break
                aim = self._aim(aim.link_target)
            if aim is not None and member.problem == DANGLING_LINK and aim.problem not in LINK_PROBLEMS:
                _copy_content(member, aim)

    def _aim(self, target: str) -> RawMember | None:
        """Return what stands at a path, or where links to folders on the way lead."""
        for _ in range(_MAX_LINKS):
            if target in self.by_name:
                return self.by_name[target]
            parts = target.split("/", _MAX_LINKED_FOLDERS)
            heads = ("/".join(parts[:count]) for count in range(1, len(parts)))
            head = next((head for head in heads if head in self.by_name and self.by_name[head].link_target), None)
            if head is None:
                return None
            target = posixpath.normpath(self.by_name[head].link_target + target[len(head) :])
        return None


def _copy_content(member: RawMember, target: RawMember) -> None:
    member.size, member.file_type, member.data, member.head = target.size, target.file_type, target.data, target.head
    member.digest, member.kept, member.problem, member.content_key = (
        target.digest,
        target.kept,
        target.problem,
        target.content_key,
    )
    member.executable = target.executable
    if target.data:
        # A text that is linked to as setup.py is Python there.
        member.file_type = file_type_of(member.path, target.head, target.size)
