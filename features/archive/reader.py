"""Reads the members of one distribution file and of the archives in it into memory, under limits."""

import os
from dataclasses import dataclass, replace
from pathlib import Path

from features.archive.anomalies import TRUNCATING_ANOMALIES
from features.archive.budget import Budget, LimitExceeded
from features.archive.byte_source import ByteSource, identify_file, open_regular_file
from features.archive.collection import MemberCollection
from features.archive.container import Container, open_nested, read_container, unsupported_format
from features.limits import Limits


@dataclass(frozen=True, slots=True)
class ArchiveContents:
    """The members of one file, not yet classified.

    `container` is its format ("zip", "tar.gz", ...) and `size` its bytes. `reason` says why nothing could be read, ""
    if there are members. The digests (hex) are "" if the file itself could not be read.
    """

    collection: MemberCollection
    container: str = ""
    size: int = 0
    sha256: str = ""
    blake2b_256: str = ""
    reason: str = ""

    @property
    def budget(self) -> Budget:
        """Return the budget, with the limits that were reached and the anomalies that were found."""
        return self.collection.budget


def read_archive(path: Path, filename: str, limits: Limits, deadline: float) -> ArchiveContents:
    """Read the members of one file; never raises, not even for a hostile or unreadable file.

    `filename` is its distribution name (its path may be a digest). `deadline` is a `time.process_time()` value.
    Memory is bounded by `limits.kept_bytes` and about 80 MiB.
    """
    empty = ArchiveContents(MemberCollection(Budget(limits, deadline)))
    try:
        descriptor = open_regular_file(path)
    except OSError as error:
        return replace(empty, reason=_os_reason(error))
    except ValueError:
        return replace(empty, reason="The path holds a zero byte.")
    try:
        return _read(descriptor, filename, empty)
    finally:
        os.close(descriptor)


def _read(descriptor: int, filename: str, archive: ArchiveContents) -> ArchiveContents:
    collection = archive.collection
    limits = collection.budget.limits
    try:
        identified = identify_file(descriptor, collection.budget.check_time)
        source = identified.source
        archive = replace(archive, size=source.size, sha256=identified.sha256, blake2b_256=identified.blake2b_256)
        if source.size == 0:
            return replace(archive, reason="The file is empty.")
        if source.size > limits.artifact_bytes:
            collection.budget.record_limit("artifact_bytes")
            sizes = f"{source.size:,} of {limits.artifact_bytes:,} bytes"
            return replace(archive, reason=f"The file is larger than artifact_bytes ({sizes}).")
        container = _read_members(source, filename, collection)
        head = source.read(0, 4096)
    except OSError as error:
        return replace(archive, reason=_os_reason(error))
    except LimitExceeded:
        return replace(archive, reason="The file is too large: its digests were not computed within its seconds.")
    reason = "" if collection.members else _reason_without_members(container, collection.budget, head)
    return replace(archive, container=container.format, reason=reason)


def _read_members(source: ByteSource, filename: str, collection: MemberCollection) -> Container:
    container = Container("")
    stem = filename.rpartition(".")[0] or "data"
    try:
        container = read_container(source, collection, "", stem)
        open_nested(collection)
    except LimitExceeded:
        pass
    return container


def _os_reason(error: OSError) -> str:
    return f"The file cannot be read: {(error.strerror or type(error).__name__).lower()}."


def _reason_without_members(container: Container, budget: Budget, head: bytes) -> str:
    unsupported = unsupported_format(head)
    if unsupported:
        return f"It is a {unsupported} file, which cannot be examined."
    if budget.limits_reached:
        return f"No member could be read before a limit was reached: {', '.join(budget.limits_reached)}."
    if not container.format:
        return "It is not an archive."
    faults = [anomaly for anomaly in TRUNCATING_ANOMALIES if anomaly in budget.anomalies]
    if faults:
        return f"It is a damaged {container.format} archive ({', '.join(faults)}): no member could be read."
    return f"It is an empty {container.format} archive."
