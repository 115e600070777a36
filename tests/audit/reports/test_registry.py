"""The registry of report formats."""

from pathlib import Path

import pytest

import audit.reports
from audit.reports.registry import REPORTS, report_pieces


def test_every_format_on_disk_is_registered():
    there = {p.stem for p in Path(audit.reports.__file__).parent.glob("*.py")} - {"__init__", "contract", "registry"}
    assert there == {report.name for report in REPORTS}


def test_file_names_are_the_promised_ones():
    nightly = [report.filename for report in REPORTS if report.nightly]
    assert ["report.html", "findings.json", "findings.csv", "report.md", "boojum.prom"] == nightly
    assert len(REPORTS) == len({report.filename for report in REPORTS}) == len({report.name for report in REPORTS})


def test_a_name_that_is_no_format_is_an_error(run_folder, document):
    with pytest.raises(KeyError):
        list(report_pieces("pdf", document(), run_folder))


@pytest.mark.parametrize("name", [report.name for report in REPORTS])
def test_a_document_without_findings_is_a_report_too(name, run_folder, document):
    assert name in {"attestations", "cef"} or b"".join(report_pieces(name, document(), run_folder))


@pytest.mark.parametrize("name", [report.name for report in REPORTS if report.name != "osv"])
def test_hostile_text_acts_in_no_report(name, run_folder, hostile_document):
    text = b"".join(report_pieces(name, hostile_document, run_folder)).decode()
    assert not [char for char in text if char in "\u202e\x1b\x00\u2028"]


def test_a_name_that_is_no_utf8_is_in_every_report(run_folder, document, finding):
    odd = finding(filename="a\udcff-1.tar.gz", path="packages/a\udcff-1.tar.gz", project="a\udcff", version="1\udcff")
    for report in REPORTS:
        b"".join(report_pieces(report.name, document(odd), run_folder)).decode("utf-8", "replace")
