"""Scanning single files: order, chunks and the text of a result."""

from dataclasses import replace

import pytest

from audit.contract import EvidenceLocation, ScoreReason
from audit.scan import NoSuchArtifactError, ScanResult, render_scan_result, require_files, scan_files
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
