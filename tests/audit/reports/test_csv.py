"""Tests findings.csv: one line for each finding, and no cell that a spreadsheet calculates."""

import csv
import io

from audit.reports.csv import HEADER, CsvReport


def test_csv_has_a_line_a_finding_and_no_formula(hostile_document):
    lines = list(csv.reader(io.StringIO(CsvReport().render(hostile_document))))
    assert 3 == len(lines)
    assert ["1", "malicious", "0.990000", "new"] == lines[1][:4]
    assert "ops" == lines[2][lines[0].index("waived_by")]
    assert not [cell for line in lines for cell in line if cell[:1] in "=+@" and cell]


def test_a_finding_without_locations_and_dates_has_empty_cells(document, finding):
    bare = finding(places=(), reasons=(), upload_time=None, listed=None, yanked=None)
    header, line = csv.reader(io.StringIO(CsvReport().render(document(bare))))
    assert HEADER == tuple(header)
    cells = dict(zip(header, line, strict=True))
    assert {"uploaded": "", "listed": "", "yanked": "", "reasons": "", "place": "", "excerpt": "", "waived_by": ""} == {
        name: cells[name] for name in ("uploaded", "listed", "yanked", "reasons", "place", "excerpt", "waived_by")
    }


def test_reasons_and_the_first_location_are_cells(document, finding):
    header, line = csv.reader(io.StringIO(CsvReport().render(document(finding()))))
    cells = dict(zip(header, line, strict=True))
    assert "posts data to a webhook when installed" == cells["reasons"]
    assert ("setup.py:12", "post(url)") == (cells["place"], cells["excerpt"])
