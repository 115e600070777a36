"""`boojum report`: a finished run in each format, on stdout or in a file."""

import json

import pytest

from audit import cli
from audit.exits import Exit
from audit.reports.json import parse_document
from audit.reports.registry import REPORTS, report_pieces
from jobs.run.run_folder import read_run


@pytest.mark.parametrize("report", REPORTS, ids=lambda report: report.name)
def test_every_format_is_written(report, publish, document, finding, tmp_path):
    out, run = publish(document(finding())), document(finding())
    into = tmp_path / "report"
    argv = ["report", run.run, "--out", str(out), "--format", report.name, "--into", str(into)]
    assert Exit.COMPLETE == cli.main(argv)
    folder = read_run(out / "runs" / "latest")
    assert b"".join(report_pieces(report.name, run, folder)) == into.read_bytes()


def test_markdown_of_the_last_run_is_the_default(publish, document, capsys):
    assert Exit.COMPLETE == cli.main(["report", "--out", str(publish(document()))])
    assert capsys.readouterr().out.startswith("# boojum: /srv/pypi\n")


def test_json_is_the_document(publish, document, finding, capsys):
    cli.main(["report", "--out", str(publish(document(finding()))), "--json"])
    assert document(finding()) == parse_document(capsys.readouterr().out)


def test_an_unknown_format_names_the_known_ones(capsys):
    assert Exit.MISUSE == cli.main(["report", "--format", "pdf"])
    error = capsys.readouterr().err
    assert all(report.name in error for report in REPORTS)


def test_a_damaged_run_is_misuse(publish, document, capsys):
    out = publish(document())
    (out / "runs" / "latest" / "findings.json").write_text(json.dumps({}))
    assert Exit.MISUSE == cli.main(["report", "--out", str(out)])
    assert "cannot be read" in capsys.readouterr().err
