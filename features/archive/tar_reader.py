"""The members of a tar archive."""

import posixpath
import re
from collections.abc import Iterator

from features.archive.budget import LimitExceeded
from features.archive.collection import Collection, decode_name
from features.archive.compression import BlockReader, Position
from features.archive.file_type import file_type_of, is_text
from features.archive.member_paths import normalise_path
from features.archive.retention import RawMember, release_budget, retain_slack_data, retain_stream, retain_whole
from features.archive.source import Source
from features.archive.tar_headers import BLOCK, BadHeader, Entry, TarParser, expand_sparse, is_header
from features.contract import FileType

DANGLING, ESCAPING, DEVICE = "dangling link", "link out of the archive", "device"
LINK_PROBLEMS = frozenset((DANGLING, ESCAPING, DEVICE))
"""Problems of members that have no content of their own: nothing was left unexamined."""

_LINKS_FOLLOWED = 40
_FOLDERS = 32
"""Folders of a path that may be links."""
_SMALL = 2**20
_TRAILING = 2**20
_ZEROS = bytes(BLOCK)
_ZERO_RUN = re.compile(rb"\0+")


def read_tar(
    reader: BlockReader, position: Position, found: Collection, prefix: str, source: Source | None = None
) -> int:
    """Add the members that `reader` yields; return how many tarfile would have met before it stops.

    Goes on after the end mark and after damaged headers; what is found there is marked as hidden. Raises
    `LimitExceeded`; what was found until then stays. `source` is the tar itself where it might be a script as well: its
    headers are then kept as text.
    """
    walk = _Walk(reader, position, found, prefix)
    try:
        walk.run()
    finally:
        walk.resolve_links()
        found.check_doubles(walk.names)
    if reader.error:
        found.budget.record_anomaly(reader.error)
    if source is not None:
        walk.keep_headers(source)
    return walk.listed


class _Walk:
    """One pass over one tar archive."""

    def __init__(self, reader: BlockReader, position: Position, found: Collection, prefix: str) -> None:
        self.reader = reader
        self.position = position
        self.found = found
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
            except BadHeader as bad:
                self.found.budget.record_anomaly("truncated" if self.reader.error else bad.anomaly)
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
            if is_header(block):
                break
            size += len(block)
            if size <= _TRAILING:
                junk.append(block)
        if size:
            self.found.budget.record_anomaly("trailing_data")
            data = b"".join(junk)
            rest = size - len(data)
            data = data.rstrip(b"\0")
            self.found.drafts.append(
                retain_slack_data(self.prefix + "!trailing_data", data, len(data) + rest, self.found.budget)
            )
        return block or None

    def _member(self, entry: Entry) -> None:
        found = self.found
        name = decode_name(entry.name)
        found.budget.list_member(len(name))
        path = name.removeprefix("./")
        if not self.hidden:
            found.check_name(name)
            self.listed += 1
            if not self.prefix:
                found.tops.append(name)
        plain = entry.is_plain
        if not plain and self._without_content(entry, path, name):
            return
        start = self.reader.offset
        self.spans.append((start, start + min(entry.size, entry.stored)))
        try:
            if plain and entry.size <= _SMALL:
                draft = self._read_small(entry, self.prefix + path)
            else:
                draft = self._read(entry, self.prefix + path)
        except LimitExceeded as reached:
            found.unread(self.prefix + path, entry.size, reached.limit, hidden=self.hidden)
            raise
        draft.executable = bool(entry.mode & 0o111)
        draft.hidden = self.hidden
        place = normalise_path(path)
        if self.hidden and self._is_copy(draft, place):
            release_budget(draft, found.budget)
            return
        self._name(path, name)
        found.drafts.append(draft)
        link, self.by_name[place] = self.by_name.get(place), draft
        if link is not None and link.link_target not in {"", place} and link.problem != ESCAPING:
            # A file that is written where a link stands is written into what the link leads to.
            through = RawMember(
                self.prefix + link.link_target, 0, FileType.EMPTY, link_target=link.link_target, hidden=self.hidden
            )
            _give(through, draft)
            found.drafts.append(through)
            self.by_name[link.link_target] = through

    def _without_content(self, entry: Entry, path: str, name: str) -> bool:
        """Return whether an entry is a folder, a link or a device, and add what it is."""
        if entry.is_directory:
            self.reader.skip(-(-entry.stored // BLOCK) * BLOCK)
        elif entry.is_symlink or entry.is_hardlink:
            self._link(entry, path)
        elif entry.is_device:
            self._name(path, name)
            self.found.budget.record_anomaly("device")
            self.found.unread(self.prefix + path, 0, DEVICE, hidden=self.hidden)
        else:
            if entry.is_unknown:
                self.found.budget.record_anomaly("unknown_type")
            return False
        return True

    def keep_headers(self, source: Source) -> None:
        """Keep what is no content: a shell that is given a tar runs what its names and fields say."""
        parts: list[bytes] = []
        at = 0
        for start, stop in (*self.spans, (source.size, source.size)):
            parts.append(source.read(at, min(start - at, _TRAILING)))
            at = stop
        data = _ZERO_RUN.sub(b"\n", b"".join(parts))
        self.found.budget.count_inflated(len(data))
        self.found.drafts.append(retain_slack_data(f"{self.prefix}!headers", data, len(data), self.found.budget))

    def _is_copy(self, draft: RawMember, place: str) -> bool:
        """Return whether a hidden member is a listed one once more.

        Archives that were written twice into one file are a habit of re-packers (and of whoever built a
        corpus), and hide nothing.
        """
        first = self.by_name.get(place)
        return first is not None and first.digest == draft.digest and (bool(draft.digest) or not draft.size)

    def _name(self, path: str, name: str) -> None:
        """Count a member that is not a directory under its name."""
        self.names.append(path)
        if self.hidden:
            self.found.budget.record_anomaly("hidden_member")
            self.found.check_name(name)

    def _read(self, entry: Entry, path: str) -> RawMember:
        reader, budget = self.reader, self.found.budget
        if entry.sparse is not None:
            return self._read_sparse(entry, path)
        if entry.size > entry.stored:
            return self._read_overlapping(entry, path)
        if entry.size <= _SMALL:
            return self._read_small(entry, path)
        start = reader.offset
        draft = retain_stream(path, entry.size, self._guarded(entry.size), budget)
        read = reader.offset - start
        if draft.problem == "ratio":
            reader.skip(entry.size - read)
        elif read < entry.size:
            draft.problem, draft.digest, draft.size = self._end(), b"", entry.size
        reader.skip(-(-entry.stored // BLOCK) * BLOCK - entry.size)
        return draft

    def _read_small(self, entry: Entry, path: str) -> RawMember:
        size, reader = entry.size, self.reader
        data = reader.read(size)
        draft = retain_whole(path, data, self.found.budget)
        if len(data) < size:
            draft.problem, draft.digest = self._end(), b""
        reader.skip(-(-entry.stored // BLOCK) * BLOCK - size)
        return draft

    def _end(self) -> str:
        """Return why data ended; the plain end of a stream is a truncation too."""
        if not self.reader.error:
            self.found.budget.record_anomaly("truncated")
        return self.reader.error or "truncated"

    def _guarded(self, size: int) -> Iterator[bytes]:
        budget, inflated, stored = self.found.budget, 0, self.position.consumed
        for piece in self.reader.pieces(size):
            inflated += len(piece)
            # Twice the block that is decoded ahead is allowed for, so that its share is not counted.
            budget.check_ratio(inflated, self.position.consumed - stored)
            yield piece

    def _read_sparse(self, entry: Entry, path: str) -> RawMember:
        budget = self.found.budget
        budget.record_anomaly("sparse")
        limit = budget.limits.member_bytes
        data = self.reader.read(min(entry.stored, limit))
        self.reader.skip(-(-entry.stored // BLOCK) * BLOCK - len(data))
        draft = retain_whole(path, expand_sparse(data, entry, limit), budget)
        shown = sum(min(length, entry.size - offset) for offset, length in entry.sparse or () if offset < entry.size)
        if shown < len(data.rstrip(b"\0")):
            # Stored and not in the map: tarfile passes over it, others may not.
            budget.record_anomaly("hidden_data")
            self.found.drafts.append(retain_slack_data(f"{self.prefix}!hidden_data", data, len(data), budget))
        if entry.stored > limit or entry.size > limit:
            budget.record_limit("member_bytes")
            draft.problem, draft.digest, draft.size = "member_bytes", b"", entry.size
        return draft

    def _read_overlapping(self, entry: Entry, path: str) -> RawMember:
        """Read a member whose size (a global pax header's, say) claims the next headers, as tarfile does."""
        budget = self.found.budget
        budget.record_anomaly("size_mismatch")
        size = min(entry.size, budget.limits.member_bytes)
        data = self.reader.read(size)
        draft = retain_whole(path, data, budget)
        if len(data) < entry.size:
            draft.problem, draft.digest = "truncated", b""
        stored = -(-entry.stored // BLOCK) * BLOCK
        if len(data) > stored:
            self.reader.unread(data[stored:])
        else:
            self.reader.skip(stored - len(data))
        return draft

    def _link(self, entry: Entry, path: str) -> None:
        """Note a link; where it leads inside the archive it gets the content that it stands for."""
        if self.hidden and normalise_path(path) in self.by_name:
            self.reader.skip(-(-entry.stored // BLOCK) * BLOCK)
            return
        self._name(path, decode_name(entry.name))
        self.found.budget.record_anomaly("symlink" if entry.is_symlink else "hardlink")
        to = decode_name(entry.link_target)
        self.reader.skip(-(-entry.stored // BLOCK) * BLOCK)
        target = to
        if entry.is_symlink:
            target = posixpath.join(posixpath.dirname(path), to)
        resolved = posixpath.normpath(target.replace("\\", "/"))
        draft = RawMember(self.prefix + path, 0, FileType.EMPTY, kept=False, problem=DANGLING, hidden=self.hidden)
        if resolved.startswith(("/", "../")) or resolved == "..":
            self.found.budget.record_anomaly("symlink_escape")
            draft.problem = ESCAPING
        draft.link_target = resolved
        self.found.drafts.append(draft)
        self.links.append((draft, resolved))
        if entry.is_hardlink and resolved in self.by_name:
            # A later member may overwrite the name, not what this link already leads to.
            _give(draft, self.by_name[resolved])
        self.by_name.setdefault(normalise_path(path), draft)

    def resolve_links(self) -> None:
        """Give links what they lead to; links to links too, as far as the system would follow them."""
        for draft, target in self.links:
            aim = self._aim(target)
            for _ in range(_LINKS_FOLLOWED):
                if aim is None or aim.problem != DANGLING:
                    break
                aim = self._aim(aim.link_target)
            if aim is not None and draft.problem == DANGLING and aim.problem not in LINK_PROBLEMS:
                _give(draft, aim)

    def _aim(self, target: str) -> RawMember | None:
        """Return what stands at a path, or where links to folders on the way lead."""
        for _ in range(_LINKS_FOLLOWED):
            if target in self.by_name:
                return self.by_name[target]
            parts = target.split("/", _FOLDERS)
            heads = ("/".join(parts[:count]) for count in range(1, len(parts)))
            head = next((head for head in heads if head in self.by_name and self.by_name[head].link_target), None)
            if head is None:
                return None
            target = posixpath.normpath(self.by_name[head].link_target + target[len(head) :])
        return None


def _give(draft: RawMember, target: RawMember) -> None:
    draft.size, draft.file_type, draft.data, draft.head = target.size, target.file_type, target.data, target.head
    draft.digest, draft.kept, draft.problem, draft.content_key = (
        target.digest,
        target.kept,
        target.problem,
        target.content_key,
    )
    draft.executable = target.executable
    if target.data:
        # A text that is linked to as setup.py is Python there.
        draft.file_type = file_type_of(draft.path, target.head, target.size)
