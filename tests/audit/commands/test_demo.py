"""`boojum demo`: its summary and its exit status."""

from pathlib import Path

import pytest

from audit import cli
from audit.exits import Exit
from audit.nightly import NightlyResult
from audit.outcome import Outcome


@pytest.mark.parametrize(("expected", "failed"), [(Exit.COMPLETE, 0), (Exit.INCOMPLETE, 1)])
def test_findings_are_no_failure_of_a_demonstration(expected, failed, monkeypatch, document, finding, capsys):
    made = NightlyResult(document(finding(), failed=failed), Path("out"), Outcome(1, failed=failed), 1, "")
    monkeypatch.setattr("audit.demo.audit_demo", lambda *_: made)
    assert expected == cli.main(["demo", "--quiet"])
    assert "report: out/report.html\n" in capsys.readouterr().out
