"""Reads a list of consecutive releases, and pairs each file with the release before it."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from pathlib import Path

from packaging.version import InvalidVersion, Version

from jobs.corpus.contract import Progress
from jobs.corpus.listing import read_list
from jobs.corpus.mirror_writer import MirrorWriter
from jobs.corpus.payloads.contract import HostFile, HostPair

MAX_HOST_BYTES = 3_000_000
_SUFFIXES = (".whl", ".tar.gz", ".zip", ".tgz")


def read_hosts(
    listing: Path, tree: Path, *, max_bytes: int = MAX_HOST_BYTES, progress: Progress = None
) -> list[HostFile]:
    """Return the listed files that a tree holds, in the order of their projects and versions; raises CorpusError.

    Files over `max_bytes`, of another form, or with an unparsable version are left out.
    """
    writer = MirrorWriter(tree)
    by_project: dict[str, list[HostFile]] = defaultdict(list)
    listed = read_list(listing)
    for number, file in enumerate(listed, 1):
        if progress is not None and number % 1000 == 0:
            progress(number, len(listed), file.project)
        if not file.filename.endswith(_SUFFIXES) or (file.size or 0) > max_bytes or _version(file.version) is None:
            continue
        placed = writer.find(file.project, file.filename, file.sha256)
        if placed is not None and placed.size <= max_bytes:
            by_project[file.project].append(
                HostFile(
                    project=file.project,
                    version=file.version,
                    filename=file.filename,
                    sha256=file.sha256,
                    path=str(tree / placed.path),
                    size=placed.size,
                    stratum=file.stratum,
                )
            )
    return [
        host
        for project in sorted(by_project)
        for host in sorted(by_project[project], key=lambda h: (_version(h.version) or Version("0"), h.filename))
    ]


def pair_hosts(hosts: Iterable[HostFile]) -> list[HostPair]:
    """Return each file with the nearest earlier release of its project, of its kind where there is one.

    The newest release of a project is also paired with itself: its version is raised, and the payload is all that
    changes.
    """
    by_project: dict[str, list[HostFile]] = defaultdict(list)
    for host in hosts:
        by_project[host.project].append(host)
    pairs = []
    for files in by_project.values():
        newest = max(_version(f.version) or Version("0") for f in files)
        for host in files:
            base = _find_base(host, files)
            if base is not None:
                pairs.append(HostPair(host, base))
            if _version(host.version) == newest:
                pairs.append(HostPair(host, host))
    return pairs


def _find_base(host: HostFile, files: Sequence[HostFile]) -> HostFile | None:
    version = _version(host.version)
    earlier = [f for f in files if version is not None and (_version(f.version) or version) < version]
    if not earlier:
        return None
    return max(earlier, key=lambda f: (f.kind == host.kind, _version(f.version) or Version("0")))


def _version(text: str) -> Version | None:
    try:
        return Version(text)
    except InvalidVersion:
        return None
