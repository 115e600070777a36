"""Refuses blocked files in a sync of bandersnatch: the filter plugin `boojum`, which reads the record of boojum itself.

bandersnatch loads the module through an entry point, in its own environment. The module needs the standard library and
bandersnatch 6.8 or later, and nothing else of boojum, so that `pip install --no-deps boojum` is enough there.
"""

import json
import logging
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeAlias

from bandersnatch.filter import FilterReleaseFilePlugin

SECTION = "boojum"
"""Section of bandersnatch.conf, and the plugin's word in `enabled`."""
KEY = "blocklist"
NEWEST_SCHEMA = 2
"""Version of the record up to which this plugin reads; that of `audit.blocklists.record`."""
OLD = timedelta(days=7)
"""Age of a list from which each sync warns."""
UNDO = f"to mirror without the list, take `{SECTION}` out of `enabled` in [plugins] of bandersnatch.conf"

_DIGEST = re.compile(r"[0-9a-f]{64}")
_Signature: TypeAlias = tuple[int, ...]

logger = logging.getLogger("bandersnatch")


class BlocklistError(Exception):
    """A list that is missing or broken; the text says which, and what is wrong."""


@dataclass(frozen=True, slots=True)
class BlockedFiles:
    """The files that a record blocks: the reason for the log by sha256, by BLAKE2b-256 and by file name."""

    by_sha256: Mapping[str, str] = field(default_factory=dict)
    by_blake2b: Mapping[str, str] = field(default_factory=dict)
    by_name: Mapping[str, str] = field(default_factory=dict)
    revision: str = ""
    run: str = ""
    generated_at: str = ""
    expires_at: str = ""

    def find_reason(self, file: Mapping[str, Any]) -> str | None:
        """Return why a file of an index document is blocked, None if it is not.

        A file without a sha256 is known by its BLAKE2b-256, and one without either by its name.
        """
        digests = file.get("digests")
        if isinstance(digests, Mapping):
            for name, blocked in (("sha256", self.by_sha256), ("blake2b_256", self.by_blake2b)):
                digest = digests.get(name)
                if isinstance(digest, str) and digest:
                    return blocked.get(digest.lower())
        return self.by_name.get(str(file.get("filename")))


def parse_blocklist(content: bytes) -> BlockedFiles:
    """Return what a `blocklist.json` blocks; raises BlocklistError where any of it cannot be relied on."""
    try:
        record = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise BlocklistError(f"is no JSON ({error})") from error
    version = record.get("schema_version") if isinstance(record, dict) else None
    if type(version) is not int or version < 1 or not isinstance(record.get("entries"), list):
        raise BlocklistError("is no blocklist of boojum")
    if version > NEWEST_SCHEMA:
        raise BlocklistError(f"has the schema version {version}; this boojum reads up to {NEWEST_SCHEMA}: upgrade it")
    by_sha256: dict[str, str] = {}
    by_blake2b: dict[str, str] = {}
    by_name: dict[str, str] = {}
    for number, entry in enumerate(record["entries"]):
        sha256 = str(entry.get("sha256")) if isinstance(entry, dict) else ""
        if not _DIGEST.fullmatch(sha256):
            raise BlocklistError(f"names no file in entries[{number}]")
        reason = by_sha256[sha256] = _tell_reason(entry)
        if entry.get("blake2b_256"):
            by_blake2b[str(entry["blake2b_256"])] = reason
        if entry.get("filename"):
            by_name[str(entry["filename"])] = reason
    head = (str(record.get(name, "")) for name in ("revision", "source_run", "generated_at", "expires_at"))
    return BlockedFiles(by_sha256, by_blake2b, by_name, *head)


def _tell_reason(entry: Mapping[str, Any]) -> str:
    reasons = entry.get("reasons")
    first = [str(reasons[0])] if isinstance(reasons, list) and reasons else []
    verdict = str(entry.get("verdict") or "blocked by a person")
    return ": ".join((verdict, *first))


class BlockedFilesFilter(FilterReleaseFilePlugin):
    """Keeps bandersnatch from mirroring the files that the record names, and logs why.

    The record is read when bandersnatch starts, and again whenever the file at its path is another one.
    """

    name = SECTION
    path: Path | None = None
    blocked = BlockedFiles()
    seen: _Signature | None = None

    def initialize_plugin(self) -> None:
        """Read the record that the section names; stop bandersnatch where there is none that can be relied on."""
        there = self.configuration.has_section(SECTION)
        configured = self.configuration[SECTION].get(KEY, "").strip() if there else ""
        if not configured:
            # `enabled = all` is no word for boojum.
            if SECTION in self.configuration["plugins"]["enabled"].split("\n"):
                raise _stop(f"[{SECTION}] of bandersnatch.conf has no `{KEY} = PATH`")
            return
        path = Path(configured).absolute()
        self.seen = _sign(path)
        try:
            self.blocked = _read_blocklist(path, self.seen)
        except BlocklistError as error:
            raise _stop(f"the list {path} {error}") from error
        self.path = path

    def filter(self, metadata: dict[str, Any]) -> bool:
        """Return whether a file is mirrored: False for one that the record blocks."""
        if self.path is None:
            return True
        self._renew(self.path)
        file = metadata["release_file"]
        reason = self.blocked.find_reason(file)
        if reason is not None:
            logger.warning("boojum refuses %s: %s", ascii(file.get("filename")), ascii(reason)[1:-1])
        return reason is None

    def _renew(self, path: Path) -> None:
        """Read the record anew if it is another file than before; keep the last good one if that fails."""
        signature = _sign(path)
        if signature == self.seen:
            return
        self.seen = signature
        try:
            self.blocked = _read_blocklist(path, signature)
        except BlocklistError as error:
            what = "boojum: the list %s %s; the one before it stays in force"
            logger.error(what, path, error)  # noqa: TRY400  the text says it all


@lru_cache(maxsize=1)
def _read_blocklist(path: Path, signature: _Signature | None) -> BlockedFiles:  # noqa: ARG001  a part of the key
    """Return the list of a file, and log what it holds; raises BlocklistError.

    The verify of bandersnatch 6.8 makes a plugin for each project, hence the cache.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        raise BlocklistError(f"cannot be read ({error.strerror})") from error
    blocked = parse_blocklist(content)
    logger.info(
        "boojum blocks %d files: %s, revision %s, run %s of %s",
        *(len(blocked.by_sha256), path, blocked.revision, blocked.run, blocked.generated_at),
    )
    warning = tell_age(blocked, datetime.now(UTC))
    if warning:
        logger.warning("boojum: the list %s %s; it still blocks what it names. Run `boojum audit`", path, warning)
    return blocked


def tell_age(blocked: BlockedFiles, now: datetime) -> str:
    """Return what is wrong with the age of a list, "" for nothing."""
    if blocked.expires_at and blocked.expires_at < f"{now.date()}":
        return f"has expired on {blocked.expires_at}"
    try:
        made = datetime.fromisoformat(blocked.generated_at)
    except ValueError:
        return "does not say when it was made"
    made = made if made.tzinfo else made.replace(tzinfo=UTC)
    return f"is {(now - made).days} days old" if now - made > OLD else ""


def _sign(path: Path) -> _Signature | None:
    """Return what tells one file at a path from the next, None if there is none."""
    try:
        status = path.stat()
    except OSError:
        return None
    return (status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns)


def _stop(what: str) -> SystemExit:
    """Return the exception that ends bandersnatch before it mirrors anything, with what it prints."""
    return SystemExit(
        f"boojum: bandersnatch is stopped before it mirrors anything: {what}\n"
        f"hint: name the blocklist.json of a finished run (OUT/runs/latest/blocklist.json); {UNDO}"
    )
