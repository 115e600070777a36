"""Reads the header and the names of compiled Python (PEP 552, PEP 3147) without unmarshalling it."""

import re
from typing import NamedTuple

from features.contract import Member

_MAGICS: tuple[tuple[int, int, str], ...] = (
    (3000, 3131, "30"), (3140, 3151, "31"), (3160, 3180, "32"), (3190, 3230, "33"), (3250, 3310, "34"),
    (3320, 3351, "35"), (3360, 3379, "36"), (3390, 3399, "37"), (3400, 3419, "38"), (3420, 3429, "39"),
    (3430, 3449, "310"), (3450, 3499, "311"), (3500, 3549, "312"), (3550, 3599, "313"), (3600, 3649, "314"),
    (62161, 62161, "26"), (62171, 62211, "27"),
)  # fmt: skip
"""First and last magic number of each version (importlib/_bootstrap_external)."""
_TAGGED = re.compile(r"\.(?:cpython|pypy)-?(\d{2,3})(?:\.opt-\d)?\.py[co]$")
_SHORT = re.compile(rb"[\x5a\x7a\xda\xfa](.)", re.DOTALL)
_NAME = re.compile(rb"[A-Za-z_]\w{3,}")
_WORD = re.compile(rb"\w{4,}")
NAMES = 400
"""Number of names of one file that are compared with its source."""
NAMES_BYTES = 256 * 2**10
"""Bytes of one file that are searched for names."""


class Bytecode(NamedTuple):
    """The header of a .pyc. `version` is "311", or "" if the magic number is none of CPython's.

    `source_size` is the size of its source (lower 32 bits), None if the header has none. `unchecked` says that
    Python runs the file without comparing it with its source.
    """

    version: str
    source_size: int | None
    unchecked: bool


def read_bytecode(head: bytes) -> Bytecode:
    """Return the header of a .pyc from its first 16 bytes."""
    number = int.from_bytes(head[:2], "little")
    version = next((name for low, high, name in _MAGICS if low <= number <= high), "")
    if number < 3190 or number > 20_000 or len(head) < 16:
        return Bytecode(version, None, unchecked=False)
    if number < 3390:
        return Bytecode(version, int.from_bytes(head[8:12], "little"), unchecked=False)
    flags = int.from_bytes(head[4:8], "little")
    if flags & 1:
        return Bytecode(version, None, unchecked=not flags & 2)
    return Bytecode(version, int.from_bytes(head[12:16], "little"), unchecked=False)


def tagged_version(path: str) -> str:
    """Return the version in the name of a .pyc ("311"), "" if there is none."""
    found = _TAGGED.search(path)
    return found[1] if found else ""


def source_path(path: str) -> str:
    """Return the path of the source of a .pyc: `a/b.py` for `a/__pycache__/b.cpython-311.pyc`."""
    folder, _, base = path.rpartition("/")
    stem = base.partition(".")[0]
    if folder == "__pycache__" or folder.endswith("/__pycache__"):
        folder = folder[: -len("__pycache__")].rstrip("/")
    return f"{folder}/{stem}.py" if folder else f"{stem}.py"


def foreign_names(compiled: Member, source: Member) -> int:
    """Return the number of names in the first part of a .pyc that its source, kept whole, does not contain as words.

    Python's own names ("__doc__") do not count.
    """
    names: set[bytes] = set()
    data = compiled.data[:NAMES_BYTES]
    for found in _SHORT.finditer(data):
        length = found[1][0]
        word = data[found.end() : found.end() + length]
        if 4 <= length == len(word) and not word.startswith(b"__") and _NAME.fullmatch(word):
            names.add(word)
            if len(names) >= NAMES:
                break
    words = set(_WORD.findall(source.data))
    return sum(name not in words and _unmangled(name) not in words for name in names)


def _unmangled(name: bytes) -> bytes:
    """Return the source form of a mangled private name: `__bell` for `_Snark__bell`."""
    _, mark, rest = name[1:].partition(b"__")
    return mark + rest if name.startswith(b"_") else name
