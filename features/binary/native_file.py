"""One native member: its headers read, its readable parts found, its oddities named."""

from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple, assert_never

import numpy as np

from features.binary.api_families import HIDDEN, TELLING, base_name, families_met, family_of
from features.binary.contract import Program, Section, Unparsed
from features.binary.elf import read_elf
from features.binary.macho import read_macho
from features.binary.native_magic import Native, is_disguised, sniff_native
from features.binary.pe import read_pe
from features.binary.string_scan import NOTHING, Words, find_words
from features.binary.window import Window
from features.contract import Member
from features.runtime.cache import cached, size_of_words

WHOLE_BYTES = 512 * 2**10
"""Native code of up to this size is searched for words everywhere, larger code not in its instructions."""
SAMPLE_BYTES = 64 * 2**10
"""Bytes from the middle of a stretch that say how mixed it is."""
PACKED_ENTROPY = 7.6
"""Bits for each byte over which instructions are packed or encrypted; compilers' stay under 7.4, on any processor."""
LEAST_BYTES = 4_096
"""Stretches shorter than this are not judged by their entropy."""

_PACKER_SECTIONS = ("UPX", ".themida", ".winlice", ".vmp", ".MPRESS", ".aspack", ".adata", ".enigma", ".petite", ".nsp",
                    ".packed", "PEC2", ".pec", ".yP", ".boom")  # fmt: skip
_MODULE_SUFFIXES = (".pyd", ".so")


class _Headers(NamedTuple):
    """What the headers of a native file say, and what that leads to, whatever its name is."""

    program: Program | None
    families: Mapping[str, int]
    code_entropy: float | None
    overlay: int
    overlay_entropy: float | None

    def weigh(self) -> int:
        if self.program is None:
            return 0
        program = self.program
        return size_of_words((*program.imports, *program.libraries, *program.modules)) + 250 * len(program.sections)


@dataclass(slots=True)
class NativeLook:
    """What was seen of one native member. `program` is None where its headers could not be read."""

    member: Member
    cut: bool
    disguised: bool
    program: Program | None
    families: Mapping[str, int]
    code_entropy: float | None
    overlay: int
    overlay_entropy: float | None
    words: Words = NOTHING
    scanned: bool = False

    @property
    def hidden(self) -> dict[str, int]:
        """How many functions of each family it spells out and does not import; none where that cannot be told."""
        if self.cut and self.program is not None and self.program.partial:
            # The table of its imports lies where nothing was kept.
            return {}
        imported = {base_name(name) for name in self.program.imports} if self.program else set()
        met: dict[str, int] = {}
        for name in self.words.marks.functions - imported:
            family = family_of()[name]
            if family in HIDDEN:
                met[family] = met.get(family, 0) + 1
        return met

    @property
    def telling(self) -> frozenset[str]:
        """The functions of those families that it imports or spells out."""
        imported = {name for name in self.program.imports if _is_telling(name)} if self.program else set()
        return self.words.marks.functions | imported

    @property
    def packed(self) -> bool:
        """Whether a packer left its name or its instructions are as mixed as encrypted ones."""
        if {"upx", "protector"} & self.words.marks.makers or (self.code_entropy or 0.0) > PACKED_ENTROPY:
            return True
        return self.program is not None and any(s.name.startswith(_PACKER_SECTIONS) for s in self.program.sections)

    @property
    def is_module(self) -> bool:
        """Whether Python can import it, as far as its exports say."""
        return self.program is not None and bool(self.program.modules)

    @property
    def claims_module(self) -> bool:
        """Whether its name says that Python imports it: a tag of Python's, or .pyd."""
        base = self.member.path.rpartition("/")[2].lower()
        tagged = ".cpython-3" in base or ".abi3." in base or ".pypy3" in base or ".cp3" in base
        return base.endswith(_MODULE_SUFFIXES) and (tagged or base.endswith(".pyd"))


def _is_telling(name: str) -> bool:
    return family_of().get(base_name(name), "") in TELLING


def look_at(member: Member) -> NativeLook:
    """Return what the headers of a native member say; nothing is searched in it yet."""
    headers = _headers(member)
    return NativeLook(member, Window.of(member).is_cut, is_disguised(member.path, member.head), *headers)


def _content_key(member: Member) -> Hashable:
    return member.key, member.size, bool(member.problem)


@cached("native_headers", key=_content_key, size_of=_Headers.weigh)
def _headers(member: Member) -> _Headers:
    window = Window.of(member)
    try:
        program = _read(window, member.head)
    except Unparsed:
        return _Headers(None, {}, None, 0, None)
    entropies = [_entropy(window, s.offset, s.size) for s in program.sections if s.executable and s.size >= LEAST_BYTES]
    overlay = max(window.size - program.end, 0) if program.end and not member.problem else 0
    return _Headers(
        program,
        families_met(program.imports, program.libraries),
        max((one for one in entropies if one is not None), default=None),
        overlay,
        _entropy(window, program.end, overlay) if overlay >= LEAST_BYTES else None,
    )


def search(look: NativeLook, left: int) -> int:
    """Search a member for words, in at most `left` bytes; return how many bytes were searched."""
    pieces: list[bytes] = []
    size = 0
    for piece in _pieces(look):
        if size + len(piece) > left:
            return 0
        size += len(piece)
        pieces.append(piece)
    look.words = _words(look, pieces)
    look.scanned = True
    return size


@cached("binary_words", key=lambda look, _: _content_key(look.member), size_of=Words.weigh)
def _words(look: NativeLook, pieces: Sequence[bytes]) -> Words:
    wide = look.member.head.startswith(b"MZ")
    imported = look.program.imports if look.program else frozenset()
    return find_words(pieces, wide=wide, imported=imported)


def _read(window: Window, head: bytes) -> Program:
    native = sniff_native(head)
    match native:
        case Native.ELF:
            return read_elf(window)
        case Native.PE:
            return read_pe(window)
        case Native.MACHO:
            return read_macho(window)
        case Native.WASM | None:
            raise Unparsed
        case _:
            assert_never(native)


def _pieces(look: NativeLook) -> Iterator[bytes]:
    """Yield the parts of a member in which words may stand; all of it where little else is known of it."""
    data = look.member.data
    if look.program is None or len(data) <= WHOLE_BYTES:
        yield data
        return
    window = Window.of(look.member)
    at = 0
    for section in sorted(filter(_is_skipped, look.program.sections), key=lambda one: one.offset):
        if section.offset > at:
            yield from _kept(window, at, section.offset)
        at = max(at, section.offset + section.size)
    yield from _kept(window, at, window.size)


def _is_skipped(section: Section) -> bool:
    return not section.text or (section.executable and not section.writable)


def _kept(window: Window, start: int, end: int) -> Iterator[bytes]:
    """Yield what was kept between two offsets, at most a piece from each side of the gap."""
    end = min(end, window.size)
    for first, last in window.stretches():
        low, high = max(start, first), min(end, last)
        if high - low >= 8:
            yield window.read_some(low, high - low)


def _entropy(window: Window, offset: int, size: int) -> float | None:
    """Return the Shannon entropy, in bits for each byte, of the middle of a stretch; None where it was not kept."""
    length = min(size, SAMPLE_BYTES)
    try:
        piece = window.read_some(offset + (size - length) // 2, length)
    except Unparsed:
        return None
    if len(piece) < LEAST_BYTES // 4:
        return None
    counts = np.bincount(np.frombuffer(piece, np.uint8), minlength=256)
    shares = counts[counts > 0] / len(piece)
    return float(-(shares * np.log2(shares)).sum())
