"""Recognises compressed data by its first bytes."""

import lzma
import zlib

GZIP_MAGIC = b"\x1f\x8b"
XZ_FAMILY = frozenset(("xz", "lzma", "lz"))
"""Compressions that liblzma detects; it does so anew for every stream of a file."""

_LZMA_HEADER_BYTES = 13
_LZMA_PROPERTIES = frozenset(lc + 9 * (lp + 5 * pb) for pb in range(5) for lp in range(5) for lc in range(5 - lp))
_LZMA_MAX_SIZE = 2**38
"""Uncompressed size below which liblzma takes data for an .lzma file."""
_MAX_32 = 2**32 - 1
_PROBE_DICTIONARY = (2**16).to_bytes(4, "little")
_PRESET_DICTIONARY = 0x20
_PROBE_BYTES = 4096
_PLAUSIBLE_BYTES = 256
"""Bytes that noise does not inflate to: sooner, one of its matches leads to before the start."""


def compression_of(head: bytes) -> str:
    """Return the compression that the first bytes of data name, "" if there is none.

    "gz", "bz2", "xz", "lzma", "lz" and "zlib" can be inflated; "zst", "Z" and "lz4" are only recognised. `head` should
    have 4,096 bytes: zlib's data, and an .lzma file with unusual properties, are recognised by what they inflate to.
    """
    if head[:2] == GZIP_MAGIC:
        return "gz"
    if head[:3] == b"BZh" and head[4:10] in {b"1AY&SY", b"\x17rE8P\x90"}:
        return "bz2"
    if head[:6] == b"\xfd7zXZ\x00":
        return "xz"
    if head[:4] == b"\x28\xb5\x2f\xfd":
        return "zst"
    if head[:2] == b"\x1f\x9d":
        return "Z"
    if head[:4] == b"LZIP" and head[4:5] in {b"\x00", b"\x01"}:
        return "lz"
    if head[:4] == b"\x04\x22\x4d\x18":
        return "lz4"
    if head[:3] == b"\x5d\x00\x00" and head[12:13] in {b"\x00", b"\xff"}:
        return "lzma"
    if is_zlib(head):
        return "zlib"
    return "lzma" if is_unusual_lzma(head) else ""


def is_zlib(head: bytes) -> bool:
    """Return whether data is a zlib stream (RFC 1950): its header has a check of five bits, and it can be inflated."""
    if head[:1] != b"x" or int.from_bytes(head[:2], "big") % 31 or head[1] & _PRESET_DICTIONARY:
        return False
    decoder = zlib.decompressobj()
    try:
        start = decoder.decompress(head, _PROBE_BYTES)
    except zlib.error:
        return False
    return (decoder.eof or len(start) >= _PLAUSIBLE_BYTES) and bool(start)


def is_unusual_lzma(head: bytes) -> bool:
    """Return whether data is an .lzma file of any properties, by liblzma's rules and by what it inflates to.

    An .lzma file has no magic: what looks like its header is often something else.
    """
    while has_lzma_header(head):
        decoder = lzma.LZMADecompressor(lzma.FORMAT_ALONE)
        try:
            # The first bytes can be inflated with a dictionary of any size.
            start = decoder.decompress(head[:1] + _PROBE_DICTIONARY + head[5:], _PROBE_BYTES)
        except lzma.LZMAError:
            return False
        if start:
            return (decoder.eof or len(start) >= _PLAUSIBLE_BYTES) and bool(start.strip(b"\0"))
        # Another stream may follow one without content.
        head = decoder.unused_data
        if head[:6] == b"\xfd7zXZ\x00" or head[:4] == b"LZIP":
            return True
    return False


def has_lzma_header(head: bytes) -> bool:
    """Return whether data begins as liblzma expects of an .lzma file: a header, and a stream's first byte, a zero."""
    if len(head) <= _LZMA_HEADER_BYTES or head[_LZMA_HEADER_BYTES] or head[0] not in _LZMA_PROPERTIES:
        return False
    size = head[5:_LZMA_HEADER_BYTES]
    if size != b"\xff" * 8 and int.from_bytes(size, "little") >= _LZMA_MAX_SIZE:
        return False
    # A dictionary has 2**n or 2**n + 2**(n - 1) bytes.
    dictionary = int.from_bytes(head[1:5], "little")
    lowest = dictionary & -dictionary
    return dictionary in {lowest, 3 * lowest, _MAX_32}
