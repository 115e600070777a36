"""Tests the findings that are built from rows, and their comparison with the previous run."""

from datetime import date

import pytest

from audit.contract import FindingChange, Sibling
from audit.decisions.contract import Waiver
from audit.decisions.matching import Decisions
from audit.findings import build_findings, find_resolved
from audit.news.baseline import Baseline, read_baseline
from audit.reports.json import JsonReport
from model.contract import Verdict

TODAY = date(2026, 11, 22)


def row(number=1, verdict="malicious", **changes):
    base = {
        "project": "p",
        "version": "1.0",
        "filename": f"p-{number}.tar.gz",
        "kind": "sdist",
        "path": f"packages/{number}",
        "sha256": f"{number:064x}",
        "blake2b_256": "",
        "size": 10,
        "status": "ok",
        "reason": "",
        "score": 0.9,
        "verdict": verdict,
        "score_forest": 0.8,
        "score_boosting": 0.7,
        "reasons": [{"column": "c", "meaning": "it does c", "value": None, "contribution": 1.0}],
        "evidence": [
            {
                "member": "setup.py",
                "line": 3,
                "indicator": "no_such_id",
                "role": "install",
                "excerpt": "x",
                "weight": 1.0,
            }
        ],
    }
    return base | changes


def waive(number, expires=TODAY):
    return Waiver(sha256=f"{number:064x}", owner="ops", reason="ours", expires=expires)


def findings_of(rows, previous=None, waivers=(), siblings=None):
    return list(build_findings(rows, siblings or {}, Decisions(tuple(waivers)), previous or Baseline(), TODAY))


def test_a_row_becomes_a_finding():
    found = findings_of([row(1), row(2, "review")])
    assert [(1, Verdict.MALICIOUS), (2, Verdict.REVIEW)] == [(f.rank, f.verdict) for f in found]
    assert (("boosting", 0.7), ("forest", 0.8)) == found[0].learners
    assert ("it does c", None) == (found[0].reasons[0].meaning, found[0].reasons[0].value)
    assert ("setup.py", 3, "no such id") == (
        found[0].places[0].member,
        found[0].places[0].line,
        found[0].places[0].meaning,
    )


def test_siblings_are_other_files_newest_first():
    there = [Sibling(f"p-{v}.tar.gz", v, "clear", 0.0) for v in ("1", "10", "9", "2a1", "junk")]
    found = findings_of([row(1)], siblings={"p": there})
    assert ["10", "9", "2a1", "junk"] == [s.version for s in found[0].siblings]
    assert 4 == found[0].siblings_total


def test_a_waiver_marks_a_finding_until_it_expires():
    waivers = [waive(1), waive(2, expires=date(2026, 1, 1))]
    assert [True, False] == [f.waiver is not None for f in findings_of([row(1), row(2)], waivers=waivers)]


@pytest.fixture
def previous(tmp_path, document, finding):
    before = document(
        finding(1, path="packages/1", verdict=Verdict.REVIEW),
        finding(2, path="packages/2"),
        finding(3, path="packages/3", verdict=Verdict.SUSPICIOUS),
        finding(4, path="packages/4"),
        finding(5, path="packages/5", waiver=waive(5)),
    )
    (tmp_path / "findings.json").write_text(JsonReport().render(before))
    return read_baseline(tmp_path)


def test_each_change_is_distinguished(previous):
    rows = [row(1), row(2), row(3, "review"), row(5), row(9)]
    expected = [FindingChange.RAISED, FindingChange.SAME, FindingChange.LOWERED, FindingChange.NEW, FindingChange.NEW]
    assert expected == [f.change for f in findings_of(rows, previous)]


def test_a_resolved_finding_has_its_reason_and_a_waived_one_is_not_resolved(previous):
    waived = [waive(2)]
    found = findings_of([row(2)], previous, waived)
    now = {"packages/1": "clear", "packages/2": "malicious", "packages/3": "review"}
    cleared = find_resolved(previous, found, now)
    assert {
        "project_1-1.0.tar.gz": "it is clear now",
        "project_4-1.0.tar.gz": "it is no longer on the mirror",
    } == {c.filename: c.why for c in cleared}
