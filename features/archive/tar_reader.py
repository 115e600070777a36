"""Reads the members of a tar archive."""

import re
from collections.abc import Callable, Iterator

from features.archive.budget import LimitExceeded
from features.archive.byte_source import ByteSource
from features.archive.collection import MemberCollection, decode_name, memory_of_name
from features.archive.compression import BlockReader, Position
from features.archive.file_type import is_text
from features.archive.links import DANGLING_LINK, DEVICE, ESCAPING_LINK, TarLinks, copy_content
from features.archive.member_paths import normalise_path
from features.archive.retention import RawMember, release_budget, retain_slack_data, retain_stream, retain_whole
from features.archive.tar_headers import (
    BLOCK,
    InvalidHeader,
    TarEntry,
    TarParser,
    is_tar_header,
    padded_size,
)
from features.archive.tar_sparse import expand_sparse, is_ascending, read_sparse
from features.contract import FileType

_SMALL_BYTES = 2**20
_TRAILING_BYTES = 2**20
_ZEROS = bytes(BLOCK)
_ZERO_RUN = re.compile(rb"\0+")


def read_tar(
    reader: BlockReader,
    position: Position,
    collection: MemberCollection,
    prefix: str,
    source: ByteSource | None = None,
    reopen: Callable[[Position], BlockReader] | None = None,
) -> int:
    """Add the members of a tar; return how many tarfile finds before it stops.

    Reads on after the end mark and after damaged headers; members found there are hidden. Raises `LimitExceeded`;
    members found before stay. `source` is given if the tar may also be a script: its headers are then kept as text.
    `reopen` returns a reader of the tar's start: if releases of Python read the headers differently, the tar is read
    again as the newest do, and members that only these find are hidden ones.
    """
    tar = _TarReader(reader, position, collection, prefix)
    try:
        tar.run()
    finally:
        collection.members += tar.links.resolve()
        collection.check_duplicates(tar.names)
    if reader.error:
        collection.budget.record_anomaly(reader.error)
    if tar.parser.hidden_bytes:
        collection.add_hidden_data(prefix, b"\n".join(tar.parser.hidden), tar.parser.hidden_bytes)
    if tar.parser.is_ambiguous:
        collection.budget.record_anomaly("ambiguous_header")
        if reopen is not None:
            again = Position()
            tar.read_again(reopen(again), again)
    if source is not None:
        tar.keep_headers(source)
    return tar.listed


class _TarReader:
    """Reads one tar archive."""

    def __init__(self, reader: BlockReader, position: Position, collection: MemberCollection, prefix: str) -> None:
        self.reader = reader
        self.parser = TarParser(reader)
        self.position = position
        self.collection = collection
        self.prefix = prefix
        self.listed = 0
        self.names: list[str] = []
        self.by_path: dict[str, RawMember] = {}
        self.links = TarLinks(self.by_path, collection.budget)
        self.hidden = False
        self.spans: list[tuple[int, int]] = []
        """Start and end offsets of members' contents."""
        self.is_second = False

    def read_again(self, reader: BlockReader, position: Position) -> None:
        """Add the members that only the newest Pythons find."""
        self.reader, self.position, self.parser = reader, position, TarParser(reader, modern=True)
        self.links = TarLinks(self.by_path, self.collection.budget)
        self.hidden = self.is_second = True
        spans, self.spans = self.spans, []
        try:
            self.run()
        finally:
            self.collection.members += self.links.resolve()
            self.spans = spans

    def run(self) -> None:
        """Add all members."""
        first: bytes | None = None
        while True:
            try:
                entry = self.parser.next_entry(first)
                block = b""
            except InvalidHeader as invalid:
                self.collection.budget.record_anomaly("truncated" if self.reader.error else invalid.anomaly)
                entry, block = None, invalid.block
            if entry is None:
                # Installers stop here, also at a regular end; all members after it are hidden.
                self.hidden = True
                first = self._find_next_header(block)
                if first is None:
                    return
                continue
            first = None
            self._read_entry(entry)

    def _find_next_header(self, block: bytes) -> bytes | None:
        """Return the block of the next header after the end mark or a damaged header; all before it is trailing data.

        `block` is the block in place of a header; it is trailing data itself if it is text.
        """
        text = block.rstrip(b"\0")
        trailing = [block] if text.isascii() and is_text(text) else []
        size = sum(map(len, trailing))
        while block := self.reader.read(BLOCK):
            if block == _ZEROS:
                continue
            if is_tar_header(block):
                break
            size += len(block)
            if size <= _TRAILING_BYTES:
                trailing.append(block)
        if size and not self.is_second:
            self.collection.budget.record_anomaly("trailing_data")
            data = b"".join(trailing)
            rest = size - len(data)
            data = data.rstrip(b"\0")
            self.collection.members.append(
                retain_slack_data(self.prefix + "!trailing_data", data, len(data) + rest, self.collection.budget)
            )
        return block or None

    def _read_entry(self, entry: TarEntry) -> None:
        collection = self.collection
        name = decode_name(entry.name)
        is_link = entry.is_symlink or entry.is_hardlink
        link_target = decode_name(entry.link_target) if is_link else ""
        collection.budget.count_member(memory_of_name(self.prefix + name) + memory_of_name(link_target))
        # tarfile writes a file whose name ends in a slash under the name before that.
        path = name.removeprefix("./").rstrip("/")
        if not self.hidden:
            collection.check_name(name)
            self.listed += 1
            if not self.prefix:
                collection.outer_names.append(name)
        is_plain = entry.is_plain
        if not is_plain and self._add_without_content(entry, path, name, link_target):
            return
        start = self.reader.offset
        self.spans.append((start, start + min(entry.size, entry.stored_size)))
        try:
            if is_plain and entry.size <= _SMALL_BYTES:
                member = self._read_small(entry, self.prefix + path)
            else:
                member = self._read(entry, self.prefix + path)
        except LimitExceeded as exceeded:
            collection.add_unread(self.prefix + path, entry.size, exceeded.limit, hidden=self.hidden)
            raise
        member.executable = bool(entry.mode & 0o111)
        member.hidden = self.hidden
        normalised = normalise_path(path)
        if self.hidden and self._is_copy(member, normalised):
            release_budget(member, collection.budget)
            return
        self._count_name(path, name)
        collection.members.append(member)
        link, self.by_path[normalised] = self.by_path.get(normalised), member
        if link is not None and link.link_target not in {"", normalised} and link.problem != ESCAPING_LINK:
            # A file that is extracted over a link is written to the link's target.
            target = RawMember(
                self.prefix + link.link_target, 0, FileType.EMPTY, link_target=link.link_target, hidden=self.hidden
            )
            copy_content(member, target)
            collection.members.append(target)
            self.by_path[link.link_target] = target

    def _add_without_content(self, entry: TarEntry, path: str, name: str, target: str) -> bool:
        """Add an entry that is a folder, a link or a device; return whether it is one."""
        if entry.is_directory:
            self.reader.skip(padded_size(entry.stored_size))
        elif entry.is_symlink or entry.is_hardlink:
            self._add_link(entry, path, name, target)
        elif entry.is_device:
            self._count_name(path, name)
            self.collection.budget.record_anomaly("device")
            self.collection.add_unread(self.prefix + path, 0, DEVICE, hidden=self.hidden)
        else:
            if entry.is_unknown:
                self.collection.budget.record_anomaly("unknown_type")
            return False
        return True

    def keep_headers(self, source: ByteSource) -> None:
        """Add all bytes outside of contents as text: a shell that is given a tar executes its names and fields."""
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

    def _is_copy(self, member: RawMember, path: str) -> bool:
        """Return whether a hidden member repeats a listed one.

        Some packers write an archive into one file twice, which hides no content.
        """
        first = self.by_path.get(path)
        return first is not None and first.digest == member.digest and (bool(member.digest) or not member.size)

    def _count_name(self, path: str, name: str) -> None:
        """Record the name of a member that is not a directory."""
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
        member = retain_stream(path, entry.size, self._checked(entry.size), budget)
        read = reader.offset - start
        if member.problem == "ratio":
            reader.skip(entry.size - read)
        elif read < entry.size:
            member.problem, member.digest, member.size = self._end_reason(), b"", entry.size
        reader.skip(padded_size(entry.stored_size) - entry.size)
        return member

    def _read_small(self, entry: TarEntry, path: str) -> RawMember:
        size, reader = entry.size, self.reader
        data = reader.read(size)
        member = retain_whole(path, data, self.collection.budget)
        if len(data) < size:
            member.problem, member.digest = self._end_reason(), b""
        reader.skip(padded_size(entry.stored_size) - size)
        return member

    def _end_reason(self) -> str:
        """Return why data ended early; a regular end of the stream is a truncation too."""
        if not self.reader.error:
            self.collection.budget.record_anomaly("truncated")
        return self.reader.error or "truncated"

    def _checked(self, size: int) -> Iterator[bytes]:
        budget, inflated, start = self.collection.budget, 0, self.position.consumed
        for piece in self.reader.pieces(size):
            inflated += len(piece)
            budget.check_ratio(inflated, self.position.consumed - start)
            yield piece

    def _read_sparse(self, entry: TarEntry, path: str) -> RawMember:
        budget = self.collection.budget
        budget.record_anomaly("sparse")
        limit = budget.limits.member_bytes
        parts = entry.sparse or []
        # tarfile reads as much as the map says, also if that leads over the next headers.
        stored = padded_size(entry.stored_size) - len(entry.reread)
        mapped = sum([length for _, length in parts if length > 0])
        data = self.reader.read(min(max(entry.stored_size, mapped), limit))
        if len(data) > stored:
            budget.record_anomaly("size_mismatch")
            self.reader.push_back((entry.reread + data)[stored + len(entry.reread) :])
        else:
            self.reader.skip(stored - len(data))
        content = expand_sparse(data, parts, entry.size, limit)
        budget.count_inflated(max(len(content) - len(data), 0))
        member = retain_whole(path, content, budget)
        if not is_ascending(parts):
            budget.record_anomaly("ambiguous_header")
            variant = retain_whole(path, read_sparse(data, parts, entry.size, limit), budget)
            variant.hidden = True
            self.collection.members.append(variant)
        if not is_ascending(parts) or mapped < len(data.rstrip(b"\0")) or mapped > entry.size:
            # Readers skip data that the map does not cover.
            self.collection.add_hidden_data(self.prefix, data, len(data))
        if max(entry.stored_size, mapped, entry.size) > limit:
            budget.record_limit("member_bytes")
            member.problem, member.digest, member.size = "member_bytes", b"", entry.size
        return member

    def _read_overlapping(self, entry: TarEntry, path: str) -> RawMember:
        """Read a member whose size, such as that of a global pax header, includes the next headers, as tarfile does."""
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

    def _add_link(self, entry: TarEntry, path: str, name: str, target: str) -> None:
        """Add a link; it gets its target's content later, if that is in the archive."""
        if self.hidden and normalise_path(path) in self.by_path:
            self.reader.skip(padded_size(entry.stored_size))
            return
        self._count_name(path, name)
        self.collection.budget.record_anomaly("symlink" if entry.is_symlink else "hardlink")
        self.reader.skip(padded_size(entry.stored_size))
        member = RawMember(self.prefix + path, 0, FileType.EMPTY, kept=False, problem=DANGLING_LINK, hidden=self.hidden)
        self.links.add(member, path, target, is_symlink=entry.is_symlink)
        self.collection.members.append(member)
        self.by_path.setdefault(normalise_path(path), member)
