"""Reads the headers of ELF, the native format of Linux (System V ABI, elf(5))."""

import re
from struct import Struct
from typing import NamedTuple

import numpy as np

from features.binary.contract import NativeHeaders, Section, UnreadableHeadersError
from features.binary.window import MemberWindow, name_at, names_at

SEGMENTS = 128
SECTIONS = 512
SYMBOLS = 50_000
"""Entries of one table that are read."""
TABLE_BYTES = 2**20
"""Bytes of one table of names that are read."""

_MACHINES = {3: "x86", 8: "mips", 20: "ppc", 21: "ppc64", 22: "s390x", 40: "arm", 62: "x86_64", 183: "aarch64",
             243: "riscv64", 258: "loongarch64"}  # fmt: skip
_MODULE = re.compile(rb"\0PyInit_(\w+)(?=\0)")
_PYTHON_2_MODULE = re.compile(rb"\0init(\w+)(?=\0)")
_LOAD, _DYNAMIC, _INTERPRETER, _STACK = 1, 2, 3, 0x6474E551
_WRITE, _EXECUTE = 2, 1
_TABLES = frozenset((2, 3, 4, 5, 6, 7, 9, 11, 0x6FFFFFF6, 0x6FFFFFFD, 0x6FFFFFFE, 0x6FFFFFFF))
"""Section types of symbols and their names, relocations, hashes and versions."""
_SYMBOLS = {
    (wide, order): np.dtype([(name, order + kind) for name, kind in fields])
    for order in "<>"
    for wide, fields in (
        (False, (("name", "u4"), ("value", "u4"), ("size", "u4"), ("info", "u1"), ("other", "u1"), ("section", "u2"))),
        (True, (("name", "u4"), ("info", "u1"), ("other", "u1"), ("section", "u2"), ("value", "u8"), ("size", "u8"))),
    )
}
_WITHOUT_STRINGS = (".eh_frame", ".gcc_except", ".debug", ".zdebug", ".rela", ".plt", ".got", ".gnu.", ".dyn")


class _Header(NamedTuple):
    type: int
    machine: int
    version: int
    entry: int
    segments_at: int
    sections_at: int
    flags: int
    size: int
    segment_size: int
    segments: int
    section_size: int
    sections: int
    names: int


class _Segment(NamedTuple):
    type: int
    flags: int
    offset: int
    address: int
    physical: int
    file_size: int
    memory_size: int
    align: int


class _Section(NamedTuple):
    name: int
    type: int
    flags: int
    address: int
    offset: int
    size: int
    link: int
    info: int
    align: int
    entry_size: int


def read_elf(window: MemberWindow) -> NativeHeaders:
    """Return the headers of an ELF file; raises UnreadableHeadersError."""
    ident = window.read(0, 16)
    if ident[4] not in {1, 2} or ident[5] not in {1, 2}:
        raise UnreadableHeadersError
    return _HeaderReader(window, wide=ident[4] == 2, order="<" if ident[5] == 1 else ">").headers()


class _HeaderReader:
    def __init__(self, window: MemberWindow, *, wide: bool, order: str) -> None:
        self._window = window
        self._wide = wide
        self._header = _Header(*window.unpack(Struct(order + ("HHIQQQIHHHHHH" if wide else "HHIIIIIHHHHHH")), 16))
        self._segment = Struct(order + ("IIQQQQQQ" if wide else "IIIIIIII"))
        self._section = Struct(order + ("IIQQQQIIQQ" if wide else "IIIIIIIIII"))
        self._symbol = _SYMBOLS[wide, order]
        self._dynamic = Struct(order + ("qQ" if wide else "iI"))
        self._partial = False

    def headers(self) -> NativeHeaders:
        header = self._header
        segments = self._segments()
        sections = self._sections()
        names = self._section_names(sections)
        dynamic = self._dynamic_entries(segments, sections)
        strings = self._strings(segments, sections, dynamic)
        imports, exports = self._symbols(segments, sections, dynamic, strings)
        modules = {found[1].decode("ascii", "replace") for found in _MODULE.finditer(strings)}
        if not modules and "Py_InitModule4_64" in imports:
            modules = {found[1].decode("ascii", "replace") for found in _PYTHON_2_MODULE.finditer(strings)}
        ends = [s.offset + s.file_size for s in segments] + [s.offset + s.size for s in sections if s.type != 8]
        if sections:
            ends.append(header.sections_at + header.sections * header.section_size)
        named = tuple(_section_from(s, name) for s, name in zip(sections, names, strict=True) if s.type not in {0, 8})
        return NativeHeaders(
            system="linux",
            machines=(_MACHINES.get(header.machine, str(header.machine)),),
            libraries=tuple(name_at(strings, value) for tag, value in dynamic if tag == 1 and value < len(strings)),
            imports=imports,
            exports=exports,
            python_modules=tuple(sorted(modules)),
            sections=named or tuple(_section_from_segment(s) for s in segments if s.type == _LOAD),
            declared_end=max(ends, default=0),
            is_program=header.type == 2 or any(s.type == _INTERPRETER for s in segments),
            stripped=not any(s.type == 2 for s in sections),
            entry=_file_offset(segments, header.entry) if header.entry else None,
            executable_stack=any(s.type == _STACK and s.flags & _EXECUTE for s in segments),
            partial=self._partial,
        )

    def _segments(self) -> list[_Segment]:
        header = self._header
        if not header.segments_at or header.segment_size != self._segment.size:
            return []
        try:
            rows = self._window.table(self._segment, header.segments_at, min(header.segments, SEGMENTS))
        except UnreadableHeadersError:
            self._partial = True
            return []
        if self._wide:
            return [_Segment(*row) for row in rows]
        return [_Segment(row[0], row[6], row[1], row[2], row[3], row[4], row[5], row[7]) for row in rows]

    def _sections(self) -> list[_Section]:
        header = self._header
        if not header.sections_at or header.section_size != self._section.size:
            return []
        try:
            rows = self._window.table(self._section, header.sections_at, min(header.sections, SECTIONS))
        except UnreadableHeadersError:
            self._partial = True
            return []
        return [_Section(*row) for row in rows]

    def _section_names(self, sections: list[_Section]) -> list[str]:
        if self._header.names >= len(sections):
            return [""] * len(sections)
        table = self._table(sections[self._header.names].offset, sections[self._header.names].size)
        return [name_at(table, section.name) for section in sections]

    def _table(self, offset: int, size: int) -> bytes:
        try:
            return self._window.read_some(offset, min(size, TABLE_BYTES))
        except UnreadableHeadersError:
            self._partial = True
            return b""

    def _dynamic_entries(self, segments: list[_Segment], sections: list[_Section]) -> list[tuple[int, int]]:
        tables = [(s.offset, s.size) for s in sections if s.type == 6]
        tables += [(s.offset, s.file_size) for s in segments if s.type == _DYNAMIC]
        for offset, size in tables[:1]:
            piece = self._table(offset, min(size, 2**16))
            rows = self._dynamic.iter_unpack(piece[: len(piece) // self._dynamic.size * self._dynamic.size])
            return [(int(tag), int(value)) for tag, value in rows]
        return []

    def _strings(self, segments: list[_Segment], sections: list[_Section], dynamic: list[tuple[int, int]]) -> bytes:
        for section in sections:
            if section.type == 11 and section.link < len(sections):
                return self._table(sections[section.link].offset, sections[section.link].size)
        tags = dict(reversed(dynamic))
        offset = _file_offset(segments, tags.get(5, 0))
        return self._table(offset, tags.get(10, 0)) if offset else b""

    def _symbols(
        self, segments: list[_Segment], sections: list[_Section], dynamic: list[tuple[int, int]], strings: bytes
    ) -> tuple[frozenset[str], int]:
        """Return the names of the undefined symbols, and the number of defined ones."""
        symbols: tuple[int, int] | None = next(((s.offset, s.size) for s in sections if s.type == 11), None)
        if symbols is None:
            # Without sections the table has no size; linkers put the names after it.
            tags = dict(reversed(dynamic))
            at, names_offset = _file_offset(segments, tags.get(6, 0)), _file_offset(segments, tags.get(5, 0))
            if not at or not names_offset:
                return frozenset(), 0
            symbols = (at, names_offset - at if names_offset > at else 0)
        piece = self._table(symbols[0], min(symbols[1], SYMBOLS * self._symbol.itemsize))
        table = np.frombuffer(piece, self._symbol, len(piece) // self._symbol.itemsize)
        missing = table["section"] == 0
        return frozenset(names_at(strings, table["name"][missing])), len(table) - int(np.count_nonzero(missing))


def _file_offset(segments: list[_Segment], address: int) -> int:
    """Return the file offset of an address, 0 if no segment is loaded there."""
    for segment in segments:
        if segment.type == _LOAD and segment.address <= address < segment.address + segment.file_size:
            return address - segment.address + segment.offset
    return 0


def _section_from(section: _Section, name: str) -> Section:
    return Section(
        name,
        section.offset,
        section.size,
        writable=bool(section.flags & 1),
        executable=bool(section.flags & 4),
        has_strings=section.type not in _TABLES and not name.startswith(_WITHOUT_STRINGS),
    )


def _section_from_segment(segment: _Segment) -> Section:
    return Section(
        "",
        segment.offset,
        segment.file_size,
        writable=bool(segment.flags & _WRITE),
        executable=bool(segment.flags & _EXECUTE),
    )
