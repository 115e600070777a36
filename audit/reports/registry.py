"""The report formats, in the order of the help text."""

from audit.contract import AuditError, ReportFormat
from audit.reports.csv import CsvReport
from audit.reports.html import HtmlReport
from audit.reports.json import JsonReport
from audit.reports.markdown import MarkdownReport

REPORTS: tuple[ReportFormat, ...] = (HtmlReport(), JsonReport(), CsvReport(), MarkdownReport())


class UnknownFormatError(AuditError):
    """A word for `--format` or `--to` that names no format."""

    def __init__(self, given: str, known: tuple[str, ...]) -> None:
        super().__init__(given)
        self.given = given
        self.hint = f"say one of: {', '.join(known)}"

    def __str__(self) -> str:
        return f"no format is called {self.given!r}"


def report_format(name: str) -> ReportFormat:
    """Return the report format of that name; raises UnknownFormatError."""
    for report in REPORTS:
        if report.name == name:
            return report
    raise UnknownFormatError(name, tuple(report.name for report in REPORTS))
