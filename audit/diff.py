"""Compares two distribution files for a person: what the second has that the first has not."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from audit.contract import ReleaseDifference
from audit.difference import difference_sentences, parse_difference
from audit.errors import StatedError
from audit.escape import as_terminal
from audit.member_diff import MemberDiff, diff_members
from audit.query import connect
from features.contract import Artifact, Progress, Release, Row, Status
from features.extract import extract_row
from features.limits import Limits
from features.opening import open_release
from features.packaging.names import normalise, parse_filename
from features.schema import rows_table
from jobs.changes.compare import compare
from jobs.changes.contract import BaseKind
from jobs.run.manifest import read_manifest
from jobs.store.lock import reading
from model.change.scoring import ChangeModel

PLACES_SHOWN = 16
_EXCERPT = 160


class DiffError(StatedError):
    """Two sides that cannot be compared."""


@dataclass(frozen=True, slots=True)
class Side:
    """One side of a comparison: the file, and its distribution name."""

    path: Path
    filename: str


@dataclass(frozen=True, slots=True)
class DiffResult:
    """The things that `release` has and `base` has not; `members` are in the order in which a person should read them.

    Names and lines are hostile text, unescaped. `score` and `verdict` are those of the change, None and "" where the
    model scores no changes.
    """

    base: str
    release: str
    base_kind: str
    score: float | None
    verdict: str
    difference: ReleaseDifference
    members: tuple[MemberDiff, ...]


def find_side(given: str, out: Path, like: Side | None = None) -> Side:
    """Return the file that a person names: a path, or `project==version` on the mirror of the last run below `out`.

    Of several files of a release, that of the same kind as `like` is taken, else the source distribution. Raises
    DiffError.
    """
    path = Path(given)
    if path.is_file():
        return Side(path, path.name)
    project, separator, version = given.partition("==")
    if not separator:
        raise DiffError(f"{given} is not a file", "name a distribution file, or a release as project==version")
    found = _files_of(out, normalise(project), version)
    if not found:
        raise DiffError(f"the last run knows no file of {project} {version}", "name a file, or audit the mirror first")
    kind = parse_filename(like.filename).kind if like is not None else None
    found.sort(key=lambda side: (parse_filename(side.filename).kind is not kind, side.filename.endswith(".whl")))
    if not found[0].path.is_file():
        raise DiffError(f"{found[0].path} is not there any more", "name a file, or audit the mirror again")
    return found[0]


def _files_of(out: Path, project: str, version: str) -> list[Side]:
    with reading(out), connect(out) as connection:
        root = Path(read_manifest(out / "runs" / "latest").mirror.root)
        rows = connection.execute(
            "SELECT path, filename FROM artifacts WHERE project = ? AND version = ? ORDER BY filename, path",
            [project, version],
        ).fetchall()
    return [Side(root / path, filename) for path, filename in rows]


def diff_files(
    base: Side, release: Side, model: ChangeModel, limits: Limits, lines: int, progress: Progress
) -> DiffResult:
    """Compare two files; raises DiffError where one cannot be read.

    `lines` bounds the lines of the texts that are shown.
    """
    progress(0, 2, f"reading {base.filename}")
    before = _row(base, limits)
    progress(1, 2, f"reading {release.filename}")
    after = _row(release, limits)
    kind = _base_kind(before[0], after[0])
    table = compare(rows_table([after]), rows_table([before]), [kind.value])
    scored = model.score(table)
    row = table.to_pylist()[0] | scored.to_pylist()[0]
    row["members_total"] = len(row["changed_members"] or ())
    difference = parse_difference(row)
    first = list(dict.fromkeys(place.member for place in difference.places))
    first += [member.path for member in difference.members]
    opened = [_open(side, limits) for side in (base, release)]
    members = tuple(diff_members(opened[0], opened[1], first, lines))
    progress(2, 2, "compared")
    return DiffResult(
        base.filename, release.filename, kind.value, difference.score, difference.verdict, difference, members
    )


def _row(side: Side, limits: Limits) -> tuple[Artifact, Row]:
    claims = parse_filename(side.filename)
    artifact = Artifact(str(side.path), side.filename, side.path.stat().st_size, claims.project, claims.version)
    row = extract_row(side.path, side.filename, limits)
    if row.status is Status.UNREADABLE:
        raise DiffError(f"{side.path} cannot be read: {row.reason}", "name another file")
    return artifact, row


def _open(side: Side, limits: Limits) -> Release:
    opened = open_release(side.path, side.filename, limits)
    if opened.release is None:
        raise DiffError(f"{side.path} cannot be read: {opened.reason}", "name another file")
    return opened.release


def _base_kind(before: Artifact, after: Artifact) -> BaseKind:
    if before.project != after.project:
        return BaseKind.RELATIVE
    return BaseKind.SIBLING if before.version == after.version else BaseKind.RELEASE


def render_diff(result: DiffResult) -> str:
    """Return a comparison as text for a terminal."""
    score = "not scored" if result.score is None else f"{result.verdict} {result.score:.4f}"
    lines = [f"{as_terminal(result.base)} -> {as_terminal(result.release)} ({result.base_kind}): {score}"]
    lines += [
        f"    because of {as_terminal(reason.meaning)} (+{reason.contribution:.2f})"
        for reason in result.difference.reasons[:5]
    ]
    # The places are listed on their own.
    sentences = difference_sentences(replace(result.difference, places=()))
    lines += [f"    {as_terminal(sentence)}" for sentence in sentences]
    for place in result.difference.places[:PLACES_SHOWN]:
        lines.append(f"    new: {as_terminal(place.member)}:{place.line}: {place.meaning}")
        if place.excerpt:
            lines.append(f"        {as_terminal(place.excerpt, _EXCERPT)}")
    lines += _member_lines(result.members)
    return "\n".join(lines)


def _member_lines(members: Sequence[MemberDiff]) -> Iterator[str]:
    for member in members:
        note = f" ({member.note})" if member.note else ""
        yield f"{member.change}: {as_terminal(member.path)}{note}"
        for line in member.lines:
            yield f"    {as_terminal(line)}"
