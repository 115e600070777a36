"""Reads a member, of which only the first and the last part may be kept, by offsets in the whole."""

from collections.abc import Iterator
from struct import Struct
from typing import Any

import numpy as np
import numpy.typing as npt

from features.archive.retention import HEAD_AND_TAIL_BYTES
from features.binary.contract import UnreadableHeadersError
from features.contract import Member

NAME_BYTES = 512
"""Bytes of a name in a native file that are read."""


class MemberWindow:
    """A view of a member by its own offsets; its methods raise UnreadableHeadersError for bytes that were not kept.

    `size` is that of the whole member. `base` is the offset at which the file begins (of a slice of a fat file).
    """

    __slots__ = ("_base", "_data", "_gap", "size")

    def __init__(self, data: bytes, size: int, base: int = 0) -> None:
        self._data = data
        self._base = base
        cut = size > len(data) or (size > HEAD_AND_TAIL_BYTES and len(data) >= HEAD_AND_TAIL_BYTES)
        # The first half of the kept bytes begins the member, the second half ends it.
        self._gap = (
            (HEAD_AND_TAIL_BYTES // 2, size - HEAD_AND_TAIL_BYTES // 2)
            if cut and len(data) >= HEAD_AND_TAIL_BYTES
            else None
        )
        self.size = size if self._gap else len(data)

    @classmethod
    def of(cls, member: Member) -> "MemberWindow":
        """Return the window on a member; a member that was not read to its end is as long as the part that was read."""
        return cls(member.data, len(member.data) if member.problem else member.size)

    @property
    def is_cut(self) -> bool:
        """True if the middle of the member was not kept."""
        return self._gap is not None

    def kept_ranges(self) -> tuple[tuple[int, int], ...]:
        """Return the ranges (first offset, end) of the whole member that were kept."""
        if self._gap is None:
            return ((0, self.size),)
        return ((0, self._gap[0]), (self._gap[1], self.size))

    def slice_at(self, offset: int) -> "MemberWindow":
        """Return a window whose offsets count from `offset`."""
        window = object.__new__(MemberWindow)
        window._data, window._gap, window.size = self._data, self._gap, self.size
        window._base = self._base + offset
        return window

    def read(self, offset: int, length: int) -> bytes:
        """Return exactly `length` bytes at `offset`."""
        piece = self.read_some(offset, length)
        if len(piece) < length:
            raise UnreadableHeadersError
        return piece

    def read_some(self, offset: int, length: int) -> bytes:
        """Return up to `length` bytes at `offset`, fewer at the end of the file or of the kept part."""
        offset += self._base
        if offset < 0 or length < 0:
            raise UnreadableHeadersError
        if self._gap is None:
            return self._data[offset : offset + length]
        first, last = self._gap
        if offset < first:
            return self._data[offset : min(offset + length, first)]
        if offset < last:
            raise UnreadableHeadersError
        at = len(self._data) - (self.size - offset)
        return self._data[at : at + length]

    def unpack(self, layout: Struct, offset: int) -> tuple[Any, ...]:
        """Return the fields of a structure at `offset`."""
        return layout.unpack(self.read(offset, layout.size))

    def table(self, layout: Struct, offset: int, count: int) -> Iterator[tuple[Any, ...]]:
        """Yield up to `count` structures at `offset`, as many as were kept."""
        piece = self.read_some(offset, layout.size * count)
        return layout.iter_unpack(piece[: len(piece) // layout.size * layout.size])

    def name(self, offset: int) -> str:
        """Return the zero-terminated text at `offset`."""
        if self._gap is None and offset + self._base >= 0:
            return name_at(self._data, offset + self._base)
        return name_at(self.read_some(offset, NAME_BYTES), 0)


def name_at(table: bytes, offset: int) -> str:
    """Return the zero-terminated text at an offset of a table of names, "" outside."""
    end = table.find(b"\0", offset, offset + NAME_BYTES)
    return table[offset : end if end >= 0 else offset + NAME_BYTES].decode("latin-1")


def names_at(table: bytes, offsets: npt.NDArray[np.unsignedinteger]) -> set[str]:
    """Return the distinct texts at offsets of a table of names, as `name_at` does, without ""."""
    zeros = np.flatnonzero(np.frombuffer(table + b"\0", np.uint8) == 0)
    starts = np.minimum(offsets, len(table)).astype(np.int64)
    ends = np.minimum(zeros[np.searchsorted(zeros, starts)], starts + NAME_BYTES)
    text = table.decode("latin-1")
    names = {text[start:end] for start, end in zip(starts.tolist(), ends.tolist(), strict=True)}
    names.discard("")
    return names
