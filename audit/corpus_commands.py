"""Parses the inputs of `boojum corpus` and renders its results as text."""

import contextlib
import math
from collections.abc import Mapping, Sequence
from pathlib import Path

from packaging.utils import canonicalize_name

from audit.context import rank_by_dependents
from audit.errors import UsageError
from audit.escape import as_terminal
from audit.query import connect
from features.reference.popular_names import POPULAR_FILE
from features.runtime.atomic_write import write_atomically
from jobs.corpus.change_rows import ChangeRowsBuilt
from jobs.corpus.contract import BuildResult
from jobs.corpus.crawl import CrawlCache
from jobs.corpus.known_code import KnownReport
from jobs.corpus.known_sample import PROJECTS, sample_known
from jobs.corpus.listing import write_list
from jobs.corpus.payloads.building import PayloadsBuilt
from jobs.corpus.person_labels import LabelledRowsBuilt
from jobs.corpus.releases import ReleasesReport
from jobs.corpus.rows import RowsBuilt
from jobs.corpus.sample import STRATA, SampleReport, read_excluded, scale_strata
from jobs.corpus.variants.building import VariantsBuilt
from jobs.corpus.words import WordsReport
from jobs.store.lock import reading


def parse_strata(text: str | None, total: int) -> Mapping[str, int]:
    """Return sizes by stratum that sum to about `total`.

    `text` is "name=weight,name=weight" (weight 1 where it is left out); None means the strata of the shipped list.
    Raises UsageError for an unknown stratum or a weight that is not a number of at least zero.
    """
    weights: dict[str, float] = {}
    for part in text.split(",") if text else []:
        name, _, weight = part.partition("=")
        weights[name.strip()] = _parse_weight(weight or "1", part)
    unknown = sorted(set(weights) - set(STRATA))
    if unknown:
        raise UsageError(f"--strata names no stratum {unknown[0]!r}", f"choose from {', '.join(STRATA)}")
    if not weights:
        return scale_strata(total)
    if not sum(weights.values()):
        raise UsageError("--strata has no weight above zero", "write name=weight,name=weight")
    return scale_strata(total, weights)


def _parse_weight(text: str, part: str) -> float:
    try:
        weight = float(text)
    except ValueError:
        weight = math.nan
    if not 0 <= weight < math.inf:
        raise UsageError(f"--strata has no weight in {part!r}", "write name=weight,name=weight")
    return weight


def render_build(built: BuildResult) -> str:
    """Return the text of a corpus build: counts, and reasons for the first five artifacts that are missing."""
    size = f"{built.bytes / 2**20:,.0f} MiB in {built.out}, {built.seconds:,.0f} s"
    lines = [f"{built.listed:,} listed: {built.written:,} written, {built.kept:,} already there, {size}"]
    if built.missing:
        lines.append(f"{len(built.missing):,} could not be fetched; see {built.out / 'missing.csv'}")
        lines += [f"  {as_terminal(lost.filename, 80)}: {as_terminal(lost.reason, 120)}" for lost in built.missing[:5]]
    return "\n".join(lines)


def render_sample(report: SampleReport, file: Path) -> str:
    """Return the text of a drawn sample: the size of each stratum, and where there were too few candidates."""
    lines = [f"{report.rows:,} artifacts drawn into {file}"]
    lines += [f"  {number:>6,} {stratum}" for stratum, number in report.by_stratum.items()]
    lines += [f"  {stratum} lacks {number:,} artifacts" for stratum, number in report.short.items() if number]
    if report.unanswered:
        lines.append(f"  the index did not answer for {report.unanswered:,} names")
    return "\n".join(lines)


def render_releases(report: ReleasesReport, file: Path) -> str:
    """Return the text of a drawn list of consecutive releases: the projects of each stratum."""
    lines = [f"{report.files:,} files of consecutive releases listed in {file}"]
    lines += [f"  {number:>6,} {stratum} projects" for stratum, number in report.projects.items()]
    if report.unanswered:
        lines.append(f"  the index did not answer for {report.unanswered:,} names")
    return "\n".join(lines)


def render_words_report(report: WordsReport) -> str:
    """Return the text of a list of words: how many there are, and what they were read from."""
    return (
        f"{report.words:,} words of {report.artifacts:,} artifacts of {report.projects:,} projects, "
        f"{report.bytes / 2**10:,.0f} KiB"
    )


def render_payloads(built: PayloadsBuilt) -> str:
    """Return the text of a build of next releases: counts, and the five families that could be built least often."""
    lines = [f"{built.positives:,} releases with payloads and {built.twins:,} honest ones in {built.manifest}"]
    if built.resumed:
        lines.append(f"  {built.resumed:,} of them were there")
    if built.skipped:
        lines.append(f"  {sum(built.skipped.values()):,} could not be built")
        lines += [f"    {number:,} {as_terminal(reason, 120)}" for reason, number in list(built.skipped.items())[:5]]
    return "\n".join(lines)


def read_names(file: Path | None, top: int | None) -> list[str]:
    """Return the first `top` names of a file with one name a line (None: the popular names); `#` begins a comment.

    Raises UsageError for a file that cannot be read.
    """
    file = file or POPULAR_FILE
    try:
        lines = file.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{file} cannot be read ({error})", "name a text file with one project a line") from error
    names = [name for line in lines if (name := line.partition("#")[0].strip())]
    return names[:top]


def draw_known_list(
    file: Path, names: Sequence[str], cache: Path, *, exclude: Sequence[Path], projects: int | None
) -> int:
    """Write the releases that an index of known code is built from, drawn from a crawl; return their number.

    `names` are the candidates in order, of which the first `projects` (None: 2,000) that have suitable files count.
    `cache` is the folder in which `corpus sample` keeps its crawl. Raises UsageError where there is none.
    """
    crawl = cache / "projects"
    if not crawl.is_dir():
        raise UsageError(f"{cache} has no crawl", "run `boojum corpus sample` first, or name its --cache")
    releases = sample_known(
        map(canonicalize_name, names),
        CrawlCache(crawl),
        exclude=read_excluded(exclude),
        projects=PROJECTS if projects is None else projects,
    )
    write_list(file, releases)
    return len(releases)


def write_ranked_names(out: Path, file: Path, most: int, *, plain: bool) -> int:
    """Write the names that most projects of the last run's mirror depend on, in descending order; return their number.

    With `plain` the file has names alone, one a line, like the shipped list; otherwise it is CSV of name and
    dependents. Raises QueryError where no run has finished.
    """
    with reading(out), contextlib.closing(connect(out)) as connection:
        ranked = rank_by_dependents(connection, most)
    lines = [name if plain else f"{name},{count}" for name, count in ranked]
    write_atomically(
        file, ("\n".join(lines if plain else ["name,dependents", *lines]) + "\n").encode(), durable=True, parents=True
    )
    return len(ranked)


def render_known(report: KnownReport, file: Path) -> str:
    """Return the text of a built index of known code."""
    size = f"{report.bytes / 2**20:.1f} MiB, {report.seconds:,.0f} s"
    lines = [
        f"{report.digests:,} digests of {report.projects:,} projects in {file}, {size}",
        f"{report.shared:,} of them occur in many projects and belong to none",
    ]
    unread = sum(report.unread.values())
    if unread:
        lines.append(f"{unread:,} of {report.artifacts:,} artifacts could not be read:")
        lines += [f"  {count:>6,} {as_terminal(reason, 120)}" for reason, count in report.unread.items()]
    return "\n".join(lines)


def render_rows(built: RowsBuilt) -> str:
    """Return the text of built training rows: their numbers, and the reasons for what was left out."""
    size = f"{built.bytes / 2**20:.1f} MiB"
    left_out = f"left out: {built.capped:,} near-duplicates, {built.left_out:,} unreliable labels"
    lines = [
        f"{built.malicious:,} malicious and {built.benign:,} benign rows in {built.path}, {size}",
        f"{built.unreadable:,} unreadable; {left_out}",
        f"{built.reviewed:,} of these labels are benign, and a person found the artifact grey or malicious",
    ]
    if built.missing:
        lines.append(f"{built.missing:,} listed artifacts are in no tree: run `boojum corpus` again to fetch them")
    return "\n".join(lines)


def render_labelled_rows(built: LabelledRowsBuilt) -> str:
    """Return the text of the rows of labelled files: their numbers, and the first digests that have none."""
    lines = [f"{built.malicious:,} malicious and {built.benign:,} benign rows in {built.path}"]
    if built.missing:
        named = ", ".join(digest[:12] for digest in built.missing[:5])
        lines.append(f"{len(built.missing):,} labelled files have no row in the store, so none read them yet: {named}")
    return "\n".join(lines)


def render_change_rows(built: ChangeRowsBuilt) -> str:
    """Return the text of built changes: their numbers, and how many built releases have none."""
    size = f"{built.bytes / 2**20:.1f} MiB"
    lines = [f"{built.payloads:,} changes with a payload and {built.honest:,} honest ones in {built.path}, {size}"]
    if built.missing:
        lines.append(f"{built.missing:,} built releases have no row: they could not be read, or their base could not")
    return "\n".join(lines)


def render_variants(built: VariantsBuilt) -> str:
    """Return the text of made variants: the size of each set, and the reasons for those that could not be made."""
    made, folder = sum(built.rows.values()), built.training.parent
    lines = [f"{made:,} of {built.planned:,} variants made ({built.resumed:,} of an earlier call): {folder}"]
    lines += [f"  {number:>6,} {name}" for name, number in built.rows.items()]
    if built.skipped:
        lines.append(f"{sum(built.skipped.values()):,} could not be made:")
        lines += [f"  {number:>6,} {as_terminal(reason, 100)}" for reason, number in built.skipped.items()]
    return "\n".join(lines)
