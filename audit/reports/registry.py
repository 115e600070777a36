"""Lists the report formats, in the order of the help text."""

from collections.abc import Iterator

from audit.contract import AuditDocument
from audit.reports.attestations import AttestationsReport
from audit.reports.cef import CefReport
from audit.reports.contract import ReportFormat, ReportKind, StreamedReport
from audit.reports.csv import CsvReport
from audit.reports.cyclonedx import CycloneDxReport
from audit.reports.html import HtmlReport
from audit.reports.json import JsonReport
from audit.reports.jsonl import JsonLinesReport
from audit.reports.markdown import MarkdownReport
from audit.reports.osv import OsvReport
from audit.reports.prometheus import PrometheusReport
from audit.reports.sarif import SarifReport
from jobs.run.run_folder import RunFolder

TEXTS: tuple[ReportFormat, ...] = (
    HtmlReport(),
    JsonReport(),
    CsvReport(),
    MarkdownReport(),
    JsonLinesReport(),
    SarifReport(),
    CefReport(),
)
"""Formats that are made from the document alone."""
STREAMED: tuple[StreamedReport, ...] = (
    PrometheusReport(),
    OsvReport(),
    CycloneDxReport(),
    AttestationsReport(),
)
"""Formats that need the run's tables too, or are no text."""
REPORTS: tuple[ReportKind, ...] = (*TEXTS, *STREAMED)


def report_kind(name: str) -> ReportKind:
    """Return the format of a name; raises KeyError for one that is not registered."""
    return {report.name: report for report in REPORTS}[name]


def report_pieces(name: str, document: AuditDocument, run: RunFolder) -> Iterator[bytes]:
    """Yield the report of a run in the format of a name; raises KeyError for one that is not registered."""
    texts = {report.name: report for report in TEXTS}
    if name in texts:
        yield texts[name].render(document).encode("utf-8", "backslashreplace")
    else:
        yield from {report.name: report for report in STREAMED}[name].stream(document, run)
