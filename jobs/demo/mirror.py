"""Writes the demonstration's mirror, with one example of each finding that an audit should report."""

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from features.contract import Progress
from features.runtime.atomic_write import write_atomically
from jobs.corpus.layout import PlacedFile, place_file
from jobs.corpus.mirror_writer import MirrorWriter
from jobs.demo.package import build_sdist, build_wheel
from jobs.demo.template import DemoProject, DemoRelease, read_projects

_BUILDERS = {"sdist": build_sdist, "wheel": build_wheel}
_SYNCED = datetime(2024, 2, 1, 3, 0, tzinfo=UTC)
_SERIAL = 21_740_552
_YANKED = "lanternweb-0.2.0-py3-none-any.whl"
_YANKED_REASON = "answers HEAD requests with a body"
_TAMPERED = "retrygate-1.1.0.tar.gz"
_INTERRUPTED = "tidemark-0.6.1-py3-none-any.whl"
_UNLISTED_RELEASE = DemoRelease("0.1.0", datetime(2020, 8, 3, 9, 30, tzinfo=UTC), ("sdist",))
_CUT_RELEASE = DemoRelease("1.6.1", datetime(2022, 6, 10, 9, 30, tzinfo=UTC), ("sdist", "wheel"))
_CUT_SDIST_BYTES = 48  # the head of the gzip stream, without any member


@dataclass(frozen=True, slots=True)
class DemoMirror:
    """The mirror that was written: `files` artifacts of `projects` projects, and the filenames of special ones.

    `lookalikes` imitate malware. No member of `unreadable` can be read, and only some of `damaged`. `unlisted` is on no
    index page, `mismatched` does not match the digest in its path, and `yanked` was yanked. `partial` is an interrupted
    download and no artifact.
    """

    root: Path
    projects: int
    files: int
    lookalikes: tuple[str, ...]
    unreadable: str
    damaged: str
    unlisted: str
    partial: str
    mismatched: str
    yanked: str


def write_demo_mirror(root: Path, progress: Progress | None = None) -> DemoMirror:
    """Write the mirror into a folder that is new or holds an earlier demonstration; its bytes are always the same.

    Raises CorpusError if the folder holds something else, and OSError if it cannot be written.
    """
    writer = MirrorWriter(root)
    projects = list(read_projects())
    placed: dict[str, PlacedFile] = {}
    lookalikes: list[str] = []
    for number, project in enumerate(projects):
        for release in project.releases:
            for kind in release.kinds:
                filename, content = _BUILDERS[kind](project, release.version, release.time)
                placed[filename] = _add(writer, project, release, filename, content)
                if release.version in project.fields("Lookalike"):
                    lookalikes.append(filename)
        if progress is not None:
            progress(number + 1, len(projects), project.name)
    by_name = {project.name: project for project in projects}
    unreadable, damaged = _add_truncated_release(writer, by_name["unitfold"])
    unlisted = _place_unlisted(root, by_name["gridmoments"])
    writer.finish(_SERIAL, when=_SYNCED)
    _tamper(root / placed[_TAMPERED].path, by_name["retrygate"])
    partial = _write_partial(root / placed[_INTERRUPTED].path)
    return DemoMirror(
        root=root,
        projects=len(projects),
        files=len(placed) + len((unreadable, damaged, unlisted)),
        lookalikes=tuple(lookalikes),
        unreadable=unreadable,
        damaged=damaged,
        unlisted=unlisted,
        partial=partial,
        mismatched=_TAMPERED,
        yanked=_YANKED,
    )


def _add(writer: MirrorWriter, project: DemoProject, release: DemoRelease, filename: str, content: bytes) -> PlacedFile:
    is_yanked = filename == _YANKED
    return writer.add(
        project.name,
        release.version,
        filename,
        content,
        release.time,
        requires_python=project.field("Requires-Python") or None,
        yanked=is_yanked,
        yanked_reason=_YANKED_REASON if is_yanked else None,
        info={"summary": project.field("Summary"), "author": project.field("Author")},
    )


def _add_truncated_release(writer: MirrorWriter, project: DemoProject) -> tuple[str, str]:
    """Add a release of truncated files: they are listed and match their digests, but are no complete archives."""
    sdist, content = build_sdist(project, _CUT_RELEASE.version, _CUT_RELEASE.time)
    _add(writer, project, _CUT_RELEASE, sdist, content[:_CUT_SDIST_BYTES])
    wheel, content = build_wheel(project, _CUT_RELEASE.version, _CUT_RELEASE.time)
    _add(writer, project, _CUT_RELEASE, wheel, content[: len(content) // 3])
    return sdist, wheel


def _place_unlisted(root: Path, project: DemoProject) -> str:
    """Place a release that was deleted upstream: its file stays on the mirror and can be downloaded."""
    filename, content = build_sdist(project, _UNLISTED_RELEASE.version, _UNLISTED_RELEASE.time)
    place_file(root, filename, content, _UNLISTED_RELEASE.time)
    return filename


def _tamper(path: Path, project: DemoProject) -> None:
    """Replace a file by a build of the next day, as a person with access to the disk could."""
    release = project.releases[-1]
    _, content = build_sdist(project, release.version, release.time.replace(day=release.time.day + 1))
    write_atomically(path, content, mtime=release.time)


def _write_partial(beside: Path) -> str:
    """Write a temporary file as bandersnatch leaves it of an interrupted download; return its name."""
    partial = beside.parent / f".{beside.name}.k3v_91xa"
    partial.write_bytes(beside.read_bytes()[:700])
    partial.chmod(0o600)
    return partial.name
