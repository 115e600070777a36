"""Builds inert shared libraries: an ELF or PE header with strings behind it, and no code that a loader would run."""

import struct
from collections.abc import Sequence
from random import Random

_LINUX = ("libc.so.6", "connect", "execve", "dlopen", "getenv", "GLIBC_2.2.5", "PyInit__speedups", ".text", ".dynstr")
_WINDOWS = (
    "KERNEL32.dll",
    "WS2_32.dll",
    "URLDownloadToFileA",
    "CreateProcessA",
    "VirtualAlloc",
    "!This program",
    ".text",
)
_FILLER_BYTES = (0, 0, 0, 0x48, 0x89, 0xE5, 0x90)


def inert_library(strings: Sequence[str], *, is_windows: bool, rng: Random) -> bytes:
    """Return a shared library of some thousand bytes that contains these strings and cannot be loaded."""
    words = [*(_WINDOWS if is_windows else _LINUX), *strings]
    body = b"\0".join(word.encode("utf-8", "replace") for word in words) + b"\0"
    filler = bytes(rng.choice(_FILLER_BYTES) for _ in range(rng.randrange(1_000, 6_000)))
    return (_pe_header() if is_windows else _elf_header()) + filler + body


def _elf_header() -> bytes:
    # Type 3 is a shared object, machine 62 is x86-64; there are no segments and no sections.
    ident = b"\x7fELF\x02\x01\x01" + bytes(9)
    return ident + struct.pack("<HHIQQQIHHHHHH", 3, 62, 1, 0, 0, 0, 0, 64, 56, 0, 64, 0, 0)


def _pe_header() -> bytes:
    dos = b"MZ" + bytes(58) + struct.pack("<I", 64)
    # Machine 0x8664 is x86-64; 0x2022 is an executable, relocatable library; there are no sections.
    return dos + b"PE\0\0" + struct.pack("<HHIIIHH", 0x8664, 0, 0, 0, 0, 0, 0x2022)
