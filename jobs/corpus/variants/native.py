"""Programs that do nothing: headers of ELF and PE files with strings behind them, which no loader would take."""

import struct
from collections.abc import Sequence

from jobs.corpus.variants.wrapping import Numbers

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


def stub(texts: Sequence[str], *, windows: bool, numbers: Numbers) -> bytes:
    """Return an inert shared library of some thousand bytes that holds these strings; it has no code."""
    words = [*(_WINDOWS if windows else _LINUX), *texts]
    body = b"\0".join(word.encode("utf-8", "replace") for word in words) + b"\0"
    filler = bytes(numbers.choice((0, 0, 0, 0x48, 0x89, 0xE5, 0x90)) for _ in range(numbers.randrange(1_000, 6_000)))
    return (_pe() if windows else _elf()) + filler + body


def _elf() -> bytes:
    # Type 3 is a shared object, machine 62 is x86-64; there are no segments and no sections.
    ident = b"\x7fELF\x02\x01\x01" + bytes(9)
    return ident + struct.pack("<HHIQQQIHHHHHH", 3, 62, 1, 0, 0, 0, 0, 64, 56, 0, 64, 0, 0)


def _pe() -> bytes:
    dos = b"MZ" + bytes(58) + struct.pack("<I", 64)
    # Machine 0x8664 is x86-64; 0x2022 says a library that runs and may lie anywhere; there are no sections.
    return dos + b"PE\0\0" + struct.pack("<HHIIIHH", 0x8664, 0, 0, 0, 0, 0, 0x2022)
