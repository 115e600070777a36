"""Defines a report format."""

from typing import Protocol

from audit.contract import AuditDocument


class ReportFormat(Protocol):
    """A way to present the document of a run."""

    @property
    def name(self) -> str:
        """The word for `boojum report --format`."""

    @property
    def filename(self) -> str:
        """Name of the report in the run's folder."""

    def render(self, document: AuditDocument) -> str:
        """Return the whole report; everything that came from a package is escaped for this format."""
