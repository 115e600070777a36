"""Reads the headers of Mach-O, the native format of macOS (mach-o/loader.h, mach-o/fat.h)."""

from dataclasses import replace
from struct import Struct
from typing import Any

import numpy as np

from features.binary.contract import NativeHeaders, Section, UnreadableHeadersError
from features.binary.window import MemberWindow, name_at, names_at

COMMANDS = 512
"""Load commands that are read."""
SYMBOLS = 50_000
"""Symbols that are read."""
SLICES = 4
"""Architectures of a fat file that are read."""
TABLE_BYTES = 2**20
"""Bytes of one table of names that are read."""

_MACHINES = {7: "x86", 0x01000007: "x86_64", 12: "arm", 0x0100000C: "arm64", 0x0200000C: "arm64", 18: "ppc"}
_LIBRARIES = frozenset((0xC, 0x80000018, 0x8000001F, 0x20, 0x80000023))
_FAT = {b"\xca\xfe\xba\xbe": Struct(">IIIII"), b"\xca\xfe\xba\xbf": Struct(">IIQQII")}
_THIN = {b"\xce\xfa\xed\xfe": ("<", False), b"\xcf\xfa\xed\xfe": ("<", True),
         b"\xfe\xed\xfa\xce": (">", False), b"\xfe\xed\xfa\xcf": (">", True)}  # fmt: skip
_SYMBOLS = {
    (wide, order): np.dtype(
        [("name", order + "u4"), ("kind", "u1"), ("section", "u1"), ("what", "u2"), ("value", "u8" if wide else "u4")]
    )
    for order in "<>"
    for wide in (False, True)
}
_WITHOUT_STRINGS = ("__eh_frame", "__unwind_info", "__got", "__stubs", "__la_symbol", "__gcc_except", "__debug")


def read_macho(window: MemberWindow) -> NativeHeaders:
    """Return the headers of a Mach-O file, those of all its slices merged; raises UnreadableHeadersError."""
    magic = window.read(0, 4)
    if magic in _THIN:
        return _read_thin(window)
    layout = _FAT.get(magic)
    if layout is None:
        raise UnreadableHeadersError
    (count,) = window.unpack(Struct(">I"), 4)
    programs: list[NativeHeaders] = []
    has_unreadable_slice = False
    for row in window.table(layout, 8, min(count, SLICES)):
        try:
            programs.append(_shifted(_read_thin(window.slice_at(row[2])), row[2]))
        except UnreadableHeadersError:
            has_unreadable_slice = True
    if not programs:
        raise UnreadableHeadersError
    merged = programs[0]
    for other in programs[1:]:
        merged = replace(
            merged,
            machines=merged.machines + other.machines,
            libraries=tuple(dict.fromkeys(merged.libraries + other.libraries)),
            imports=merged.imports | other.imports,
            python_modules=tuple(sorted({*merged.python_modules, *other.python_modules})),
            sections=merged.sections + other.sections,
            declared_end=max(merged.declared_end, other.declared_end),
            partial=merged.partial or other.partial,
        )
    return replace(merged, partial=merged.partial or has_unreadable_slice)


def _shifted(program: NativeHeaders, by: int) -> NativeHeaders:
    sections = tuple(section._replace(offset=section.offset + by) for section in program.sections)
    entry = None if program.entry is None else program.entry + by
    return replace(program, sections=sections, declared_end=program.declared_end + by, entry=entry)


def _read_thin(window: MemberWindow) -> NativeHeaders:
    order, wide = _THIN.get(window.read(0, 4), ("", False))
    if not order:
        raise UnreadableHeadersError
    machine, _, kind, count, _, _ = window.unpack(Struct(order + "IIIIII"), 4)
    at = 32 if wide else 28
    libraries: list[str] = []
    sections: list[Section] = []
    symbols: tuple[frozenset[str], int, tuple[str, ...]] = (frozenset(), 0, ())
    end = 0
    entry: int | None = None
    signed = partial = stripped = False
    header = Struct(order + "II")
    for _ in range(min(count, COMMANDS)):
        try:
            command, size = window.unpack(header, at)
        except UnreadableHeadersError:
            command, size = 0, 0
        if size < 8:
            partial = True
            break
        try:
            if command in _LIBRARIES:
                (name,) = window.unpack(Struct(order + "I"), at + 8)
                libraries.append(window.name(at + name))
            elif command in {0x1, 0x19}:
                end = max(end, _segment(window, at, order, sections, wide=command == 0x19))
            elif command == 0x2:
                locations = window.unpack(Struct(order + "IIII"), at + 8)
                end = max(end, locations[2] + locations[3])
                symbols = _symbols(window, locations, order, wide=wide)
                stripped = not symbols[1]
            elif command == 0x1D:
                signed = True
                offset, length = window.unpack(Struct(order + "II"), at + 8)
                end = max(end, offset + length)
            elif command == 0x80000028:
                (entry,) = window.unpack(Struct(order + "Q"), at + 8)
        except UnreadableHeadersError:
            partial = True
        at += size
    return NativeHeaders(
        system="macos",
        machines=(_MACHINES.get(machine, str(machine)),),
        libraries=tuple(dict.fromkeys(libraries)),
        imports=symbols[0],
        exports=symbols[1],
        python_modules=symbols[2],
        sections=tuple(sections),
        declared_end=end,
        is_program=kind == 2,
        stripped=stripped,
        signed=signed,
        entry=entry,
        partial=partial,
    )


def _segment(window: MemberWindow, at: int, order: str, sections: list[Section], *, wide: bool) -> int:
    """Add a segment's sections; return the file offset of its end."""
    layout = Struct(order + ("16sQQQQIIII" if wide else "16sIIIIIIII"))
    _, _, _, offset, size, _, protection, count, _ = window.unpack(layout, at + 8)
    section_layout = Struct(order + ("16s16sQQIIIIIIII" if wide else "16s16sIIIIIIIII"))
    for row in window.table(section_layout, at + 8 + layout.size, min(count, 64)):
        name = row[0].rstrip(b"\0").decode("latin-1")
        code = bool(row[8] & 0x80000400)
        if row[8] & 0xFF not in {1, 12, 18}:  # zero-filled sections take no room in the file
            writable = bool(protection & 2)
            sections.append(
                Section(name, row[4], row[3], writable, code, has_strings=not name.startswith(_WITHOUT_STRINGS))
            )
    return int(offset + size)


def _symbols(
    window: MemberWindow, locations: tuple[Any, ...], order: str, *, wide: bool
) -> tuple[frozenset[str], int, tuple[str, ...]]:
    """Return the undefined names, the number of exported symbols, and the Python modules among these."""
    at, count, names_offset, names_size = locations
    layout = _SYMBOLS[wide, order]
    names = window.read_some(names_offset, min(names_size, TABLE_BYTES))
    piece = window.read_some(at, min(count, SYMBOLS) * layout.itemsize)
    table = np.frombuffer(piece, layout, len(piece) // layout.itemsize)
    # External symbols, without those for debuggers.
    table = table[table["kind"] & 0xE1 == 1]
    missing = table["kind"] & 0xE == 0
    undefined = {name.removeprefix("_").partition("$")[0] for name in names_at(names, table["name"][missing])}
    undefined.discard("")
    offered = table["name"][~missing].tolist()
    modules = {name_at(names, at).removeprefix("_PyInit_") for at in offered if names.startswith(b"_PyInit_", at)}
    return frozenset(undefined), len(offered), tuple(sorted(modules))
