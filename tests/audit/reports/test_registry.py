"""The registry of report formats."""

from pathlib import Path

import pytest

import audit.reports
from audit.reports.registry import REPORTS, report_format


def test_every_format_on_disk_is_registered():
    there = {p.stem for p in Path(audit.reports.__file__).parent.glob("*.py")} - {"__init__", "contract", "registry"}
    assert there == {report.name for report in REPORTS}


def test_file_names_are_the_promised_ones():
    assert ["report.html", "findings.json", "findings.csv", "report.md"] == [report.filename for report in REPORTS]


def test_a_name_finds_its_format():
    assert all(report_format(report.name) is report for report in REPORTS)
    with pytest.raises(KeyError):
        report_format("pdf")
