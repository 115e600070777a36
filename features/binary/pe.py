"""Reads the headers of PE, the native format of Windows (Microsoft PE/COFF specification)."""

from struct import Struct
from typing import NamedTuple

from features.binary.contract import NativeHeaders, Section, UnreadableHeadersError
from features.binary.window import MemberWindow

SECTIONS = 96
"""Sections that are read, as many as Windows loads."""
LIBRARIES = 256
FUNCTIONS = 4_096
"""Functions of one library, and exports, that are read."""
NAMES = 20_000
"""Imported functions of one file that are read."""

_COFF = Struct("<HHIIIHH")
_SECTION = Struct("<8sIIIIIIHHI")
_DIRECTORY = Struct("<II")
_IMPORT = Struct("<IIIII")
_DELAYED = Struct("<IIIIIIII")
_EXPORT = Struct("<IIHHIIIIIII")
_U32, _U64 = Struct("<I"), Struct("<Q")
_MACHINES = {0x14C: "x86", 0x8664: "x86_64", 0xAA64: "aarch64", 0x1C4: "arm"}
_WITHOUT_STRINGS = frozenset((".reloc", ".pdata", ".xdata", ".debug"))


class _Mapped(NamedTuple):
    """A section's address range in memory, and its offset and size in the file."""

    start: int
    end: int
    offset: int
    file_size: int


def read_pe(window: MemberWindow) -> NativeHeaders:
    """Return the headers of a Windows program or library; raises UnreadableHeadersError."""
    if window.read(0, 2) != b"MZ":
        raise UnreadableHeadersError
    (at,) = window.unpack(_U32, 60)
    if window.read(at, 4) != b"PE\0\0":
        raise UnreadableHeadersError
    return _HeaderReader(window, at + 4).headers()


class _HeaderReader:
    def __init__(self, window: MemberWindow, at: int) -> None:
        self._window = window
        self._machine, count, _, symbols, _, optional_size, self._flags = window.unpack(_COFF, at)
        self._stripped = not symbols
        optional = at + _COFF.size
        (magic,) = window.unpack(Struct("<H"), optional)
        if magic not in {0x10B, 0x20B}:
            raise UnreadableHeadersError
        self._wide = magic == 0x20B
        (self._entry,) = window.unpack(_U32, optional + 16)
        (self._subsystem,) = window.unpack(Struct("<H"), optional + 68)
        directories = optional + (108 if self._wide else 92)
        (listed,) = window.unpack(_U32, directories)
        self._directories = tuple(window.table(_DIRECTORY, directories + 4, min(listed, 16)))
        rows = tuple(window.table(_SECTION, optional + optional_size, min(count, SECTIONS)))
        self._mapped = [_Mapped(row[2], row[2] + max(row[3], row[1]), row[4], row[3]) for row in rows]
        self._sections = tuple(_section_from(row) for row in rows)
        self._partial = len(rows) < min(count, SECTIONS)
        self._left = NAMES

    def headers(self) -> NativeHeaders:
        libraries: list[str] = []
        imports: set[str] = set()
        ordinals = self._read_imports(libraries, imports)
        ordinals += self._read_delayed_imports(libraries, imports)
        exports, modules = self._exports()
        signature, signed = self._directory(4)
        ends = [section.offset + section.size for section in self._sections]
        end = max(ends, default=0)
        if signed and signature >= end:
            # The signature follows all sections and is given by file offset; the data after it is an overlay.
            end = signature + signed if signature - end < 16 else end
        runnable = not self._flags & 0x2000
        return NativeHeaders(
            system="windows",
            machines=(_MACHINES.get(self._machine, str(self._machine)),),
            libraries=tuple(libraries),
            imports=frozenset(imports),
            ordinals=ordinals,
            exports=exports,
            python_modules=modules,
            sections=self._sections,
            declared_end=end,
            is_program=runnable,
            is_windowed=runnable and self._subsystem == 2,
            stripped=self._stripped,
            signed=bool(signed),
            dotnet=bool(self._directory(14)[1]),
            tls_callbacks=bool(self._directory(9)[1]),
            entry=self._offset(self._entry) if self._entry else None,
            partial=self._partial,
        )

    def _directory(self, which: int) -> tuple[int, int]:
        return (self._directories[which][0], self._directories[which][1]) if which < len(self._directories) else (0, 0)

    def _offset(self, address: int) -> int | None:
        """Return the file offset of an address, None if no section contains it in the file."""
        for start, end, offset, size in self._mapped:
            if start <= address < end:
                inside = address - start
                return offset + inside if inside < size else None
        return None

    def _read_imports(self, libraries: list[str], imports: set[str]) -> int:
        ordinals = 0
        address, size = self._directory(1)
        place = self._offset(address) if size else None
        if place is None:
            self._partial |= bool(size)
            return 0
        try:
            for row in self._window.table(_IMPORT, place, LIBRARIES):
                names, _, _, name, first = row
                if not name:
                    break
                ordinals += self._add_library(name, names or first, libraries, imports)
        except UnreadableHeadersError:
            self._partial = True
        return ordinals

    def _read_delayed_imports(self, libraries: list[str], imports: set[str]) -> int:
        ordinals = 0
        address, size = self._directory(13)
        place = self._offset(address) if size else None
        if place is None:
            return 0
        try:
            for row in self._window.table(_DELAYED, place, LIBRARIES):
                flags, name, _, _, names, _, _, _ = row
                if not name:
                    break
                # Without the flag they are absolute addresses, as compilers before Visual C++ 7 wrote them.
                if flags & 1:
                    ordinals += self._add_library(name, names, libraries, imports)
        except UnreadableHeadersError:
            self._partial = True
        return ordinals

    def _add_library(self, name: int, table: int, libraries: list[str], imports: set[str]) -> int:
        """Add one library and its imported functions; return how many are imported by number."""
        place = self._offset(name)
        if place is None:
            self._partial = True
            return 0
        libraries.append(self._window.name(place).lower())
        thunks = self._offset(table)
        if thunks is None:
            self._partial = True
            return 0
        ordinals = 0
        layout, by_number = (_U64, 1 << 63) if self._wide else (_U32, 1 << 31)
        for (value,) in self._window.table(layout, thunks, FUNCTIONS):
            if not value:
                break
            self._left -= 1
            if self._left < 0:
                self._partial = True
                break
            at = None if value & by_number else self._offset(value & 0x7FFFFFFF)
            if value & by_number:
                ordinals += 1
            elif at is None:
                self._partial = True
                break
            else:
                imports.add(self._window.name(at + 2))
        return ordinals

    def _exports(self) -> tuple[int, tuple[str, ...]]:
        address, size = self._directory(0)
        place = self._offset(address) if size else None
        if place is None:
            return 0, ()
        modules: list[str] = []
        try:
            row = self._window.unpack(_EXPORT, place)
            count, table = int(row[7]), self._offset(row[9])
            for (name,) in self._window.table(_U32, table, min(count, FUNCTIONS)) if table is not None else ():
                at = self._offset(name)
                export = self._window.name(at) if at is not None else ""
                if export.startswith("PyInit_"):
                    modules.append(export.removeprefix("PyInit_"))
        except UnreadableHeadersError:
            self._partial = True
            return 0, ()
        return count, tuple(sorted(modules))


def _section_from(row: tuple[bytes, int, int, int, int, int, int, int, int, int]) -> Section:
    name = row[0].rstrip(b"\0").decode("latin-1")
    flags = row[9]
    return Section(
        name,
        row[4],
        row[3],
        writable=bool(flags & 0x80000000),
        executable=bool(flags & 0x20000000),
        has_strings=name not in _WITHOUT_STRINGS,
    )
