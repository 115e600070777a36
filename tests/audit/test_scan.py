"""Scanning single files: order, chunks and the text of a result."""

import os
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from audit.contract import EvidenceLocation, ScoreReason
from audit.decisions.contract import Scope, Waiver
from audit.decisions.matching import Decisions
from audit.scan import NoSuchArtifactError, ScanResult, next_steps, render_scan_result, require_files, scan_files
from audit.waived_scan import waive_results
from features.limits import Limits
from model.contract import Verdict
from model.saved import load_model

RESULT = ScanResult(
    path="dist/six-1.0.tar.gz",
    filename="six-1.0.tar.gz",
    project="six",
    version="1.0",
    kind="sdist",
    size=10,
    sha256="00",
    status="ok",
    reason="",
    extent="whole",
    score=0.5,
    verdict=Verdict.REVIEW,
    reasons=(ScoreReason("c", "does c", 1.0, 0.25),),
    places=(EvidenceLocation("setup.py", 3, "i", "runs a shell", "T1059", "install", "os.system('x')"),),
)


def test_a_result_is_a_line_with_reasons_and_locations_below():
    assert (
        "review     0.5000  dist/six-1.0.tar.gz\n"
        "    because of does c (+0.25)\n"
        "    setup.py:3: runs a shell\n"
        "        os.system('x')"
    ) == render_scan_result(RESULT)


def test_an_unreadable_file_has_no_score_but_a_reason():
    unreadable = replace(
        RESULT, score=None, verdict=Verdict.UNREADABLE, status="unreadable", reason="no archive", reasons=(), places=()
    )
    assert "unreadable         dist/six-1.0.tar.gz\n    unreadable: no archive" == render_scan_result(unreadable)


def test_text_from_a_package_is_escaped(hostile):
    location = EvidenceLocation(hostile, 1, "i", "m", "", "install", hostile)
    text = render_scan_result(replace(RESULT, path=hostile, status="partial", reason=hostile, places=(location,)))
    assert "\u202e" not in text
    assert 4 == text.count("\n")


def test_at_most_five_reasons_and_locations_are_shown():
    text = render_scan_result(replace(RESULT, reasons=RESULT.reasons * 6, places=RESULT.places * 6))
    assert (5, 5) == (text.count("because of"), text.count("setup.py:3"))


def test_a_folder_is_no_file(tmp_path):
    require_files([])
    with pytest.raises(NoSuchArtifactError, match="is not a file") as caught:
        require_files([tmp_path])
    assert "`boojum audit` takes folders" in caught.value.hint


def test_files_keep_their_order_over_chunks(make_wheel, make_sdist, tmp_path, monkeypatch):
    monkeypatch.setattr("audit.scan.CHUNK", 2)
    broken = tmp_path / "broken-1.0.zip"
    broken.write_bytes(b"no archive")
    files = [make_wheel({"demo/__init__.py": "x = 1\n"}), broken, make_sdist({"setup.py": "x = 1\n"}, "other", "2.0")]
    steps = []
    results = list(scan_files(files, load_model(), Limits(), lambda done, total, _: steps.append((done, total))))
    assert [file.name for file in files] == [result.filename for result in results]
    assert [("demo", "1.0"), ("other", "2.0")] == [(r.project, r.version) for r in results if r.score is not None]
    assert ("unreadable", None, Verdict.UNREADABLE) == (results[1].extent, results[1].score, results[1].verdict)
    assert [(0, 3), (1, 3), (2, 3), (3, 3)] == steps


def test_a_name_that_is_not_utf_8_is_read_and_written_with_a_backslash(make_wheel, tmp_path):
    odd = Path(os.fsdecode(os.fsencode(tmp_path) + b"/caf\xe9-1.0-py3-none-any.whl"))
    make_wheel({"demo/__init__.py": "x = 1\n"}).rename(odd)
    plain = make_wheel({"demo/__init__.py": "x = 1\n"})
    first, second = scan_files([odd, plain], load_model(), Limits(), lambda *_: None)
    assert ("caf\\xe9-1.0-py3-none-any.whl", "ok") == (first.filename, first.status)
    assert first.sha256 == second.sha256
    render_scan_result(first).encode()


TODAY = date(2026, 12, 1)
SIX = Waiver(
    scope=Scope.PROJECT,
    project="six",
    owner="Ada",
    reason="ours",
    expires=date(2027, 1, 31),
    decided=datetime(2026, 11, 30, tzinfo=UTC),
)


def test_a_waived_file_says_by_whom(tmp_path):
    file = replace(SIX, scope=Scope.FILE, sha256=RESULT.sha256, project="")
    (result,) = waive_results([RESULT], Decisions((file,)), tmp_path, TODAY)
    assert file == result.waiver
    assert "    waived by Ada until 2027-01-31: ours" in render_scan_result(result)
    assert [None] == [waive_results([RESULT], Decisions((file,)), tmp_path, date(2027, 2, 1))[0].waiver]


def test_a_waiver_of_a_project_covers_only_what_was_on_the_mirror_under_that_name(tmp_path, monkeypatch):
    there = {(RESULT.sha256, "six", "1.0"): date(2026, 11, 1)}
    monkeypatch.setattr("audit.waived_scan.find_first_days", lambda *_: there)
    renamed = replace(RESULT, project="six", version="2.0")
    other = replace(RESULT, sha256="11")
    results = waive_results([RESULT, renamed, other], Decisions((SIX,)), tmp_path, TODAY)
    assert [True, False, False] == [result.waiver is not None for result in results]
    assert "not waived: the waiver of project six by Ada (ours) does not cover files" in render_scan_result(results[1])


def test_a_scan_says_what_to_do_next_or_that_there_is_nothing(tmp_path):
    def result(name, verdict, status="ok", score=0.5):
        facts = ("p", name, "a", "1", "sdist", 1, "0", status, "", "whole", score, Verdict(verdict), (), ())
        return ScanResult(*facts)

    (line,) = next_steps([result("a.whl", "clear")])
    assert line.startswith("nothing to do")
    lines = list(
        next_steps([result("a.whl", "review"), result("b\x1b.whl", "malicious"), result("c", "clear", "partial")])
    )
    assert "next: read the first place of b\\u{1b}.whl" in lines[0]
    assert "1 not examined whole" in lines[1]
