"""Tests findings.sarif: results, their places in members, and fingerprints that outlive a run."""

import json
from datetime import date

import pytest

from audit.contract import FindingChange
from audit.decisions.contract import Waiver
from audit.reports import sarif
from audit.reports.sarif import SarifReport
from jobs.contract import MirrorFault
from model.contract import Verdict


def run_of(document):
    (run,) = json.loads(SarifReport().render(document))["runs"]
    return run


def test_a_result_names_the_file_and_the_lines_in_its_members(document, finding):
    run = run_of(document(finding()))
    (result,) = run["results"]
    assert ("boojum/malicious", "error", 99.0, "new") == tuple(
        result[name] for name in ("ruleId", "level", "rank", "baselineState")
    )
    place = result["relatedLocations"][0]["physicalLocation"]
    assert {"startLine": 12, "snippet": {"text": "post(url)"}} == place["region"]
    member = run["artifacts"][place["artifactLocation"]["index"]]
    assert {"location": {"uri": "setup.py"}, "parentIndex": 0} == member
    assert f"{1:064x}" == run["artifacts"][0]["hashes"]["sha-256"]


def test_fingerprints_outlive_a_run_and_a_change_of_verdict(document, finding):
    first = run_of(document(finding()))["results"][0]
    later = run_of(
        document(finding(rank=7, score=0.5, verdict=Verdict.REVIEW, change=FindingChange.LOWERED), run="later")
    )["results"][0]
    assert first["partialFingerprints"] == later["partialFingerprints"]
    assert ("note", "updated") == (later["level"], later["baselineState"])


def test_a_waived_finding_is_suppressed_with_its_reason(document, finding):
    waiver = Waiver(sha256="", owner="ops", reason="known", expires=date(2027, 1, 1))
    (result,) = run_of(document(finding(waiver=waiver)))["results"]
    assert [{"kind": "external", "status": "accepted", "justification": "known (ops, until 2027-01-01)"}] == result[
        "suppressions"
    ]


def test_an_incomplete_run_says_so(document):
    (invocation,) = run_of(document(faults=(MirrorFault("shrank", "half of it is gone"),)))["invocations"]
    assert not invocation["executionSuccessful"]
    assert "half of it is gone" == invocation["toolExecutionNotifications"][0]["message"]["text"]


def test_results_over_the_bound_are_counted(document, finding, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(sarif, "RESULTS", 1)
    run = run_of(document(finding(1), finding(2)))
    assert 1 == len(run["results"])
    notes = [note["message"]["text"] for note in run["invocations"][0]["toolExecutionNotifications"]]
    assert "1 more findings are in scores.parquet only" in notes


@pytest.mark.parametrize("path", ["javascript:alert(1)", "//host/a", "a b#c?d", "\udcff"])
def test_a_path_is_no_address(document, finding, path):
    uri = run_of(document(finding(path=path)))["artifacts"][0]["location"]["uri"]
    assert not set(":#? ") & set(uri)
    assert not uri.startswith("/")
