"""What the readers of this folder hand over: one frozen description for one member."""

from dataclasses import dataclass
from typing import NamedTuple


class Unparsed(Exception):  # noqa: N818 - it ends the reading of one member and is no error
    """A member is not what its first bytes promise, or the piece that is asked for was not kept."""


class Section(NamedTuple):
    """A stretch of a native file, as its headers name it; `offset` and `size` are bytes of the file.

    `text` tells whether a person may find words in it: tables of symbols, relocations and debugging have none
    that are not found elsewhere.
    """

    name: str
    offset: int
    size: int
    writable: bool = False
    executable: bool = False
    text: bool = True


@dataclass(frozen=True, slots=True)
class Program:
    """One native module or program, as its headers describe it.

    `system` is "linux", "windows" or "macos"; `machines` are names as in wheel tags ("x86_64", "aarch64", "x86"),
    one for each slice of a fat file. `imports` are names of functions without the decorations of their system,
    `ordinals` counts those imported by number. `modules` are names with which it presents itself to Python
    ("PyInit_x" is "x"). `end` is where its headers say that it ends: what follows is an overlay. `partial` tells
    that a table could not be read: it is broken, or it lies where nothing was kept.
    """

    system: str
    machines: tuple[str, ...]
    libraries: tuple[str, ...] = ()
    imports: frozenset[str] = frozenset()
    ordinals: int = 0
    exports: int = 0
    modules: tuple[str, ...] = ()
    sections: tuple[Section, ...] = ()
    end: int = 0
    runnable: bool = False
    """A program by itself, not a library."""
    windowed: bool = False
    """A program without a console."""
    stripped: bool = False
    signed: bool = False
    managed: bool = False
    """Holds code for .NET."""
    callbacks: bool = False
    """Has code that runs before its entry point."""
    entry: int | None = None
    """File offset of the entry point."""
    stack: bool = False
    """Asks for an executable stack."""
    partial: bool = False
