"""Compares the files that RECORD or SOURCES.txt lists with those that the distribution contains."""

import csv
import hashlib
import io
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as Base64Error
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from features.contract import FileType, Kind, Member, Release
from features.runtime.cache import cached_batch, sha256_in_key

LIST_BYTES = 8 * 2**20
"""Bytes of a list that are read."""

_FIELDS = 3
_ALGORITHM = "sha256="
_EXEMPT = ("RECORD", "RECORD.jws", "RECORD.p7s")
"""Files of the .dist-info folder that RECORD need not list (PEP 427)."""


@dataclass(frozen=True, slots=True)
class RecordCheck:
    """Numbers of differences between a RECORD and the contents of its wheel.

    `unlisted` counts files that RECORD does not list, `missing` listed files that are not there, `mismatched` files
    with another digest or size (digests are compared if the content was kept whole), `malformed` unreadable lines.
    """

    unlisted: int
    missing: int
    mismatched: int
    malformed: int


def check_record(release: Release) -> RecordCheck | None:
    """Compare a wheel with its RECORD (PEP 376, PEP 427); None if it has none whose content was kept."""
    if release.kind is not Kind.WHEEL:
        return None
    members = {member.path: member for member in release.members if "!/" not in member.path}
    records = sorted(
        path for path in members if path.endswith(".dist-info/RECORD") and path.count("/") == 1 and members[path].kept
    )
    if not records:
        return None
    folder = records[0].rpartition("/")[0]
    rows = _parse_rows(members[records[0]].data)
    listed = {row[0].removeprefix("./"): row for row in rows if len(row) == _FIELDS}
    exempt = {f"{folder}/{name}" for name in _EXEMPT}
    present = [(members[path], row) for path, row in listed.items() if path in members and path not in exempt]
    return RecordCheck(
        unlisted=len(members.keys() - exempt) - len(present),
        missing=sum([not path.startswith("../") for path in listed.keys() - members.keys() - exempt]),
        mismatched=_count_mismatched(present),
        malformed=sum([len(row) != _FIELDS for row in rows if row]),
    )


def _parse_rows(data: bytes) -> list[list[str]]:
    text = data[:LIST_BYTES].decode("utf-8", "replace").replace("\0", "\ufffd")
    plain = text.replace("\r\n", "\n") if "\r" in text else text
    lines = plain.split("\n")
    if '"' not in plain and "\r" not in plain and len(max(lines, key=len)) < csv.field_size_limit():
        # The same rows as csv.reader returns, in less time (stage `files` of `boojum bench`).
        return [line.split(",") for line in lines if line]
    try:
        return list(csv.reader(io.StringIO(text)))
    except csv.Error:
        return [line.rsplit(",", 2) for line in text.splitlines()]


def _count_mismatched(listed: Iterable[tuple[Member, list[str]]]) -> int:
    """Return the number of members whose size or digest differs from their row in RECORD."""
    to_hash: list[tuple[Member, str]] = []
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
            to_hash.append((member, digest))
    digests = _sha256_all([member for member, _ in to_hash])
    return count + sum(
        [
            actual != recorded and not _is_same_digest(actual, recorded)
            for (_, recorded), actual in zip(to_hash, digests, strict=True)
        ]
    )


def _is_same_digest(actual: str, recorded: str) -> bool:
    """Return whether two spellings of a digest have the same bytes."""
    try:
        return _decode_digest(actual) == _decode_digest(recorded)
    except (Base64Error, ValueError):
        return False


def _decode_digest(digest: str) -> bytes:
    value = digest.removeprefix(_ALGORITHM)
    return urlsafe_b64decode(value + "=" * (-len(value) % 4))


@cached_batch("record_digests", key=lambda member: member.key, size_of=len)
def _sha256_all(members: Sequence[Member]) -> list[str]:
    """Return the SHA-256 of each member as RECORD writes it."""
    return [_sha256(member) for member in members]


def _sha256(member: Member) -> str:
    # The key of a large content already holds its SHA-256.
    digest = sha256_in_key(member.key) or hashlib.sha256(member.data).digest()
    return _ALGORITHM + urlsafe_b64encode(digest).rstrip(b"=").decode()


def count_unlisted_python(release: Release) -> int | None:
    """Return the number of Python files of an sdist that its SOURCES.txt does not list; None without that file."""
    if release.kind is not Kind.SDIST:
        return None
    members = {member.path.removeprefix(release.root): member for member in release.members if "!/" not in member.path}
    lists = [path for path in members if path.endswith(".egg-info/SOURCES.txt") and members[path].kept]
    if not lists:
        return None
    nearest = min(lists, key=lambda path: (path.count("/"), path))
    text = members[nearest].data[:LIST_BYTES].decode("utf-8", "replace").replace("\\", "/")
    listed = {line.strip().removeprefix("./") for line in text.split("\n")}
    return sum(member.file_type is FileType.PYTHON and path not in listed for path, member in members.items())
