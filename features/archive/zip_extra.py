"""Reads the extra fields of zip headers: sizes of large files, second names, and what no reader knows.

Ids are those of PKWARE's APPNOTE (4.5 and 4.6) and of Info-ZIP's extrafld.txt.
"""

import struct
from collections.abc import Iterator

from features.archive.byte_source import truncate_name

LONG_EXTRA = 64
"""Bytes up to which extra fields or a comment of a member are no hidden data."""
UNICODE_PATH = b"\x75\x70"
_UNICODE_PATH_ID, _ZIP64_ID = int.from_bytes(UNICODE_PATH, "little"), 1
_UNICODE_PATH_HEAD = 5
"""Bytes before the name in a Unicode Path field: a version and a checksum."""
_USUAL_BYTES = {
    _ZIP64_ID: 32,
    0x000A: 36,  # NTFS times
    0x4453: 512,  # NT security descriptor
    0x5455: 13,  # extended timestamp
    0x5855: 12,  # Info-ZIP Unix, old
    0x7855: 4,  # Info-ZIP Unix, uid and gid
    0x7875: 24,  # Info-ZIP Unix, uid and gid of any size
    0x756E: 32,  # ASi Unix
    0x9901: 7,  # AES
    0xCAFE: 0,  # JAR
}
"""Bytes of the longest content that honest writers give to a field, by its id."""
_MAX_32 = 0xFFFFFFFF


def extra_fields(extra: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield the id and the content of each extra field."""
    at = 0
    while at + 4 <= len(extra):
        field_id, length = struct.unpack_from("<HH", extra, at)
        yield field_id, extra[at + 4 : at + 4 + length]
        at += 4 + length


def zip64_sizes(extra: bytes, size: int, stored: int, offset: int) -> tuple[int, int, int]:
    """Return sizes and offset, each from the zip64 extra field if the plain field refers to it."""
    for field_id, field in extra_fields(extra):
        if field_id == _ZIP64_ID:
            at = 0
            values = [size, stored, offset]
            for index, value in enumerate(values):
                if value == _MAX_32 and at + 8 <= len(field):
                    values[index] = int.from_bytes(field[at : at + 8], "little")
                    at += 8
            return values[0], values[1], values[2]
    return size, stored, offset


def second_names(extra: bytes, name: str) -> tuple[str, ...]:
    """Return the names in Info-ZIP's Unicode Path fields that could be those of other files than `name`.

    zipfile uses the last one instead of the member's name since 3.11.9, 3.12.3 and 3.13, up to a zero byte and if its
    checksum is right; other tools use the first, or do not compare the checksum. Honest writers repeat the name there,
    with the letters beyond ASCII that the member's own name cannot hold.
    """
    found: dict[str, None] = {}
    for field_id, field in extra_fields(extra):
        if field_id == _UNICODE_PATH_ID:
            raw = truncate_name(field[_UNICODE_PATH_HEAD:].partition(b"\0")[0])
            found[raw.decode("utf-8", "replace")] = None
    ascii_name = _ascii_of(name)
    return tuple([other for other in found if other and other != name and _ascii_of(other) != ascii_name])


def _ascii_of(name: str) -> str:
    return name if name.isascii() else "".join(filter(str.isascii, name))


def unknown_data(extra: bytes) -> bytes:
    """Return the content of extra fields that is not what honest writers put there, without zeros that only align."""
    parts = []
    for field_id, field in extra_fields(extra):
        if field_id == _UNICODE_PATH_ID:
            parts.append(field[_UNICODE_PATH_HEAD:].partition(b"\0")[2])
        elif len(field) > _USUAL_BYTES.get(field_id, 0):
            parts.append(field)
    return b"\n".join(filter(None, [part.strip(b"\0") for part in parts]))
