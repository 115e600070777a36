"""Says in sentences how a mirror is not what it was, which stands before everything else in a report."""

from collections.abc import Iterator

from audit.contract import AuditDocument

LENGTH = 500
"""Characters of a sentence that a report shows."""


def describe_faults(document: AuditDocument, most: int | None = None) -> Iterator[str]:
    """Yield the faults of a run's mirror as sentences, at most `most` of them (None: all); none if there are no faults.

    The first sentence is what they mean for the run. Names of files in them are hostile text, unescaped.
    """
    if not document.faults:
        return
    if document.standing_faults:
        standing = document.counts.get("standing", 0)
        files = f": {standing:,} files stand" if standing else ""
        yield f"INCOMPLETE: the mirror is not what it was. What could not be seen counts as it was{files}."
    else:
        yield "The mirror is not what it was."
    shown = document.faults[:most]
    yield from (f"{fault.code}: {fault.detail}" for fault in shown)
    if rest := len(document.faults) - len(shown):
        yield f"and {rest:,} more in the report"
