"""Reads one native member: its headers, its overlay, and the strings in its readable parts."""

from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple, assert_never

import numpy as np

from features.binary.api_families import (
    EVIDENCE_FAMILIES,
    STRING_SEARCHED,
    base_name,
    count_by_family,
    family_by_function,
)
from features.binary.contract import NativeHeaders, Section, UnreadableHeadersError
from features.binary.elf import read_elf
from features.binary.macho import read_macho
from features.binary.native_magic import NativeFormat, is_disguised, native_format
from features.binary.pe import read_pe
from features.binary.string_scan import NO_STRINGS, BinaryStrings, scan_strings
from features.binary.window import MemberWindow
from features.contract import Member
from features.runtime.cache import cached, size_of_words

WHOLE_BYTES = 512 * 2**10
"""Size up to which all of a native file is searched; in a larger one the instructions are left out."""
SAMPLE_BYTES = 64 * 2**10
"""Bytes from the middle of a section or overlay whose entropy is measured."""
PACKED_ENTROPY = 7.6
"""Bits for each byte above which instructions are packed or encrypted; compiled code stays below 7.4."""
LEAST_BYTES = 4_096
"""Size of the smallest section or overlay whose entropy is measured."""

_PACKER_SECTIONS = ("UPX", ".themida", ".winlice", ".vmp", ".MPRESS", ".aspack", ".adata", ".enigma", ".petite", ".nsp",
                    ".packed", "PEC2", ".pec", ".yP", ".boom")  # fmt: skip
_MODULE_SUFFIXES = (".pyd", ".so")


class _Examined(NamedTuple):
    """The headers of a native file and the values derived from them, independent of its path."""

    headers: NativeHeaders | None
    api_families: Mapping[str, int]
    code_entropy: float | None
    overlay: int
    overlay_entropy: float | None

    def size_in_memory(self) -> int:
        """Return its approximate size in memory, in bytes."""
        headers = self.headers
        if headers is None:
            return 0
        names = (*headers.imports, *headers.libraries, *headers.python_modules)
        return size_of_words(names) + 250 * len(headers.sections)


@dataclass(slots=True)
class NativeFile:
    """One native member. `headers` is None if they could not be read.

    `api_families` counts the imported functions of each family. `code_entropy` (bits for each byte) is the greatest of
    an executable section, None if none was measured. `overlay` is the number of bytes after the declared end.
    `strings` are empty until `search_strings` has run, which sets `is_searched`. `key` is that of caches.
    """

    member: Member
    is_cut: bool
    is_disguised: bool
    headers: NativeHeaders | None
    api_families: Mapping[str, int]
    code_entropy: float | None
    overlay: int
    overlay_entropy: float | None
    strings: BinaryStrings = NO_STRINGS
    is_searched: bool = False
    key: Hashable = field(default=None, compare=False, repr=False)

    @property
    def hidden_functions(self) -> dict[str, int]:
        """Number of functions of each family that are strings in it and not imported; empty if that is unknown."""
        if self.is_cut and self.headers is not None and self.headers.partial:
            # The import table may be in the part that was not kept.
            return {}
        imported = {base_name(name) for name in self.headers.imports} if self.headers else set()
        counts: dict[str, int] = {}
        for name in self.strings.markers.functions - imported:
            family = family_by_function()[name]
            if family in STRING_SEARCHED:
                counts[family] = counts.get(family, 0) + 1
        return counts

    @property
    def evidence_functions(self) -> frozenset[str]:
        """Functions of `EVIDENCE_FAMILIES` that it imports, and all functions that it contains as strings."""
        imported = {name for name in self.headers.imports if _is_evidence(name)} if self.headers else set()
        return self.strings.markers.functions | imported

    @property
    def is_packed(self) -> bool:
        """True if it has the marker of a packer, or instructions with the entropy of encrypted ones."""
        if {"upx", "protector"} & self.strings.markers.tools or (self.code_entropy or 0.0) > PACKED_ENTROPY:
            return True
        return self.headers is not None and any(s.name.startswith(_PACKER_SECTIONS) for s in self.headers.sections)

    @property
    def is_python_module(self) -> bool:
        """True if its exports make it an extension module."""
        return self.headers is not None and bool(self.headers.python_modules)

    @property
    def claims_python_module(self) -> bool:
        """True if its name is that of an extension module: with an ABI tag (PEP 3149), or a .pyd."""
        base = self.member.path.rpartition("/")[2].lower()
        tagged = ".cpython-3" in base or ".abi3." in base or ".pypy3" in base or ".cp3" in base
        return base.endswith(_MODULE_SUFFIXES) and (tagged or base.endswith(".pyd"))


def _is_evidence(name: str) -> bool:
    return family_by_function().get(base_name(name), "") in EVIDENCE_FAMILIES


def read_native_file(member: Member) -> NativeFile:
    """Return a native member with its headers; its strings are not searched yet."""
    is_cut = MemberWindow.of(member).is_cut
    # A key for a large file is a SHA-256 of 2 MiB, and hardly one is the same in two artifacts (stage `binary`).
    key = None if is_cut else (member.key, member.size, bool(member.problem))
    return NativeFile(member, is_cut, is_disguised(member.path, member.head), *_examine(member, key), key=key)


@cached("native_headers", key=lambda _, key: key, size_of=_Examined.size_in_memory)
def _examine(member: Member, key: Hashable) -> _Examined:  # noqa: ARG001 - the cache looks it up
    window = MemberWindow.of(member)
    try:
        headers = _read_headers(window, member.head)
    except UnreadableHeadersError:
        return _Examined(None, {}, None, 0, None)
    code = [section for section in headers.sections if section.executable and section.size >= LEAST_BYTES]
    entropies = [_sample_entropy(window, section.offset, section.size) for section in code]
    overlay = max(window.size - headers.declared_end, 0) if headers.declared_end and not member.problem else 0
    return _Examined(
        headers,
        count_by_family(headers.imports, headers.libraries),
        max((value for value in entropies if value is not None), default=None),
        overlay,
        _sample_entropy(window, headers.declared_end, overlay) if overlay >= LEAST_BYTES else None,
    )


def search_strings(native: NativeFile, left: int) -> int:
    """Search a native file for strings if they are at most `left` bytes; return the number of searched bytes."""
    pieces: list[bytes] = []
    size = 0
    for piece in _readable_pieces(native):
        if size + len(piece) > left:
            return 0
        size += len(piece)
        pieces.append(piece)
    native.strings = _scan(native, pieces)
    native.is_searched = True
    return size


@cached("binary_words", key=lambda native, _: native.key, size_of=BinaryStrings.size_in_memory)
def _scan(native: NativeFile, pieces: Sequence[bytes]) -> BinaryStrings:
    wide = native.member.head.startswith(b"MZ")
    return scan_strings(pieces, wide=wide, imported=native.headers.imports if native.headers else frozenset())


def _read_headers(window: MemberWindow, head: bytes) -> NativeHeaders:
    file_format = native_format(head)
    match file_format:
        case NativeFormat.ELF:
            return read_elf(window)
        case NativeFormat.PE:
            return read_pe(window)
        case NativeFormat.MACHO:
            return read_macho(window)
        case NativeFormat.WASM | None:
            raise UnreadableHeadersError
        case _:
            assert_never(file_format)


def _readable_pieces(native: NativeFile) -> Iterator[bytes]:
    """Yield the parts of a member that may contain strings: all of a small one, and of one without headers."""
    data = native.member.data
    if native.headers is None or len(data) <= WHOLE_BYTES:
        yield data
        return
    window = MemberWindow.of(native.member)
    at = 0
    for section in sorted(filter(_is_skipped, native.headers.sections), key=lambda section: section.offset):
        if section.offset > at:
            yield from _kept_pieces(window, at, section.offset)
        at = max(at, section.offset + section.size)
    yield from _kept_pieces(window, at, window.size)


def _is_skipped(section: Section) -> bool:
    return not section.has_strings or (section.executable and not section.writable)


def _kept_pieces(window: MemberWindow, start: int, end: int) -> Iterator[bytes]:
    """Yield the kept bytes between two offsets: at most one piece from each side of the missing part."""
    end = min(end, window.size)
    for first, last in window.kept_ranges():
        low, high = max(start, first), min(end, last)
        if high - low >= 8:
            yield window.read_some(low, high - low)


def _sample_entropy(window: MemberWindow, offset: int, size: int) -> float | None:
    """Return the entropy of the middle of a range, in bits for each byte; None if that was not kept."""
    length = min(size, SAMPLE_BYTES)
    try:
        piece = window.read_some(offset + (size - length) // 2, length)
    except UnreadableHeadersError:
        return None
    if len(piece) < LEAST_BYTES // 4:
        return None
    counts = np.bincount(np.frombuffer(piece, np.uint8), minlength=256)
    shares = counts[counts > 0] / len(piece)
    return float(-(shares * np.log2(shares)).sum())
