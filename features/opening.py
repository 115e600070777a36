"""Opens one distribution file as a release: its members are read, then classified by when their code runs."""

import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from features.archive.anomalies import STOPPING
from features.archive.budget import Budget
from features.archive.member_paths import normalise_paths
from features.archive.reader import ReadArchive, read_archive
from features.archive.retention import RawMember
from features.archive.tar_reader import LINK_PROBLEMS
from features.contract import Kind, Member, Release, Status
from features.install.install_files import find_install_files
from features.install.layout import read_layout
from features.install.roles import role_of
from features.limits import Limits
from features.packaging.names import FilenameClaims, parse_filename

_NAMES_SHOWN = 3


@dataclass(frozen=True, slots=True)
class Opened:
    """One file, opened: `release` is None where nothing of it could be read, and `reason` says why.

    The digests (hex) are "" where the file itself could not be read. `limits` are those that were reached,
    also without a release; `faults` say what else was not examined.
    """

    release: Release | None
    status: Status
    reason: str
    kind: Kind
    sha256: str
    blake2b_256: str
    limits: tuple[str, ...] = ()
    faults: tuple[str, ...] = ()


def open_release(path: Path, filename: str, limits: Limits, deadline: float | None = None) -> Opened:
    """Open one distribution file; raises nothing for what stands in it or for a file that cannot be read.

    `filename` is its distribution name (its path may be a digest). `deadline` is a `time.process_time()`
    value; without it `limits.seconds` from now. Memory is bounded by `limits.kept_bytes` and about 48 MiB.
    """
    if deadline is None:
        deadline = time.process_time() + limits.seconds
    archive = read_archive(path, filename, limits, deadline)
    if archive.reason:
        sums, limits_reached = (archive.sha256, archive.blake2b_256), tuple(archive.budget.limits_reached)
        return Opened(None, Status.UNREADABLE, archive.reason, Kind.UNKNOWN, *sums, limits=limits_reached)
    return _classified(archive, filename)


def _classified(archive: ReadArchive, filename: str) -> Opened:
    found, budget = archive.collection, archive.budget
    places = normalise_paths([member.inner_path or member.path for member in found.members])
    pairs = list(zip(found.members, places, strict=True))
    outer = [(place, member) for member, place in pairs if not member.hidden and not member.inner_path]
    name = parse_filename(filename)
    layout = find_install_files(read_layout(archive.container, name.kind, found.outer_names), outer, budget.timer)
    if _is_mislabelled(filename, name, archive.container, layout.kind):
        budget.record_anomaly("mislabelled")
    members = [
        Member(
            member.path,
            member.size,
            member.file_type,
            role_of(place, member.file_type, layout, nested=bool(member.inner_path)),
            member.data,
            member.head,
            member.digest,
            member.kept,
            member.executable,
            member.problem,
            member.content_key,
        )
        for member, place in pairs
    ]
    release = Release(
        filename=filename,
        project=name.project,
        version=name.version,
        kind=layout.kind,
        container=archive.container,
        size=archive.size,
        members=tuple(members),
        root=layout.root,
        anomalies=dict(sorted(budget.anomalies.items())),
        limits=tuple(budget.limits_reached),
        deadline=budget.deadline,
    )
    faults = tuple(_faults(budget, found.members))
    reason = say_partial(release.limits, faults)
    status = Status.PARTIAL if reason else Status.OK
    return Opened(
        release, status, reason, layout.kind, archive.sha256, archive.blake2b_256, limits=release.limits, faults=faults
    )


def say_partial(limits: Sequence[str], faults: Sequence[str]) -> str:
    """Return why something was examined in part only, in one sentence; "" where nothing is left out."""
    parts = [f"limits reached: {', '.join(limits)}", *faults] if limits else faults
    return f"Examined in part; {'; '.join(parts)}." if parts else ""


def _faults(budget: Budget, members: Sequence[RawMember]) -> Iterator[str]:
    if damage := [anomaly for anomaly in STOPPING if anomaly in budget.anomalies]:
        yield f"damaged: {', '.join(damage)}"
    problems = Counter([member.problem for member in members if member.problem and member.problem not in LINK_PROBLEMS])
    for limit in budget.limits_reached:
        problems.pop(limit, None)
    if problems:
        said = ", ".join(f"{count} {problem}" for problem, count in problems.most_common(_NAMES_SHOWN))
        yield f"members not examined whole: {said}"


_EXPECTED = (
    ((".whl", ".egg", ".zip"), ("zip",)),
    ((".tar.gz", ".tgz"), ("tar.gz",)),
    ((".tar.bz2", ".tbz", ".tbz2"), ("tar.bz2",)),
    ((".tar.xz", ".txz"), ("tar.xz",)),
    ((".tar",), ("tar",)),
)


def _is_mislabelled(filename: str, name: FilenameClaims, container: str, kind: Kind) -> bool:
    lower = filename.lower()
    for suffixes, containers in _EXPECTED:
        if lower.endswith(suffixes):
            if container not in containers:
                return True
            break
    return kind is not Kind.UNKNOWN and name.kind is not Kind.UNKNOWN and kind is not name.kind
