"""What a distribution lists of itself, held against what it contains: RECORD and SOURCES.txt."""

import csv
import hashlib
import io
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as Base64Error
from collections.abc import Iterable
from dataclasses import dataclass

from features.contract import FileType, Kind, Member, Release
from features.runtime.cache import ContentCache

LIST_BYTES = 8 * 2**20
"""A longer list is cut."""

DIGESTS: ContentCache[str] = ContentCache(8 * 2**20, len)
"""The sha256 of files as RECORD writes it, by content."""

_FIELDS = 3
_ALGORITHM = "sha256="
_UNLISTED_BY_RULE = ("RECORD", "RECORD.jws", "RECORD.p7s")


@dataclass(frozen=True, slots=True)
class Listed:
    """How a list and the contents agree.

    `unlisted` are files that the list does not name, `absent` named files that are not there, `different`
    files whose digest or size is another (only those whose content was kept whole are compared),
    `malformed` lines that cannot be read.
    """

    unlisted: int
    absent: int
    different: int
    malformed: int


def check_record(release: Release) -> Listed | None:
    """Hold a wheel against its RECORD (PEP 376, PEP 427); None where it has none that was kept."""
    if release.kind is not Kind.WHEEL:
        return None
    own = {member.path: member for member in release.members if "!/" not in member.path}
    records = sorted(
        path for path in own if path.endswith(".dist-info/RECORD") and path.count("/") == 1 and own[path].kept
    )
    if not records:
        return None
    folder = records[0].rpartition("/")[0]
    rows = _rows(own[records[0]].data)
    listed = {row[0].removeprefix("./"): row for row in rows if len(row) == _FIELDS}
    by_rule = {f"{folder}/{base}" for base in _UNLISTED_BY_RULE}
    both = [(own[path], row) for path, row in listed.items() if path in own and path not in by_rule]
    return Listed(
        unlisted=len(own.keys() - by_rule) - len(both),
        absent=sum([not path.startswith("../") for path in listed.keys() - own.keys() - by_rule]),
        different=_different(both),
        malformed=sum([len(row) != _FIELDS for row in rows if row]),
    )


def _rows(data: bytes) -> list[list[str]]:
    text = data[:LIST_BYTES].decode("utf-8", "replace").replace("\0", "\ufffd")
    plain = text.replace("\r\n", "\n") if "\r" in text else text
    lines = plain.split("\n")
    if '"' not in plain and "\r" not in plain and len(max(lines, key=len)) < csv.field_size_limit():
        # As the standard's reader has it, in a third of the time.
        return [line.split(",") for line in lines if line]
    try:
        return list(csv.reader(io.StringIO(text)))
    except csv.Error:
        return [line.rsplit(",", 2) for line in text.splitlines()]


def _different(listed: Iterable[tuple[Member, list[str]]]) -> int:
    """Return how many members are not what their lines say."""
    hashed: list[tuple[Member, str]] = []
    count = 0
    for member, (_, digest, size) in listed:
        if (
            size != str(member.size)
            and size.isascii()
            and size.isdigit()
            and len(size) < 19
            and int(size) != member.size
        ):
            count += 1
        elif digest.startswith(_ALGORITHM) and len(member.data) == member.size and member.kept:
            hashed.append((member, digest))
    # A hash that nobody can aim at is many times as fast as this one.
    keys = [member.key for member, _ in hashed]
    found = DIGESTS.get_all(keys, lambda places: [_sha256(hashed[at][0].data) for at in places])
    return count + sum([one != said and not _is_same(one, said) for (_, said), one in zip(hashed, found, strict=True)])


def _is_same(digest: str, said: str) -> bool:
    """Return whether two ways to write a digest are one."""
    try:
        return _decoded(digest) == _decoded(said)
    except (Base64Error, ValueError):
        return False


def _decoded(digest: str) -> bytes:
    value = digest.removeprefix(_ALGORITHM)
    return urlsafe_b64decode(value + "=" * (-len(value) % 4))


def _sha256(data: bytes) -> str:
    return _ALGORITHM + urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()


def unlisted_python(release: Release) -> int | None:
    """Return how many Python files of an sdist its SOURCES.txt does not name; None where it has none."""
    if release.kind is not Kind.SDIST:
        return None
    own = {member.path.removeprefix(release.root): member for member in release.members if "!/" not in member.path}
    lists = sorted(
        (p for p in own if p.endswith(".egg-info/SOURCES.txt") and own[p].kept), key=lambda p: (p.count("/"), p)
    )
    if not lists:
        return None
    named = set(own[lists[0]].data[:LIST_BYTES].decode("utf-8", "replace").replace("\\", "/").split("\n"))
    named = {line.strip().removeprefix("./") for line in named}
    return sum(member.file_type is FileType.PYTHON and path not in named for path, member in own.items())
