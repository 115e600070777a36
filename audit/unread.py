"""Counts the artifacts that were not read completely and decides which of them change the exit status."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping

from audit.contract import AuditDocument
from features.completeness import Completeness
from features.contract import Status

COUNTED_BY_LEVEL: Mapping[str, tuple[Completeness, ...]] = {
    "never": (),
    "unreadable": (Completeness.UNREADABLE,),
    "stopped": (Completeness.UNREADABLE, Completeness.STOPPED),
    "partial": (Completeness.UNREADABLE, Completeness.STOPPED, Completeness.PARTIAL),
}
"""Degrees of completeness that each level of `--fail-on-unread` counts, the worst first."""
EXAMPLES = 5
"""Artifacts that the summary names; the report lists more."""


def count_unread(extents: Iterable[str], level: str) -> dict[str, int]:
    """Return the number of artifacts that a level counts, by completeness, the worst first; {} for none."""
    counts = Counter(extents)
    return {extent.value: counts[extent] for extent in COUNTED_BY_LEVEL[level] if counts[extent]}


def describe_unread(counts: Mapping[str, int], level: str) -> str:
    """Return the counts in words: "3 artifacts were not read completely: 1 unreadable, 2 stopped (...)"."""
    total = sum(counts.values())
    by_extent = ", ".join(f"{count:,} {extent}" for extent, count in counts.items())
    artifacts = f"{total:,} artifact{' was' if total == 1 else 's were'}"
    return f"{artifacts} not read completely: {by_extent} (--fail-on-unread {level})"


def unread_examples(document: AuditDocument) -> Iterator[tuple[str, str]]:
    """Yield filename and reason of the first counted artifacts, or of unreadable ones if none is counted.

    Both are hostile text, unescaped.
    """
    counted = [artifact for artifact in document.unexamined if artifact.extent in document.unread]
    unreadable = [artifact for artifact in document.unexamined if artifact.status == Status.UNREADABLE.value]
    yield from ((artifact.filename, artifact.reason) for artifact in (counted or unreadable)[:EXAMPLES])
