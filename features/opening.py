"""Opens one distribution file as a release: reads its members and determines when their code runs."""

import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from features.archive.anomalies import TRUNCATING_ANOMALIES
from features.archive.budget import Budget
from features.archive.links import LINK_PROBLEMS
from features.archive.member_paths import normalise_paths
from features.archive.reader import ArchiveContents, read_archive
from features.archive.retention import RawMember, keep_searchable_data
from features.contract import Kind, Member, Release, Status
from features.install.install_files import find_install_files
from features.install.layout import InstallLayout, read_layout
from features.install.roles import role_of
from features.limits import STATISTICAL_LIMITS, Limits
from features.packaging.names import FilenameClaims, parse_filename

_PROBLEMS_SHOWN = 3
"""Problems of members that a reason names, the most frequent first."""


@dataclass(frozen=True, slots=True)
class OpenedFile:
    """One opened distribution file; `release` is None if no member could be read, and `reason` then says why.

    The digests (hex) are "" if the file itself could not be read. `limits` are those that were reached, also without a
    release. `omissions` name the other parts that were not examined.
    """

    release: Release | None
    status: Status
    reason: str
    kind: Kind
    sha256: str
    blake2b_256: str
    limits: tuple[str, ...] = ()
    omissions: tuple[str, ...] = ()


def open_release(path: Path, filename: str, limits: Limits, deadline: float | None = None) -> OpenedFile:
    """Open one distribution file; never raises, not even for a hostile or unreadable file.

    `filename` is its distribution name (its path may be a digest). `deadline` is a `time.process_time()` value, by
    default `limits.seconds` from now. Memory is bounded by `limits.kept_bytes` and about 80 MiB.
    """
    if deadline is None:
        deadline = time.process_time() + limits.seconds
    archive = read_archive(path, filename, limits, deadline)
    if archive.reason:
        return OpenedFile(
            None,
            Status.UNREADABLE,
            archive.reason,
            Kind.UNKNOWN,
            archive.sha256,
            archive.blake2b_256,
            limits=tuple(archive.budget.limits_reached),
        )
    release = _classify(archive, filename)
    omissions = tuple(_omissions(archive.budget, archive.collection.members))
    reason = partial_reason(release.limits, omissions)
    return OpenedFile(
        release,
        Status.PARTIAL if reason else Status.OK,
        reason,
        release.kind,
        archive.sha256,
        archive.blake2b_256,
        limits=release.limits,
        omissions=omissions,
    )


def _classify(archive: ArchiveContents, filename: str) -> Release:
    """Return the release of an archive whose members were read, each with its role."""
    raw_members, budget = archive.collection.members, archive.budget
    paths = normalise_paths([member.inner_path or member.path for member in raw_members])
    visible = [
        (path, member)
        for path, member in zip(paths, raw_members, strict=True)
        if not member.hidden and not member.inner_path
    ]
    claims = parse_filename(filename)
    layout = read_layout(archive.container, claims.kind, archive.collection.outer_names)
    layout = find_install_files(layout, visible, budget.timer)
    keep_searchable_data(raw_members)
    if _is_mislabelled(filename, claims, archive.container, layout.kind):
        budget.record_anomaly("mislabelled")
    members = tuple([_with_role(member, path, layout) for path, member in zip(paths, raw_members, strict=True)])
    return Release(
        filename=filename,
        project=claims.project,
        version=claims.version,
        kind=layout.kind,
        container=archive.container,
        size=archive.size,
        members=members,
        root=layout.root,
        anomalies=dict(sorted(budget.anomalies.items())),
        limits=tuple(budget.limits_reached),
        deadline=budget.deadline,
        places=tuple(budget.places),
    )


def _with_role(member: RawMember, path: str, layout: InstallLayout) -> Member:
    """Return the member that the feature groups see; `path` is normalised, of a nested archive's member inside that."""
    return Member(
        member.path,
        member.size,
        member.file_type,
        role_of(path, member.file_type, layout, nested=bool(member.inner_path)),
        member.data,
        member.head,
        member.digest,
        member.kept,
        member.executable,
        member.problem,
        member.content_key,
    )


def partial_reason(limits: Sequence[str], omissions: Sequence[str]) -> str:
    """Return a sentence that says why an artifact was only examined in part, "" if it was examined completely.

    It names code and data that may act; a statistic over text that was cut short leaves no code unexamined.
    """
    reached = [limit for limit in limits if limit not in STATISTICAL_LIMITS]
    parts = [f"limits reached: {', '.join(reached)}", *omissions] if reached else omissions
    return f"Examined in part; {'; '.join(parts)}." if parts else ""


def _omissions(budget: Budget, members: Sequence[RawMember]) -> Iterator[str]:
    """Yield the parts that were not examined for reasons other than a limit."""
    if damage := [anomaly for anomaly in TRUNCATING_ANOMALIES if anomaly in budget.anomalies]:
        yield f"damaged: {', '.join(damage)}"
    problems = Counter([member.problem for member in members if member.problem and member.problem not in LINK_PROBLEMS])
    for limit in budget.limits_reached:
        problems.pop(limit, None)
    if problems:
        counts = ", ".join(f"{count} {problem}" for problem, count in problems.most_common(_PROBLEMS_SHOWN))
        yield f"members not examined whole: {counts}"


_CONTAINER_OF_SUFFIX = (
    ((".whl", ".egg", ".zip"), "zip"),
    ((".tar.gz", ".tgz"), "tar.gz"),
    ((".tar.bz2", ".tbz", ".tbz2"), "tar.bz2"),
    ((".tar.xz", ".txz"), "tar.xz"),
    ((".tar",), "tar"),
)


def _is_mislabelled(filename: str, claims: FilenameClaims, container: str, kind: Kind) -> bool:
    """Return whether the content has another format or kind than the file's name claims."""
    lower = filename.lower()
    expected = next((expected for suffixes, expected in _CONTAINER_OF_SUFFIX if lower.endswith(suffixes)), container)
    return container != expected or (Kind.UNKNOWN not in {kind, claims.kind} and kind is not claims.kind)
