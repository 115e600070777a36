"""A distribution file opened in memory: who it is, what is in it, and what could not be examined."""

import os
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from features.archive.anomalies import STOPPING
from features.archive.budget import Budget, Reached
from features.archive.collection import Collection
from features.archive.container import Container, name_format, open_nested, read_container
from features.archive.member_paths import clean_all
from features.archive.retention import Draft
from features.archive.source import Source, identify, open_file
from features.archive.tar_reader import LINK_PROBLEMS
from features.contract import Kind, Member, Release, Status
from features.install.layout import find_layout
from features.install.roles import role_of
from features.limits import Limits
from features.packaging.names import FileName, parse_filename

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
    try:
        descriptor = open_file(path)
    except OSError as error:
        return _unreadable(_os_reason(error))
    except ValueError:
        return _unreadable("The path holds a zero byte.")
    try:
        return _open(descriptor, filename, limits, deadline)
    finally:
        os.close(descriptor)


def _open(descriptor: int, filename: str, limits: Limits, deadline: float) -> Opened:
    sums = ("", "")
    found = Collection(Budget(limits, deadline))
    try:
        identified = identify(descriptor)
        sums = (identified.sha256, identified.blake2b_256)
        source = identified.source
        if source.size == 0:
            return _unreadable("The file is empty.", *sums)
        if source.size > limits.artifact_bytes:
            reason = f"The file is larger than artifact_bytes ({source.size:,} of {limits.artifact_bytes:,} bytes)."
            return _unreadable(reason, *sums, limits=("artifact_bytes",))
        container = _collect(source, filename, found)
        head = source.read(0, 4096)
    except OSError as error:
        return _unreadable(_os_reason(error), *sums, limits=tuple(found.budget.reached))
    if not found.drafts:
        return _unreadable(_why_nothing(container, found.budget, head), *sums, limits=tuple(found.budget.reached))
    return _opened(container, filename, source.size, found, sums)


def _collect(source: Source, filename: str, found: Collection) -> Container:
    container = Container("")
    stem = filename.rpartition(".")[0] or "data"
    try:
        container = read_container(source, found, "", stem)
        open_nested(found)
    except Reached:
        pass
    return container


def _opened(container: Container, filename: str, size: int, found: Collection, sums: tuple[str, str]) -> Opened:
    budget = found.budget
    places = clean_all([draft.place or draft.path for draft in found.drafts])
    pairs = list(zip(found.drafts, places, strict=True))
    outer = [(place, draft) for draft, place in pairs if not draft.hidden and not draft.place]
    name = parse_filename(filename)
    layout = find_layout(container.name, name.kind, found.tops, outer, budget.end)
    if _is_mislabelled(filename, name, container.name, layout.kind):
        budget.note("mislabelled")
    members = [
        Member(
            draft.path,
            draft.size,
            draft.sort,
            role_of(place, draft.sort, layout, nested=bool(draft.place)),
            draft.data,
            draft.head,
            draft.digest,
            draft.kept,
            draft.executable,
            draft.problem,
            draft.key,
        )
        for draft, place in pairs
    ]
    release = Release(
        filename=filename,
        project=name.project,
        version=name.version,
        kind=layout.kind,
        container=container.name,
        size=size,
        members=tuple(members),
        root=layout.root,
        anomalies=dict(sorted(budget.anomalies.items())),
        limits=tuple(budget.reached),
        deadline=budget.deadline,
    )
    faults = tuple(_faults(budget, found.drafts))
    reason = say_partial(release.limits, faults)
    status = Status.PARTIAL if reason else Status.OK
    return Opened(release, status, reason, layout.kind, *sums, limits=release.limits, faults=faults)


def say_partial(limits: Sequence[str], faults: Sequence[str]) -> str:
    """Return why something was examined in part only, in one sentence; "" where nothing is left out."""
    parts = [f"limits reached: {', '.join(limits)}", *faults] if limits else faults
    return f"Examined in part; {'; '.join(parts)}." if parts else ""


def _unreadable(reason: str, sha256: str = "", blake2b_256: str = "", limits: tuple[str, ...] = ()) -> Opened:
    return Opened(None, Status.UNREADABLE, reason, Kind.UNKNOWN, sha256, blake2b_256, limits)


def _os_reason(error: OSError) -> str:
    return f"The file cannot be read: {(error.strerror or type(error).__name__).lower()}."


def _why_nothing(container: Container, budget: Budget, head: bytes) -> str:
    known = name_format(head)
    if known:
        return f"It is a {known} file, which cannot be examined."
    if budget.reached:
        return f"No member could be read before a limit was reached: {', '.join(budget.reached)}."
    if not container.name:
        return "It is not an archive."
    faults = [anomaly for anomaly in STOPPING if anomaly in budget.anomalies]
    if faults:
        return f"It is a damaged {container.name} archive ({', '.join(faults)}): no member could be read."
    return f"It is an empty {container.name} archive."


def _faults(budget: Budget, drafts: Sequence[Draft]) -> Iterator[str]:
    if damage := [anomaly for anomaly in STOPPING if anomaly in budget.anomalies]:
        yield f"damaged: {', '.join(damage)}"
    problems = Counter([draft.problem for draft in drafts if draft.problem and draft.problem not in LINK_PROBLEMS])
    for limit in budget.reached:
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


def _is_mislabelled(filename: str, name: FileName, container: str, kind: Kind) -> bool:
    lower = filename.lower()
    for suffixes, containers in _EXPECTED:
        if lower.endswith(suffixes):
            if container not in containers:
                return True
            break
    return kind is not Kind.UNKNOWN and name.kind is not Kind.UNKNOWN and kind is not name.kind
