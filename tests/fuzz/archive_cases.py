"""Makes archives at random in which readers may differ; a case is made again from its target and its number."""

import bz2
import gzip
import lzma
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Callable
from random import Random
from typing import Literal

NAMES = ("demo-1.0/setup.py", "demo-1.0/demo/__init__.py", "demo-1.0/a.bin", "demo-1.0/h\u00e4lp.py", "demo-1.0/b.txt")
SPELLINGS = (0, 0x660, 0x966, 0xFF10)
"""Code points of zeros: ASCII, Arabic, Devanagari, full width."""


def make_case(target: str, number: int) -> tuple[str, bytes]:
    """Return the name and the bytes of a case of the target "tar", "zip" or "pip"."""
    rng = Random(f"{target} {number}")
    if target == "zip" or (target == "pip" and rng.random() < 0.4):
        return "demo-1.0-py3-none-any.whl" if target == "zip" else "demo-1.0.zip", make_zip(rng)
    suffix, data = compress(rng, make_tar(rng))
    if rng.random() < 0.02:
        data += make_zip(rng)
    return f"demo-1.0.tar{suffix}", data


def content(rng: Random) -> bytes:
    """Return code that no other case has."""
    return b"x = %d\n" % rng.randrange(10**9) * rng.choice((1, 1, 20, 90))


# Compressed streams ------------------------------------------------------------------------------------------------


def compress(rng: Random, data: bytes) -> tuple[str, bytes]:
    """Return a suffix and the data in one or more streams, with what readers skip between them."""
    suffix, packers = rng.choice(COMPRESSIONS)
    if not packers:
        return suffix, data
    cuts = sorted(rng.randrange(len(data) + 1) for _ in range(rng.choice((0, 0, 0, 1, 2))))
    made = b""
    for start, stop in zip([0, *cuts], [*cuts, len(data)], strict=True):
        made += rng.choice(packers)(rng, data[start:stop])
        if suffix == ".gz":
            made += bytes(rng.choice((0, 0, 0, 7, 700, 5000)))
    if rng.random() < 0.05:
        at = rng.randrange(len(made))
        made = made[:at] + bytes([made[at] ^ 1 << rng.randrange(8)]) + made[at + 1 :]
    return suffix, made


def gzip_stream(rng: Random, data: bytes) -> bytes:
    """Return a gzip stream whose header has fields at random."""
    plain = gzip.compress(data, rng.choice((1, 6)), mtime=0)
    if rng.random() < 0.6:
        return plain
    flags, fields = rng.choice((0, 1, 0x20, 0xE0)), b""
    if rng.random() < 0.4:
        extra = b"x" * rng.choice((0, 3, 200))
        flags, fields = flags | 4, fields + len(extra).to_bytes(2, "little") + extra
    if rng.random() < 0.4:
        flags, fields = flags | 8, fields + b"n" * rng.choice((0, 9, 400)) + b"\0"
    if rng.random() < 0.4:
        flags, fields = flags | 16, fields + b"c" * rng.choice((0, 9, 400)) + b"\0"
    if rng.random() < 0.3:
        flags, fields = flags | 2, fields + b"hh"
    return plain[:3] + bytes([flags]) + plain[4:10] + fields + plain[10:]


def xz_stream(rng: Random, data: bytes) -> bytes:
    """Return an .xz stream."""
    return lzma.compress(data, check=rng.choice((lzma.CHECK_NONE, lzma.CHECK_CRC32, lzma.CHECK_CRC64)), preset=0)


def lzma_stream(rng: Random, data: bytes) -> bytes:
    """Return an .lzma stream of any legal properties."""
    lc = rng.randrange(5)
    options = {
        "lc": lc,
        "lp": rng.randrange(5 - lc),
        "pb": rng.randrange(5),
        "dict_size": rng.choice((4096, 6144, 2**16)),
    }
    return lzma.compress(data, lzma.FORMAT_ALONE, filters=[{"id": lzma.FILTER_LZMA1, **options}])


Packer = Callable[[Random, bytes], bytes]
COMPRESSIONS: tuple[tuple[str, tuple[Packer, ...]], ...] = (
    ("", ()),
    (".gz", (gzip_stream,)),
    (".gz", (gzip_stream,)),
    (".bz2", (lambda rng, data: bz2.compress(data, rng.choice((1, 9))),)),
    (".xz", (xz_stream, lzma_stream)),
)


# Tar ---------------------------------------------------------------------------------------------------------------


def make_tar(rng: Random) -> bytes:
    """Return a tar of some members, perhaps damaged."""
    data = b"".join(rng.choice(TAR_PARTS)(rng) for _ in range(rng.randint(1, 4)))
    data += bytes(rng.choice((1024, 1024, 1024, 512, 0)))
    if rng.random() < 0.1:
        data += tar_member(rng) + bytes(1024)
    return damage_tar(rng, data) if rng.random() < 0.4 else data


def tar_block(rng: Random, name: bytes, data: bytes, kind: bytes, size: int | None = None) -> bytes:
    """Return a header and its data."""
    info = tarfile.TarInfo("x")
    info.type, info.size = kind, len(data) if size is None else size
    form: Literal[0, 1] = rng.choice((tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT))
    block = bytearray(info.tobuf(form)[:512])
    block[:100] = name[:100].ljust(100, b"\0")
    return mended(block) + data + bytes(-len(data) % 512)


def mended(block: bytearray) -> bytes:
    """Return a header with the right checksum."""
    block[148:156] = b" " * 8
    block[148:156] = b"%06o\0 " % (sum(block[:512]) & 0o777777)
    return bytes(block)


def tar_name(rng: Random) -> bytes:
    name = rng.choice(NAMES).encode()
    return rng.choice((name, name, name, b"./" + name, name + b"/", name + b"//"))


def tar_member(rng: Random) -> bytes:
    """Return a member of any type that has content, or a folder."""
    kind = rng.choice((b"0", b"0", b"0", b"\0", b"7", b"Z", b"5"))
    block = bytearray(tar_block(rng, tar_name(rng), content(rng), kind))
    if rng.random() < 0.15:
        # The name is in the prefix field, alone or in part.
        name = tar_name(rng)
        at = rng.choice((len(name), len(name) - 3, 9))
        block[:100] = name[at:].ljust(100, b"\0")
        block[257:265] = b"ustar\x0000"
        block[345:500] = name[:at].ljust(155, b"\0")
        block[:512] = mended(block[:512])
    return bytes(block)


def spelled(rng: Random, number: int) -> bytes:
    """Return a number as Python may or may not read it."""
    zero = rng.choice(SPELLINGS)
    text = "".join(chr(zero + int(digit)) for digit in str(number)) if zero else str(number)
    blank = rng.choice(("", "", "", " ", "\u3000", "\x1c", "\n"))
    text = (
        blank + rng.choice(("", "", "", "+", "0", "0" * 30, "0_", "0" * 30)) + text + rng.choice(("", "", blank, "x"))
    )
    # tarfile takes quadratic time for long rows of digits (CVE-2024-6232).
    return (b"0" * 5000 if rng.random() < 0.01 else b"") + text.encode()


def record(rng: Random, keyword: bytes, value: bytes) -> bytes:
    """Return a pax record, whose length has some zeros before it, or is wrong, at random."""
    rest = b" " + keyword + b"=" + value + b"\n"
    zeros = rng.choice((0, 0, 0, 0, 30))
    length = len(rest) + 1 + zeros
    while len(str(length)) + zeros + len(rest) != length:
        length = len(str(length)) + zeros + len(rest)
    return b"0" * zeros + b"%d" % (length + rng.choice((0,) * 20 + (-1, 1))) + rest


def pax_block(rng: Random, *records: bytes) -> bytes:
    return tar_block(rng, b"pax", b"".join(records), rng.choice((b"x", b"x", b"x", b"x", b"X", b"g")))


def pax_member(rng: Random) -> bytes:
    """Return a member after a pax header."""
    data = content(rng)
    choices = (
        (b"path", tar_name(rng)),
        (b"size", spelled(rng, rng.choice((len(data), len(data), 5, 0, 2000)))),
        (b"mtime", b"1.5"),
        (b"comment", b"c" * rng.choice((1, 600))),
        (b"hdrcharset", b"BINARY"),
        (b"linkpath", b"demo-1.0/b.txt"),
        (b"GNU.sparse.name", tar_name(rng)),
    )
    records = [record(rng, *choice) for choice in rng.sample(choices, rng.randint(1, 3))]
    member = tar_block(rng, tar_name(rng), data, rng.choice((b"0", b"0", b"\0", b"5")))
    return pax_block(rng, *records) + (tar_long_name(rng) if rng.random() < 0.1 else member)


def tar_long_name(rng: Random) -> bytes:
    """Return a member after a GNU header with its name."""
    name = tar_name(rng) + rng.choice((b"\0", b"\0", b"", b"\0behind" * 60))
    return tar_block(rng, b"././@LongLink", name, b"L") + tar_member(rng)


def sparse_member(rng: Random) -> bytes:
    """Return a sparse member of any of the four formats; its map may be longer than its content, or overlap."""
    data = content(rng)
    parts, at = [], 0
    for _ in range(rng.randint(1, 3)):
        offset = max(at + rng.choice((0, 0, 0, 9, 600, -5)), 0)
        length = rng.choice((len(data), len(data), len(data) // 2, 600, 1500))
        parts.append((offset, length))
        at = offset + length
    size = rng.choice((at, at, at, at + 100, len(data)))
    numbers = [number for part in parts for number in part]
    version = rng.choice(("old", "0.0", "0.1", "1.0"))
    if version == "old":
        block = bytearray(tar_block(rng, tar_name(rng), data, b"S"))
        for index, number in enumerate(numbers):
            block[386 + 12 * index : 398 + 12 * index] = b"%011o\0" % number
        block[482], block[483:495] = rng.choice((0, 0, 0, 1)), b"%011o\0" % size
        block[:512] = mended(block[:512])
        return bytes(block)
    member = tar_block(rng, tar_name(rng), data, b"0")
    records = [record(rng, b"GNU.sparse.size", spelled(rng, size))]
    if version == "0.0":
        for offset, length in parts:
            records.append(record(rng, b"GNU.sparse.offset", b"%d" % offset))
            records.append(record(rng, b"GNU.sparse.numbytes", b"%d" % length))
        if rng.random() < 0.2:
            records.append(record(rng, b"comment", b"\n1 GNU.sparse.offset=7\n1 GNU.sparse.numbytes=3\n"))
    elif version == "0.1":
        records.append(record(rng, b"GNU.sparse.map", b",".join(spelled(rng, number) for number in numbers)))
    else:
        records = [record(rng, b"GNU.sparse.major", b"1"), record(rng, b"GNU.sparse.minor", b"0")]
        records.append(record(rng, b"GNU.sparse.realsize", b"%d" % size))
        text = b"".join(b"%d\n" % number for number in (len(parts), *numbers))
        text = rng.choice((text, text.rjust(512, b"0")))
        whole = text + bytes(-len(text) % 512) + data
        member = tar_block(rng, tar_name(rng), whole, b"0", rng.choice((len(whole), len(whole), len(data), 0)))
    if rng.random() < 0.2:
        records.append(record(rng, b"size", spelled(rng, rng.choice((len(data), 512, 1024)))))
    rng.shuffle(records)
    return pax_block(rng, *records) + member


def stray_block(rng: Random) -> bytes:
    """Return a block that is no header."""
    return rng.choice((bytes(512), b"\xff" * 512, b"stray text\n" * 46 + b"......", rng.randbytes(512)))


TAR_PARTS: tuple[Callable[[Random], bytes], ...] = (
    *(tar_member,) * 4, *(pax_member,) * 3, *(sparse_member,) * 3, tar_long_name, stray_block,
)  # fmt: skip


def damage_tar(rng: Random, data: bytes) -> bytes:
    """Return a tar with some bytes changed, mostly in headers with a right checksum."""
    made = bytearray(data)
    for _ in range(rng.randint(1, 3)):
        at = rng.randrange(max(len(made) // 512, 1)) * 512
        block = made[at : at + 512]
        if len(block) < 512:
            break
        place = rng.choice((0, 100, 124, 135, 156, 257, 345, rng.randrange(512)))
        block[place] = rng.choice((0, 0x20, 0x2F, 0x30, 0x35, 0x53, 0x78, 0x80, 0xFF, rng.randrange(256)))
        made[at : at + 512] = mended(block) if rng.random() < 0.8 else block
    return bytes(made[: rng.randrange(1, len(made))] if rng.random() < 0.05 else made)


# Zip ---------------------------------------------------------------------------------------------------------------


def make_zip(rng: Random) -> bytes:
    """Return a zip of some members whose two headers, extra fields and data may disagree, perhaps damaged."""
    body = rng.choice((b"", b"", b"", b"leading data\n"))
    directory = b""
    count = rng.randint(1, 4)
    for _ in range(count):
        local, central = zip_member(rng, len(body))
        body += local + rng.choice((b"", b"", b"", b"gap" * 20))
        directory += central
    other = rng.choice((b"", b"", b"", directory.replace(b"a.bin", b"c.pyc")))
    start = len(body) + len(other)
    end = struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, count, count, len(directory), start, 0)
    if rng.random() < 0.1:
        end64 = struct.pack("<4sQ2H2L4Q", b"PK\6\6", 44, 45, 45, 0, 0, count, count, len(directory), start)
        end = end64 + struct.pack("<4sLQL", b"PK\6\7", 0, start + len(directory), 1) + end
    made = bytearray(body + other + directory + end + rng.choice((b"", b"", b"", b"trailing")))
    if rng.random() < 0.4:
        for _ in range(rng.randint(1, 3)):
            mark = rng.choice((b"PK\1\2", b"PK\3\4", b"PK\5\6"))
            found = made.find(mark)
            at = min(found + rng.randrange(60), len(made) - 1) if rng.random() < 0.8 else rng.randrange(len(made))
            made[at] = rng.choice((0, 1, 8, 0xFF, rng.randrange(256)))
    return bytes(made)


def zip_member(rng: Random, at: int) -> tuple[bytes, bytes]:
    """Return the local header with the data, and the record of the directory."""
    data = content(rng)
    name = rng.choice(NAMES).encode()
    method = rng.choice((zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2))
    stored = {
        zipfile.ZIP_STORED: lambda: data,
        zipfile.ZIP_DEFLATED: lambda: zlib.compress(data, wbits=-15),
        zipfile.ZIP_BZIP2: lambda: bz2.compress(data),
    }[method]()
    size = rng.choice((len(data),) * 8 + (len(data) - 3, len(data) + 3))
    crc = zlib.crc32(data[:size])
    stored += rng.choice((b"",) * 6 + (b"slack" * 9,))
    flags = rng.choice((0, 0x800, 0x800, 0x808))
    local_fields = (0, 0, 0) if flags & 8 else (crc, len(stored), size)
    extra, local_extra = zip_extra(rng, name), zip_extra(rng, name)
    note = rng.choice((b"", b"", b"", b"note" * 30))
    if rng.random() < 0.1:
        extra += struct.pack("<HH2Q", 1, 16, size, len(stored))
        sizes = (0xFFFFFFFF, 0xFFFFFFFF)
    else:
        sizes = (len(stored), size)
    local = struct.pack("<4s5H3L2H", b"PK\3\4", 20, flags, method, 0, 33, *local_fields, len(name), len(local_extra))
    central = struct.pack(
        "<4s6H3L5H2L", b"PK\1\2", 0x314, 20, flags, method, 0, 33, crc, *sizes, len(name), len(extra), len(note), 0, 0,
        0o100644 << 16, at,
    )  # fmt: skip
    return local + name + local_extra + stored, central + name + extra + note


def zip_extra(rng: Random, name: bytes) -> bytes:
    """Return some extra fields."""
    made = b""
    for _ in range(rng.choice((0, 0, 0, 1, 2))):
        if rng.random() < 0.6:
            other = rng.choice((*NAMES, "demo-1.0/setup.py\0.txt", "demo-1.0/help.py", "")).encode()
            field = (
                struct.pack("<BL", rng.choice((1, 1, 1, 2)), zlib.crc32(rng.choice((name, name, name, b"x")))) + other
            )
            made += struct.pack("<HH", 0x7075, len(field)) + field
        else:
            field = b"y" * rng.choice((5, 9, 200))
            made += struct.pack("<HH", rng.choice((0x5455, 0x4444)), len(field)) + field
    return made
