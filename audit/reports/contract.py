"""Defines the report formats: those that are one text, and those that are streamed because they may be large."""

from collections.abc import Iterator
from typing import Protocol

from audit.contract import AuditDocument
from jobs.run.run_folder import RunFolder


class ReportKind(Protocol):
    """The name and the place of a report."""

    @property
    def name(self) -> str:
        """The word for `boojum report --format`."""

    @property
    def filename(self) -> str:
        """Name of the report in the run's folder."""

    @property
    def summary(self) -> str:
        """The reader of the report and what it is, in a few words."""

    @property
    def nightly(self) -> bool:
        """True if every run writes it."""


class ReportFormat(ReportKind, Protocol):
    """A way to present the document of a run as one text."""

    def render(self, document: AuditDocument) -> str:
        """Return the whole report; everything that came from a package is escaped for this format."""


class StreamedReport(ReportKind, Protocol):
    """A report that also needs the run's tables, or that is no text."""

    def stream(self, document: AuditDocument, run: RunFolder) -> Iterator[bytes]:
        """Yield the report piece by piece; everything that came from a package is escaped for this format."""
