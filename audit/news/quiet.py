"""Decides whether a night has something to tell, so that `--quiet` can be silent where it has not."""

from collections.abc import Collection

from audit.contract import AuditDocument


def has_news(document: AuditDocument, held_before: Collection[str] = ()) -> bool:
    """Return whether a run has something that its reader does not know.

    That is a new or graver finding, an artifact that was not read, a file that was withheld from the blocklist, one
    that waits for a person and is not among the digests `held_before`, or a fault.
    """
    return bool(
        document.new_findings
        or document.faults
        or document.failed
        or document.unread
        or document.withheld
        or document.blocklist_refused
        or any(case.sha256 not in held_before for case in document.held)
        or document.skipped_runs
        or document.counts.get("dropped_parts")
    )
