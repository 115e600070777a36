"""Defines the types that the readers of native formats share: the headers of a file in terms common to all systems."""

from dataclasses import dataclass
from typing import NamedTuple


class UnreadableHeadersError(Exception):
    """The headers of a file are malformed, or the bytes that they need were not kept."""


class Section(NamedTuple):
    """A section of a native file; `offset` and `size` are bytes of the file.

    `has_strings` is false for tables (symbols, relocations, debugging) whose text is found elsewhere too.
    """

    name: str
    offset: int
    size: int
    writable: bool = False
    executable: bool = False
    has_strings: bool = True


@dataclass(frozen=True, slots=True)
class NativeHeaders:
    """The headers of one native module, library or program.

    `system` is "linux", "windows" or "macos"; `machines` are names as in wheel tags ("x86_64", "aarch64", "x86"), one
    for each slice of a fat file. `imports` are function names without their system's decorations, `ordinals` the number
    of functions imported by number. `python_modules` are the modules that it initialises ("PyInit_x" is "x").
    `declared_end` is the end of the file according to its headers; the data after it is an overlay. `partial` says that
    a table could not be read: it is malformed, or its bytes were not kept.
    """

    system: str
    machines: tuple[str, ...]
    libraries: tuple[str, ...] = ()
    imports: frozenset[str] = frozenset()
    ordinals: int = 0
    exports: int = 0
    python_modules: tuple[str, ...] = ()
    sections: tuple[Section, ...] = ()
    declared_end: int = 0
    is_program: bool = False
    """True for a program, which runs by itself, unlike a library."""
    is_windowed: bool = False
    """True for a program without a console."""
    stripped: bool = False
    signed: bool = False
    dotnet: bool = False
    """True if it contains code for .NET."""
    tls_callbacks: bool = False
    """True if it has code that runs before its entry point."""
    entry: int | None = None
    """File offset of the entry point."""
    executable_stack: bool = False
    """True if it requests an executable stack."""
    partial: bool = False
