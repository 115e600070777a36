"""Tests of the words for operating points, and of their table in docs/model.md."""

from pathlib import Path

from audit.operating_points import (
    describe_point,
    describe_points,
    describe_result,
    judged_files,
    render_point_table,
)
from model.contract import OperatingPoint, OperatingPointResult, Verdict
from model.saved import load_card

DOCS = (Path(__file__).parents[2] / "docs" / "model.md").read_text(encoding="utf-8")


def test_a_point_is_described_by_its_expected_alarms_and_their_bound():
    point = OperatingPoint(Verdict.SUSPICIOUS, 0.9, 0.001, 3, 3_000, 0.0003, 0.0024, extrapolated=False)
    assert (
        "suspicious: fixed so that at most 1 in 1,000 harmless files reaches it. Of 10,700 new files a night expect "
        "11 false alarms (at most 26, at 95 %), and find 85 of 100 malware campaigns never seen before."
    ) == describe_point(point, 10_700, 0.85)
    assert "Of 1,000 files read in this run expect 1 false alarm (at most 3, at 95 %)." in describe_point(
        point, 1_000, None, "files read in this run"
    )
    assert "expect less than one false alarm (at most 1, at 95 %)" in describe_point(point, 100)


def test_none_measured_is_no_promise_of_none():
    point = OperatingPoint(Verdict.MALICIOUS, 0.99, 0.0001, 0, 3_000, 0.0, 0.001, extrapolated=True)
    assert (
        "malicious: fixed so that at most 1 in 10,000 harmless files reaches it. Of 10,000 new files a night expect no "
        "false alarm (at most 10, at 95 %). 3,000 files are too few to support that rate, so the threshold lies "
        "above all of them."
    ) == describe_point(point, 10_000)


def test_a_fixed_point_is_described_by_its_result_on_test_rows():
    fixed = OperatingPointResult(Verdict.REVIEW, 0.5, 20, 2_000, 0.015, 0.97, 0.95)
    assert (
        "review: fixed so that at most 1 in 100 harmless files reaches it. Of 500 new files a night expect "
        "5 false alarms (at most 8, at 95 %), and find 95 of 100 malware campaigns never seen before."
    ) == describe_result(fixed, 500)


def test_a_report_speaks_of_the_files_of_its_run(document):
    assert all("Of 10 files read in this run" in words for words in describe_points(document()))
    unchanged = document(counts={"on_disk": 3_000, "read": 0})
    assert all("Of 10,685 new files a night" in words for words in describe_points(unchanged))


def test_files_of_an_interrupted_run_count_with_those_that_were_read():
    assert 7 == judged_files({"read": 3, "resumed": 4})[0]
    assert 7 == judged_files({"read": 0, "resumed": 7})[0]


def test_the_table_in_the_docs_is_that_of_the_shipped_model():
    table = render_point_table(load_card())
    assert table in DOCS, f"put this in its place in docs/model.md:\n\n{table}\n"
