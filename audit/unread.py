"""What reading left out, and how much of it counts for the exit status."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping

from audit.contract import AuditDocument
from features.completeness import Completeness
from features.contract import Status

COUNTED: Mapping[str, tuple[Completeness, ...]] = {
    "never": (),
    "unreadable": (Completeness.UNREADABLE,),
    "stopped": (Completeness.UNREADABLE, Completeness.STOPPED),
    "partial": (Completeness.UNREADABLE, Completeness.STOPPED, Completeness.PARTIAL),
}
"""What each word of `--fail-on-unread` counts, the worst first."""
NAMED = 5
"""Artifacts that are named where they are counted; the report lists more."""


def count_unread(extents: Iterable[str], fail_on_unread: str) -> dict[str, int]:
    """Return how many of these extents make exit status 3, by extent, the worst first; {} for none."""
    counts = Counter(extents)
    return {extent.value: counts[extent] for extent in COUNTED[fail_on_unread] if counts[extent]}


def words_of(counted: Mapping[str, int], fail_on_unread: str) -> str:
    """Return what was counted as half a sentence: "3 artifacts were not read whole: 1 unreadable, 2 stopped (...)"."""
    number = sum(counted.values())
    said = ", ".join(f"{count:,} {extent}" for extent, count in counted.items())
    whole = f"{number:,} artifact{' was' if number == 1 else 's were'} not read whole"
    return f"{whole}: {said} (--fail-on-unread {fail_on_unread})"


def named_unread(document: AuditDocument) -> Iterator[tuple[str, str]]:
    """Yield filename and reason of the first artifacts that count, else of unreadable ones, as a package gave them."""
    counted = [item for item in document.unexamined if item.extent in document.unread]
    counted = counted or [item for item in document.unexamined if item.status == Status.UNREADABLE.value]
    yield from ((item.filename, item.reason) for item in counted[:NAMED])
