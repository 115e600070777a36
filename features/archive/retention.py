"""Decides how much of a member's content is kept in memory for the feature groups."""

from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from xxhash import xxh3_128, xxh3_128_digest

from features.archive.budget import SPARE_BYTES, Budget, CorruptData, DecompressionBomb
from features.archive.byte_source import MemorySource
from features.archive.file_type import file_type_of, has_startup_code, is_pickle
from features.archive.zip_headers import DIRECTORY_MAGIC, END_MAGIC, END_RECORD_BYTES, find_zip
from features.contract import FileType
from features.runtime.cache import content_key

HEAD_BYTES = 4096
"""First bytes of a member, which are always kept."""
HEAD_AND_TAIL_BYTES = 2 * 2**20
"""Bytes of native code, bytecode or a pickle that are kept; of a larger one, half of them from each end."""
_NESTED_SHARE = 3
"""Divisor of the kept bytes: an open nested archive may take this part of them."""
_LINE_START_BYTES = 8
"""Bytes of the text that begins an executed line of a start-up file."""
_SEARCHED_DATA_BYTES = 8 * 2**20
"""Bytes of an artifact's binary data of unknown use that are kept."""
_MEDIA_MAGICS = (
    b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"GIF8", b"RIFF", b"OggS", b"ID3", b"II*\0", b"MM\0*", b"\0\0\1\0",
    b"wOFF", b"wOF2", b"\0\1\0\0\0", b"OTTO", b"\xde\x12\x04\x95", b"\x95\x04\x12\xde", b"\x93NUMPY", b"PAR1", b"%PDF-",
)  # fmt: skip
"""First bytes of pictures, sounds, fonts, translations, arrays and documents."""

_END_MAGIC_LAST_BYTE = b"\x06"
_KEPT_WHOLE = frozenset((FileType.PYTHON, FileType.PTH, FileType.TEXT, FileType.METADATA))
_KEPT_BOTH_ENDS = frozenset((FileType.NATIVE, FileType.BYTECODE))
_PRIORITY_TYPES = frozenset((FileType.PYTHON, FileType.PTH, FileType.ARCHIVE))
"""Types that are kept in preference to other text."""
# Global names, as in `features.install.roles`.
_ARCHIVE, _BINARY = FileType.ARCHIVE, FileType.BINARY


@dataclass(slots=True)
class RawMember:
    """A member of an archive before the whole archive decides its role.

    `data` is what was kept of the content, `head` its first bytes and `digest` its xxh3-128. `content_key` is the
    `content_key` of content that was kept whole, b"" if it was not computed. `hidden` marks a member that an
    installer's own reader would not see. `inner_path` is the path inside the nested archive that holds the member, ""
    in the outermost archive. `link_target` is the path in the archive that a link leads to. `nested_data` is the
    content of a nested archive until that is opened. `problem` says in a word or two why the content was not examined
    completely. `spare` is the content of binary data that is not kept, as long as a link or the name in an install
    script may make it code.
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
    spare: bytes = b""

    @property
    def whole(self) -> bytes:
        """Return its content, also if that is not kept or waits to be opened; b"" if a part of it is missing."""
        data = self.data or self.spare or self.nested_data
        return data if len(data) == self.size else b""


class MemberContent:
    """The content of a member, with the values that are computed from it once.

    `digest` is its xxh3-128 and `crc` its CRC-32, if the caller computed that. `may_end_as_zip` says whether the end
    record of a zip file may be near its end.
    """

    __slots__ = ("_content_key", "_file_type", "_path", "crc", "data", "digest", "head", "may_end_as_zip")

    def __init__(self, data: bytes, crc: int = 0) -> None:
        self.data = data
        self.head = data[:HEAD_BYTES]
        self.crc = crc
        self.digest = xxh3_128_digest(data)
        self.may_end_as_zip = _may_end_as_zip(data)
        self._content_key = b""
        self._path: str | None = None
        self._file_type = FileType.BINARY

    @property
    def content_key(self) -> bytes:
        """Return the key of the content, computed on demand because most binary content is not kept."""
        if not self._content_key:
            self._content_key = content_key(self.data, self.digest)
        return self._content_key

    def file_type_at(self, path: str) -> FileType:
        """Return the type of the content at a path; that of the last path is remembered, as members rarely move."""
        if path != self._path:
            file_type = file_type_of(path, self.head, len(self.data))
            if _is_startup_file(path, file_type) and has_startup_code(self.data):
                file_type = FileType.PTH
            self._path, self._file_type = path, file_type
        return self._file_type

    def size_in_memory(self) -> int:
        """Return about how many bytes the object takes."""
        return len(self.data) + (HEAD_BYTES if len(self.data) > HEAD_BYTES else 0)


def retain_whole(path: str, data: bytes, budget: Budget) -> RawMember:
    """Return a member whose content is in memory."""
    return retain_content(path, MemberContent(data), budget)


def retain_content(path: str, content: MemberContent, budget: Budget) -> RawMember:
    """Return a member with the given content."""
    data, head = content.data, content.head
    size = len(data)
    file_type = content.file_type_at(path)
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
        _hold_spare(member, data, budget)
    if content.may_end_as_zip and file_type is not _ARCHIVE and find_zip(MemorySource(data)) is not None:
        # Python imports from a zip file also if other data precedes it.
        _keep_archive(member, data, budget)
    return member


def retain_slack_data(path: str, data: bytes, size: int, budget: Budget) -> RawMember:
    """Return data that belongs to no member as a hidden member; `data` is the first part of its `size` bytes."""
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
    """Return a member whose content comes in pieces; `size` is the size in its header.

    Reads until the pieces end, are corrupt or prove to be a bomb; `problem` then names the reason. With `skim`, binary
    data is not read beyond its head and gets no digest.
    """
    hasher = xxh3_128()
    stream = GuardedStream(pieces)
    first: list[bytes] = []
    length = 0
    for piece in stream:
        first.append(piece)
        length += len(piece)
        hasher.update(piece)
        if length >= HEAD_BYTES:
            break
    start = b"".join(first)
    file_type = file_type_of(path, start[:HEAD_BYTES], length)
    both_ends = _keeps_both_ends(file_type, start)
    if skim and file_type is _BINARY and not both_ends and not stream.problem:
        return RawMember(path, max(size, length), file_type, head=start[:HEAD_BYTES], kept=False)
    limit = HEAD_AND_TAIL_BYTES if both_ends else _capacity(file_type, size, budget)
    buffer = HeadTailBuffer(limit)
    buffer.add(start)
    tail = start
    may_start = _is_startup_file(path, file_type)
    starts = may_start and has_startup_code(start)
    for piece in stream:
        hasher.update(piece)
        buffer.add(piece)
        if may_start and not starts:
            starts = has_startup_code(tail[-_LINE_START_BYTES:] + piece)
        tail = piece if len(piece) >= END_RECORD_BYTES else tail[-END_RECORD_BYTES:] + piece
    if starts:
        file_type = FileType.PTH
    member = RawMember(path, buffer.seen, file_type, head=start[:HEAD_BYTES], problem=stream.problem)
    if not stream.problem:
        member.digest = hasher.digest()
    else:
        member.size = max(size, buffer.seen)
    if file_type in _KEPT_WHOLE or both_ends:
        if buffer.is_cut and file_type in _KEPT_WHOLE:
            budget.record_limit("member_bytes")
            member.problem = member.problem or "member_bytes"
        _keep(member, buffer.content(), budget)
    elif file_type is _ARCHIVE:
        member.kept = False
        if not buffer.is_cut:
            _keep_archive(member, buffer.content(), budget)
        elif limit:
            budget.record_limit("kept_bytes")
            member.problem = member.problem or "kept_bytes"
        else:
            budget.record_limit("nesting")
            member.problem = member.problem or "nesting"
    elif file_type is _BINARY:
        _hold_spare(member, b"" if buffer.is_cut else buffer.content(), budget)
    if file_type is not _ARCHIVE and _may_end_as_zip(tail):
        _keep_zip_tail(member, buffer, tail, budget)
    return member


def _may_end_as_zip(data: bytes) -> bool:
    """Return whether the end record of a zip file may be where readers look for it."""
    start = len(data) - END_RECORD_BYTES if len(data) > END_RECORD_BYTES else 0
    # A single byte that no text contains is found much faster than four (stage `open` of `boojum bench`).
    return data.find(_END_MAGIC_LAST_BYTE, start) >= 0 and data.rfind(END_MAGIC, start) >= 0


def _keep_zip_tail(member: RawMember, buffer: "HeadTailBuffer", tail: bytes, budget: Budget) -> None:
    """Keep content that ends as a zip file, also after other data; if it was cut, the member gets a problem."""
    if not buffer.is_cut:
        whole = buffer.content()
        if find_zip(MemorySource(whole)) is not None:
            _keep_archive(member, whole, budget)
    elif find_zip(MemorySource(tail)) is not None or DIRECTORY_MAGIC in tail:
        member.problem = member.problem or "unread zip"


def _capacity(file_type: FileType, size: int, budget: Budget) -> int:
    """Return how many bytes of a member are kept."""
    if file_type in _KEPT_WHOLE:
        return budget.limits.member_bytes
    if file_type is _ARCHIVE and budget.depth < budget.limits.nesting:
        left = budget.limits.kept_bytes - budget.kept
        capacity = min(budget.limits.kept_bytes // _NESTED_SHARE, left)
        # An archive that does not fit is not kept at all.
        return capacity if size <= capacity else 1
    return min(HEAD_AND_TAIL_BYTES, SPARE_BYTES - budget.spare) if file_type is _BINARY else 0


def _keeps_both_ends(file_type: FileType, head: bytes) -> bool:
    """Return whether the first and the last part of a member are kept."""
    return file_type in _KEPT_BOTH_ENDS or (file_type is _BINARY and is_pickle(head))


def _is_startup_file(path: str, file_type: FileType) -> bool:
    """Return whether Python reads a file at every start although its first bytes are those of other data."""
    return path[-4:].lower() == ".pth" and file_type is not FileType.PTH


def _hold_spare(member: RawMember, data: bytes, budget: Budget) -> None:
    """Do not keep binary data, but hold it until the archive is read."""
    member.kept = False
    if 0 < len(data) <= HEAD_AND_TAIL_BYTES and budget.hold_spare(len(data)):
        member.spare = data


def keep_as_code(member: RawMember, file_type: FileType, problem: str) -> None:
    """Give a member a type of code and its content, as it was held; if it was not, the member gets the problem."""
    if member.file_type in _KEPT_WHOLE:
        return
    if data := member.whole:
        member.file_type, member.data, member.kept, member.content_key = file_type, data, True, b""
    else:
        member.problem = member.problem or problem


def keep_searchable_data(members: Iterable[RawMember]) -> None:
    """Keep what was held of data that may be code to some program, the smallest first, up to `_SEARCHED_DATA_BYTES`."""
    held = [m for m in members if m.spare and m.file_type is _BINARY and not m.head.startswith(_MEDIA_MAGICS)]
    left = _SEARCHED_DATA_BYTES
    for member in sorted(held, key=lambda member: member.size):
        left -= member.size
        if left < 0:
            return
        member.data, member.kept = member.spare, True


def release_budget(member: RawMember, budget: Budget) -> None:
    """Release the bytes of a member that is not kept after all."""
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
    """Pieces until they end, are corrupt or prove to be a bomb; `problem` names the reason, "" for a regular end."""

    __slots__ = ("_pieces", "problem")

    def __init__(self, pieces: Iterable[bytes]) -> None:
        self._pieces = iter(pieces)
        self.problem = ""

    def __iter__(self) -> Iterator[bytes]:
        try:
            # Not a for loop: the stream is iterated twice, and leaving the first loop must not close the pieces.
            while (piece := next(self._pieces, None)) is not None:
                yield piece
        except DecompressionBomb:
            self.problem = "ratio"
        except CorruptData as corrupt:
            self.problem = corrupt.anomaly


class HeadTailBuffer:
    """A buffer of the first and the last half of `limit` bytes of a stream; `seen` counts all bytes."""

    __slots__ = ("_first", "_first_size", "_last", "_last_size", "_limit", "seen")

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._first: list[bytes] = []
        self._first_size = 0
        self._last: deque[bytes] = deque()
        self._last_size = 0
        self.seen = 0

    def add(self, piece: bytes) -> None:
        """Add the next piece of the stream."""
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
