"""Lists the report formats, in the order of the help text."""

from audit.reports.contract import ReportFormat
from audit.reports.csv import CsvReport
from audit.reports.html import HtmlReport
from audit.reports.json import JsonReport
from audit.reports.markdown import MarkdownReport

REPORTS: tuple[ReportFormat, ...] = (HtmlReport(), JsonReport(), CsvReport(), MarkdownReport())


def report_format(name: str) -> ReportFormat:
    """Return the report format of a name; raises KeyError for one that is not registered."""
    return {report.name: report for report in REPORTS}[name]
