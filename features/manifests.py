"""What a distribution lists of itself, held against what it contains: RECORD and SOURCES.txt."""

import csv
import hashlib
import io
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as Base64Error
from dataclasses import dataclass

from features.contract import Kind, Member, Release, Sort
from features.recall import Recall

LIST_BYTES = 8 * 2**20
"""A longer list is cut."""

DIGESTS: Recall[str] = Recall(8 * 2**20, len)
"""The sha256 of files as RECORD writes it, by content."""

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
    listed: dict[str, tuple[str, str]] = {}
    malformed = 0
    for line in _rows(own[records[0]].data):
        if len(line) == 3:
            listed[line[0].removeprefix("./")] = (line[1], line[2])
        elif line:
            malformed += 1
    by_rule = {f"{folder}/{base}" for base in _UNLISTED_BY_RULE}
    different = sum(
        path in listed and _differs(member, *listed[path]) for path, member in own.items() if path not in by_rule
    )
    return Listed(
        unlisted=sum(path not in listed and path not in by_rule for path in own),
        absent=sum(path not in own and not path.startswith("../") for path in listed.keys() - by_rule),
        different=different,
        malformed=malformed,
    )


def _rows(data: bytes) -> list[list[str]]:
    text = data[:LIST_BYTES].decode("utf-8", "replace").replace("\0", "\ufffd")
    try:
        return list(csv.reader(io.StringIO(text)))
    except csv.Error:
        return [line.rsplit(",", 2) for line in text.splitlines()]


def _differs(member: Member, digest: str, size: str) -> bool:
    if size.isascii() and size.isdigit() and len(size) < 19 and int(size) != member.size:
        return True
    algorithm, _, value = digest.partition("=")
    data = member.data
    if algorithm != "sha256" or len(data) != member.size or not member.kept:
        return False
    # A hash that nobody can aim at is many times as fast as this one.
    found = DIGESTS.get(member.key, lambda: _sha256(data))
    if value == found:
        return False
    try:
        return urlsafe_b64decode(value + "=" * (-len(value) % 4)) != urlsafe_b64decode(found + "=")
    except (Base64Error, ValueError):
        return True


def _sha256(data: bytes) -> str:
    return urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()


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
    return sum(member.sort is Sort.PYTHON and path not in named for path, member in own.items())
