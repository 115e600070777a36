"""Types that the readers of native formats share: the headers of one file, in the same terms for every system."""

from dataclasses import dataclass
from typing import NamedTuple


class UnreadableHeadersError(Exception):
    """The headers of a file are malformed, or the bytes that they need were not kept."""


class Section(NamedTuple):
    """A section of a native file; `offset` and `size` are bytes of the file.

    `has_strings` is false of tables (symbols, relocations, debugging) whose text stands elsewhere too.
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
    `declared_end` is the file offset at which its headers end the file; what follows is an overlay. `partial` says that
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
    """Whether it runs by itself, other than a library."""
    is_windowed: bool = False
    """Whether it is a program without a console."""
    stripped: bool = False
    signed: bool = False
    dotnet: bool = False
    """Whether it holds code for .NET."""
    tls_callbacks: bool = False
    """Whether it has code that runs before its entry point."""
    entry: int | None = None
    """File offset of the entry point."""
    executable_stack: bool = False
    """Whether it asks for an executable stack."""
    partial: bool = False
