"""Derives the exit status of a command from what it found."""

from dataclasses import dataclass

from audit.contract import AuditDocument
from audit.exits import Exit
from model.contract import Verdict

_SEVERITY = {
    Verdict.KNOWN_BAD: 4,
    Verdict.MALICIOUS: 3,
    Verdict.SUSPICIOUS: 2,
    Verdict.REVIEW: 1,
    Verdict.CLEAR: 0,
    Verdict.UNREADABLE: 0,
}


def severity(verdict: Verdict | str) -> int:
    """Return a number that orders verdicts: 4 for known bad down to 0 for clear and unreadable."""
    return _SEVERITY[Verdict(verdict)]


def fail_on_severity(fail_on: str) -> int:
    """Return the least severity that `--fail-on` counts; for "never" one that no verdict has."""
    return max(_SEVERITY.values()) + 1 if fail_on == "never" else severity(fail_on)


@dataclass(frozen=True, slots=True)
class Outcome:
    """The counts that decide the exit status."""

    alerts: int
    """Artifacts at or above `--fail-on` that no waiver covers, under `--fail-on-new` only those that are news.

    Files that were replaced in place count too.
    """
    failed: int = 0
    """Artifacts on which boojum itself failed; a damaged archive is not one of them."""
    unread: int = 0
    """Incompletely read artifacts that `--fail-on-unread` counts."""
    faults: int = 0
    """Ways in which the mirror is not what it was, so that what could not be seen stands."""
    withheld: int = 0
    """Files that were kept from the blocklist although no person decided so."""

    @property
    def status(self) -> Exit:
        """The exit status.

        An incomplete run is reported first, because it may have missed something; then what is found and not blocked.
        """
        if self.failed or self.unread or self.faults:
            return Exit.INCOMPLETE
        if self.withheld:
            return Exit.WITHHELD
        return Exit.FINDINGS if self.alerts else Exit.COMPLETE


def run_outcome(document: AuditDocument, fail_on: str, *, only_new: bool = False) -> Outcome:
    """Return the outcome of a nightly run; `only_new` counts findings only if they are new or graver."""
    least = fail_on_severity(fail_on)
    alerts = sum(
        1
        for finding in document.findings
        if finding.waiver is None and severity(finding.verdict) >= least and (finding.is_new or not only_new)
    )
    withheld = max(len(document.withheld), bool(document.blocklist_refused))
    # A file that was replaced in place is an alert, whatever its verdict.
    replaced = 0 if fail_on == "never" else sum(fault.code == "replaced" for fault in document.faults)
    unread = sum(document.unread.values())
    return Outcome(alerts + replaced, document.failed, unread, len(document.standing_faults), withheld)
