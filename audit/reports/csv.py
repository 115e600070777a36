"""Renders findings.csv: one line a finding, safe to open in a spreadsheet."""

import csv
import io

from audit.contract import AuditDocument, Finding
from audit.escape import as_csv_cell
from audit.feeds.wording import describe_match
from jobs.contract import MirrorFault

_CELL = 500
HEADER = (
    "rank", "verdict", "score", "change", "project", "version", "filename", "kind", "size", "sha256", "path",
    "status", "reason", "uploaded", "listed", "yanked", "waived_by", "reasons", "place", "excerpt",
    "spoke", "artifact_score", "change_score", "base", "campaign", "blocked", "held",
    "seen", "project_status", "unlisted_since", "first_seen", "feeds", "required_by",
)  # fmt: skip


class CsvReport:
    """The ranking as comma-separated values (RFC 4180); no cell is a formula."""

    name = "csv"
    filename = "findings.csv"
    summary = "a spreadsheet: one line a finding"
    nightly = True

    def render(self, document: AuditDocument) -> str:
        """Return the CSV text, with a header line."""
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\r\n")
        writer.writerow(HEADER)
        writer.writerows(_fault_row(fault) for fault in document.faults)
        writer.writerows(_row(finding) for finding in document.findings)
        return text.getvalue()


def _fault_row(fault: MirrorFault) -> list[object]:
    """Return the line of a fault of the mirror: its verdict is "fault", its status the code."""
    values = {"verdict": "fault", "status": fault.code, "reason": as_csv_cell(fault.detail, _CELL)}
    return [values.get(name, "") for name in HEADER]


def _row(finding: Finding) -> list[object]:
    location = next(iter(finding.verdict_places), None)
    difference = finding.difference
    values = (
        finding.rank,
        finding.verdict.value,
        f"{finding.score:.6f}",
        finding.change.value,
        finding.project,
        finding.version,
        finding.filename,
        finding.kind,
        finding.size,
        finding.sha256,
        finding.path,
        finding.status,
        finding.reason,
        finding.upload_time.isoformat() if finding.upload_time else "",
        finding.listed,
        finding.yanked,
        finding.waiver.owner if finding.waiver else "",
        "; ".join(reason.meaning for reason in finding.verdict_reasons),
        f"{location.member}:{location.line}" if location else "",
        location.excerpt if location else "",
        finding.spoke,
        _score(finding.artifact_score),
        _score(difference.score if difference else None),
        difference.base_filename if difference else "",
        finding.campaign.number if finding.campaign else "",
        finding.blocked,
        finding.held,
        finding.seen,
        finding.project_status,
        finding.unlisted_since.isoformat() if finding.unlisted_since else "",
        finding.first_seen.isoformat() if finding.first_seen else "",
        "; ".join(describe_match(match) for match in finding.feeds),
        finding.requiring_total or "",
    )
    return [as_csv_cell(value, _CELL) if isinstance(value, str) else "" if value is None else value for value in values]


def _score(score: float | None) -> str:
    return "" if score is None else f"{score:.6f}"
