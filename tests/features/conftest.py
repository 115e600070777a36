"""Writers of tiny native files: headers and tables only, nothing in them runs."""

from collections.abc import Callable, Sequence
from struct import pack

import pytest


def _elf(
    imports: Sequence[str] = (),
    exports: Sequence[str] = (),
    libraries: Sequence[str] = (),
    code: bytes = b"\x90" * 64,
    data: bytes = b"words",
    runnable: bool = False,
    writable_code: bool = False,
    machine: int = 62,
    constructors: int = 0,
) -> bytes:
    strings = b"\0"
    places = {}
    for name in (*imports, *exports, *libraries):
        places[name] = len(strings)
        strings += name.encode() + b"\0"
    symbols = bytes(24)
    symbols += b"".join(pack("<IBBHQQ", places[name], 18, 0, 0, 0, 0) for name in imports)
    symbols += b"".join(pack("<IBBHQQ", places[name], 18, 0, 1, 0x1000, 0) for name in exports)
    dynamic = b"".join(pack("<qQ", 1, places[name]) for name in libraries) + bytes(16)
    names = b"\0.text\0.rodata\0.dynsym\0.dynstr\0.dynamic\0.shstrtab\0.init_array\0"
    bodies: tuple[tuple[str, int, int, bytes, int], ...]
    bodies = ((".text", 1, 4 + 2 + writable_code, code, 0), (".rodata", 1, 2, data, 0), (".dynsym", 11, 2, symbols, 4),
              (".dynstr", 3, 2, strings, 0), (".dynamic", 6, 3, dynamic, 4), (".shstrtab", 3, 0, names, 0))  # fmt: skip
    bodies += ((".init_array", 14, 3, bytes(8 * constructors), 0),) if constructors else ()
    at = 64 + 56
    content, headers = b"", bytes(64)
    for name, kind, flags, body, link in bodies:
        headers += pack("<IIQQQQIIQQ", names.find(name.encode()), kind, flags, at, at, len(body), link, 0, 1, 0)
        content += body
        at += len(body)
    segment = pack("<IIQQQQQQ", 1, 5, 0, 0, 0, at, at, 4096)
    header = b"\x7fELF\x02\x01\x01" + bytes(9)
    header += pack(
        "<HHIQQQIHHHHHH", 2 if runnable else 3, machine, 1, 120, 64, at, 0, 64, 56, 1, 64, len(bodies) + 1, 6
    )
    return header + segment + content + headers


def _pe(
    imports: Sequence[tuple[str, Sequence[str | int]]] = (),
    delayed: Sequence[tuple[str, Sequence[str | int]]] = (),
    exports: Sequence[str] = (),
    code: bytes = b"\x90" * 64,
    data: bytes = b"words",
    names: tuple[str, str] = (".text", ".rdata"),
    runnable: bool = False,
    windowed: bool = False,
    overlay: bytes = b"",
    code_flags: int = 0x60000020,
) -> bytes:
    # One section of instructions and one of data, whose addresses are their offsets.
    code_at, data_at = 0x400, 0x400 + len(code)
    body = data + b"\0"
    here = lambda: data_at + len(body)  # noqa: E731
    descriptors, delayed_descriptors = b"", b""
    for library, functions in (*imports, *delayed):
        library_at = here()
        body += library.encode() + b"\0"
        hints = []
        for function in functions:
            if isinstance(function, int):
                hints.append(1 << 63 | function)
                continue
            hints.append(here())
            body += b"\0\0" + function.encode() + b"\0"
        thunks = here()
        body += b"".join(pack("<Q", hint) for hint in hints) + bytes(8)
        if (library, functions) in imports:
            descriptors += pack("<IIIII", thunks, 0, 0, library_at, thunks)
        else:
            delayed_descriptors += pack("<8I", 1, library_at, 0, 0, thunks, 0, 0, 0)
    imports_at = here() if descriptors else 0
    body += descriptors + bytes(20)
    delayed_at = here() if delayed_descriptors else 0
    body += delayed_descriptors + bytes(32 if delayed else 0)
    exports_at = 0
    if exports:
        pointers = []
        for name in exports:
            pointers.append(here())
            body += name.encode() + b"\0"
        table = here()
        body += b"".join(pack("<I", pointer) for pointer in pointers)
        exports_at = here()
        body += pack("<IIHHIIIIIII", 0, 0, 0, 0, 0, 1, len(exports), len(exports), 0, table, 0)
    directories = [(exports_at, 40 if exports else 0), (imports_at, len(descriptors))] + [(0, 0)] * 14
    directories[13] = (delayed_at, len(delayed_descriptors))
    optional = pack("<HBBIIIII", 0x20B, 0, 0, 0, 0, 0, code_at, code_at) + bytes(44)
    optional += pack("<HH", 2 if windowed else 3, 0) + bytes(36) + pack("<I", 16)
    optional += b"".join(pack("<II", *one) for one in directories)
    flags = 0x2 if runnable else 0x2002
    out = b"MZ" + bytes(58) + pack("<I", 64) + b"PE\0\0"
    out += pack("<HHIIIHH", 0x8664, 2, 0, 0, 0, len(optional), flags) + optional
    for name, start, content, kind in ((names[0], code_at, code, code_flags), (names[1], data_at, body, 0x40000040)):
        out += pack("<8sIIIIIIHHI", name.encode(), len(content), start, len(content), start, 0, 0, 0, 0, kind)
    assert len(out) <= code_at
    return out.ljust(code_at, b"\0") + code + body + overlay


def _macho(
    imports: Sequence[str] = (), exports: Sequence[str] = (), libraries: Sequence[str] = (), kind: int = 8
) -> bytes:
    strings = b"\0"
    symbols = b""
    for name in imports:
        symbols += pack("<IBBHQ", len(strings), 1, 0, 0, 0)
        strings += f"_{name}".encode() + b"\0"
    for name in exports:
        symbols += pack("<IBBHQ", len(strings), 15, 1, 0, 0x1000)
        strings += f"_{name}".encode() + b"\0"
    commands = []
    for name in libraries:
        padded = name.encode().ljust(len(name) + 8 - len(name) % 8, b"\0")
        commands.append(pack("<IIIIII", 0xC, 24 + len(padded), 24, 0, 0, 0) + padded)
    total = 32 + sum(map(len, commands)) + 24 + 152
    section = pack("<16s16sQQIIIIIIII", b"__text", b"__TEXT", 0, 8, total, 0, 0, 0, 0x80000400, 0, 0, 0)
    commands.append(pack("<II16sQQQQIIII", 0x19, 152, b"__TEXT", 0, 0, 0, total + 8, 7, 5, 1, 0) + section)
    at = total + 8
    commands.append(pack("<IIIIII", 0x2, 24, at, len(imports) + len(exports), at + len(symbols), len(strings)))
    header = pack("<IIIIIIII", 0xFEEDFACF, 0x0100000C, 0, kind, len(commands), sum(map(len, commands)), 0, 0)
    return header + b"".join(commands) + b"\x90" * 8 + symbols + strings


@pytest.fixture
def write_elf() -> Callable[..., bytes]:
    return _elf


@pytest.fixture
def write_pe() -> Callable[..., bytes]:
    return _pe


@pytest.fixture
def write_macho() -> Callable[..., bytes]:
    return _macho
