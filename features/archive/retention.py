"""What of a member's content is held for the feature groups."""

from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from xxhash import xxh3_128, xxh3_128_digest

from features.archive.budget import Budget, CorruptData, DecompressionBomb
from features.archive.byte_source import MemorySource
from features.archive.file_type import file_type_of, is_pickle
from features.archive.zip_headers import DIRECTORY_MAGIC, END_MAGIC, END_RECORD_BYTES, find_zip
from features.contract import FileType
from features.runtime.cache import content_key

HEAD_BYTES = 4096
HEAD_AND_TAIL_BYTES = 2 * 2**20
"""Native code, bytecode or a pickle that is kept whole; of a larger one the first and the last half of this."""
_NESTED_SHARE = 3
"""A nested archive that is opened may take this part of what is kept, while it is open."""

_END_MAGIC_LAST_BYTE = b"\x06"
_KEPT_WHOLE = frozenset((FileType.PYTHON, FileType.PTH, FileType.TEXT, FileType.METADATA))
_KEPT_BOTH_ENDS = frozenset((FileType.NATIVE, FileType.BYTECODE))
_PRIORITY_TYPES = frozenset((FileType.PYTHON, FileType.PTH, FileType.ARCHIVE))
"""What is kept before other text is."""
_ARCHIVE, _BINARY = FileType.ARCHIVE, FileType.BINARY
"""By names of this module, as in `features.install.roles`: they are asked for with every member."""


@dataclass(slots=True)
class RawMember:
    """A member as it is found, before the whole archive says which role it has.

    `nested_data` is the content of a nested archive, or of what ends as one, until that is opened. `link_target` is
    where a link leads to (a path inside the archive). `hidden` marks what an installer's own reader would not see.
    `inner_path` is the path inside the nested archive that it stands in, "" in the outermost. `content_key` is what
    `content_key` says of what is held whole, b"" where nobody asked.
    """

    path: str
    size: int
    file_type: FileType
    data: bytes = b""
    head: bytes = b""
    digest: bytes = b""
    kept: bool = True
    executable: bool = False
    problem: str = ""
    nested_data: bytes = b""
    link_target: str = ""
    hidden: bool = False
    inner_path: str = ""
    content_key: bytes = b""


class MemberContent:
    """What a member holds, its xxh3-128, what `content_key` says of it, and whether it may end as a zip file.

    `crc` is its CRC-32, where somebody asked for it. `path` is where it was met last, `file_type` what it was there.
    """

    __slots__ = ("content_key", "crc", "data", "digest", "file_type", "has_end", "head", "path")

    def __init__(self, data: bytes, crc: int = 0) -> None:
        self.data = data
        self.head = data[:HEAD_BYTES]
        self.crc = crc
        self.digest = xxh3_128_digest(data)
        self.content_key = content_key(data)
        self.has_end = _may_end_as_zip(data)
        self.path: str | None = None
        self.file_type = FileType.BINARY

    def weigh(self) -> int:
        """Return the bytes that it takes."""
        return len(self.data) + (HEAD_BYTES if len(self.data) > HEAD_BYTES else 0)


def retain_whole(path: str, data: bytes, budget: Budget) -> RawMember:
    """Return the draft of a member whose content is in memory."""
    return retain_content(path, MemberContent(data), budget)


def retain_content(path: str, content: MemberContent, budget: Budget) -> RawMember:
    """Return the draft of a member of which is known what it holds."""
    data, head = content.data, content.head
    size = len(data)
    if path != content.path:
        content.path, content.file_type = path, file_type_of(path, head, size)
    file_type = content.file_type
    member = RawMember(path, size, file_type, b"", head, content.digest)
    if file_type in _KEPT_WHOLE:
        if size > budget.limits.member_bytes:
            budget.record_limit("member_bytes")
            member.problem = "member_bytes"
            half = budget.limits.member_bytes // 2
            _keep(member, b"\n".join((data[:half], data[size - half :])), budget)
        else:
            member.content_key = content.content_key
            _keep(member, data, budget)
    elif _keeps_both_ends(file_type, head):
        if size <= HEAD_AND_TAIL_BYTES:
            member.content_key = content.content_key
            _keep(member, data, budget)
        else:
            half = HEAD_AND_TAIL_BYTES // 2
            _keep(member, data[:half] + data[size - half :], budget)
    elif file_type is _ARCHIVE:
        member.kept = False
        _keep_archive(member, data, budget)
    elif file_type is _BINARY:
        member.kept = False
    if content.has_end and file_type is not _ARCHIVE and find_zip(MemorySource(data)) is not None:
        # Python imports from a zip file whatever it begins with.
        _keep_archive(member, data, budget)
    return member


def retain_slack_data(path: str, data: bytes, size: int, budget: Budget) -> RawMember:
    """Return the draft of data that are no member, the first of `size` bytes; as text where they are nothing else."""
    member = retain_whole(path, data, budget)
    if member.file_type is _BINARY and not member.data:
        member.file_type, member.kept = FileType.TEXT, True
        _keep(member, data, budget)
    member.hidden = True
    if size > len(data):
        budget.record_limit("member_bytes")
        member.size, member.digest, member.problem = size, b"", member.problem or "member_bytes"
    return member


def retain_stream(path: str, size: int, pieces: Iterable[bytes], budget: Budget, *, skim: bool = False) -> RawMember:
    """Return the draft of a member whose content comes in pieces; `size` is what its header says.

    Takes what comes until the pieces end, break or turn out to be a bomb; `problem` and `size` say so. With
    `skim` data that no group looks into are left after their head, without a digest.
    """
    hasher = xxh3_128()
    flow = GuardedStream(pieces)
    first: list[bytes] = []
    length = 0
    for piece in flow:
        first.append(piece)
        length += len(piece)
        hasher.update(piece)
        if length >= HEAD_BYTES:
            break
    start = b"".join(first)
    file_type = file_type_of(path, start[:HEAD_BYTES], length)
    has_ends = _keeps_both_ends(file_type, start)
    if skim and file_type is _BINARY and not has_ends and not flow.problem:
        return RawMember(path, max(size, length), file_type, head=start[:HEAD_BYTES], kept=False)
    limit = HEAD_AND_TAIL_BYTES if has_ends else _capacity(file_type, size, budget)
    ends = HeadTailBuffer(limit)
    ends.add(start)
    tail = start
    for piece in flow:
        hasher.update(piece)
        ends.add(piece)
        tail = piece if len(piece) >= END_RECORD_BYTES else tail[-END_RECORD_BYTES:] + piece
    member = RawMember(path, ends.seen, file_type, head=start[:HEAD_BYTES], problem=flow.problem)
    if not flow.problem:
        member.digest = hasher.digest()
    else:
        member.size = max(size, ends.seen)
    if file_type in _KEPT_WHOLE or has_ends:
        if ends.is_cut and file_type in _KEPT_WHOLE:
            budget.record_limit("member_bytes")
            member.problem = member.problem or "member_bytes"
        _keep(member, ends.content(), budget)
    elif file_type is _ARCHIVE:
        member.kept = False
        if not ends.is_cut:
            _keep_archive(member, ends.content(), budget)
        elif limit:
            budget.record_limit("kept_bytes")
            member.problem = member.problem or "kept_bytes"
        else:
            budget.record_limit("nesting")
            member.problem = member.problem or "nesting"
    elif file_type is _BINARY:
        member.kept = False
    if file_type is not _ARCHIVE and _may_end_as_zip(tail):
        _keep_zip_tail(member, ends, tail, budget)
    return member


def _may_end_as_zip(data: bytes) -> bool:
    """Return whether the end record of a zip file may stand where readers look for it."""
    start = len(data) - END_RECORD_BYTES if len(data) > END_RECORD_BYTES else 0
    # One byte is found many times as fast as four, and no text holds this one; of four, from the end in half the time.
    return data.find(_END_MAGIC_LAST_BYTE, start) >= 0 and data.rfind(END_MAGIC, start) >= 0


def _keep_zip_tail(member: RawMember, ends: "HeadTailBuffer", tail: bytes, budget: Budget) -> None:
    """Hold what ends as a zip file whatever it begins with; where it was not kept whole, say so."""
    if not ends.is_cut:
        whole = ends.content()
        if find_zip(MemorySource(whole)) is not None:
            _keep_archive(member, whole, budget)
    elif find_zip(MemorySource(tail)) is not None or DIRECTORY_MAGIC in tail:
        member.problem = member.problem or "unread zip"


def _capacity(file_type: FileType, size: int, budget: Budget) -> int:
    """Return how many bytes of a member are held."""
    if file_type in _KEPT_WHOLE:
        return budget.limits.member_bytes
    if file_type is _ARCHIVE and budget.depth < budget.limits.nesting:
        left = budget.limits.kept_bytes - budget.kept
        room = min(budget.limits.kept_bytes // _NESTED_SHARE, left)
        # One that will not fit is not begun.
        return room if size <= room else 1
    return 0


def _keeps_both_ends(file_type: FileType, head: bytes) -> bool:
    """Return whether the first and the last part of a member are held."""
    return file_type in _KEPT_BOTH_ENDS or (file_type is _BINARY and is_pickle(head))


def release_budget(member: RawMember, budget: Budget) -> None:
    """Give back what a draft holds that is not kept after all."""
    budget.release(len(member.data), source=member.file_type in _PRIORITY_TYPES)
    budget.release(len(member.nested_data))


def _keep(member: RawMember, data: bytes, budget: Budget) -> None:
    if budget.reserve(len(data), source=member.file_type in _PRIORITY_TYPES):
        member.data = data
    else:
        member.kept, member.content_key = False, b""
        member.problem = member.problem or "kept_bytes"


def _keep_archive(member: RawMember, data: bytes, budget: Budget) -> None:
    if budget.depth >= budget.limits.nesting:
        budget.record_limit("nesting")
        member.problem = member.problem or "nesting"
    elif len(data) <= budget.limits.kept_bytes // _NESTED_SHARE and budget.reserve(len(data), source=True):
        member.nested_data = data
    else:
        budget.record_limit("kept_bytes")
        member.problem = member.problem or "kept_bytes"


class GuardedStream:
    """Pieces until they end, break or turn out to be a bomb; the `problem` then says which."""

    __slots__ = ("_pieces", "problem")

    def __init__(self, pieces: Iterable[bytes]) -> None:
        self._pieces = iter(pieces)
        self.problem = ""

    def __iter__(self) -> Iterator[bytes]:
        try:
            # Not a for loop: it is entered twice, and leaving it early must not close the pieces.
            while (piece := next(self._pieces, None)) is not None:
                yield piece
        except DecompressionBomb:
            self.problem = "ratio"
        except CorruptData as broken:
            self.problem = broken.anomaly


class HeadTailBuffer:
    """The first and the last half of `limit` bytes of what is added."""

    __slots__ = ("_first", "_first_size", "_last", "_last_size", "_limit", "seen")

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._first: list[bytes] = []
        self._first_size = 0
        self._last: deque[bytes] = deque()
        self._last_size = 0
        self.seen = 0

    def add(self, piece: bytes) -> None:
        """Take the next piece of the stream."""
        self.seen += len(piece)
        half = self._limit - self._limit // 2
        if self._first_size < half:
            part = piece[: half - self._first_size]
            self._first.append(part)
            self._first_size += len(part)
            piece = piece[len(part) :]
        if not piece or not self._limit:
            return
        self._last.append(piece)
        self._last_size += len(piece)
        while self._last_size - len(self._last[0]) >= self._limit // 2:
            self._last_size -= len(self._last.popleft())
            if not self._last:
                break

    @property
    def is_cut(self) -> bool:
        """Return whether bytes between head and tail were dropped."""
        return self.seen > self._limit

    def content(self) -> bytes:
        """Return the bytes that were kept."""
        if not self.is_cut:
            return b"".join((*self._first, *self._last))
        half = self._limit // 2
        last = b"".join(self._last)
        return b"\n".join((b"".join(self._first), last[len(last) - half :]))
