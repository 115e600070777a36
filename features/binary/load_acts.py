"""Finds native code that acts as soon as it is loaded: constructors beside command lines of a shell.

A linker writes the addresses of constructors into a section of their own, which the loader calls before anything else
(System V ABI, chapter 5: `.init_array`; Mach-O: `__mod_init_func`). Every compiler adds one of its own on Linux.
"""

from collections.abc import Collection, Mapping

from features.binary.contract import NativeHeaders
from features.text.indicators import POSITIONS

SHELL_INDICATORS = (
    "download_pipe_shell",
    "decode_pipe_shell",
    "decode_substitution",
    "dev_tcp",
    "netcat_shell",
    "shell_exfiltration",
    "powershell_encoded",
    "powershell_loaded",
)
"""Indicators of command lines that fetch, decode or steal; honest native code contains none of them."""

_SHELL_POSITIONS = frozenset(POSITIONS[name] for name in SHELL_INDICATORS)
_WIDTHS = {".init_array": 8, ".ctors": 8, "__mod_init_func": 8, "__init_offsets": 4}
"""Bytes of the address of a constructor, by the section that holds them; a 32-bit file has half as many."""


def count_constructors(program: NativeHeaders) -> int:
    """Return the number of constructors of a file, without the one that compilers add; TLS callbacks count as one."""
    found = sum(section.size // _WIDTHS[section.name] for section in program.sections if section.name in _WIDTHS)
    own = max(0, found - 1) if program.system == "linux" else found
    return own + program.tls_callbacks


def has_shell_text(counts: Collection[int]) -> bool:
    """Return whether the indicators of a file (by position) have a command line that fetches, decodes or steals."""
    return not _SHELL_POSITIONS.isdisjoint(counts)


def acts_when_loaded(program: NativeHeaders, counts: Collection[int], families: Mapping[str, int]) -> bool:
    """Return whether a file has constructors, can start programs and holds a command line for one."""
    return count_constructors(program) > 0 and "process" in families and has_shell_text(counts)
