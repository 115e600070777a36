"""Tests the comparison of two runs: each step with its reason, and runs that cannot be compared."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from audit.contract import AuditDocument, Finding
from audit.decisions.contract import Waiver
from audit.news.comparison import Difference, RunComparison, Step, compare_runs
from audit.runs import NoSuchRunError, find_run
from jobs.run.joined_scores import SCORES_SCHEMA
from jobs.run.manifest import read_manifest
from model.contract import Verdict

Publish = Callable[..., Path]
BEFORE, AFTER = "20261121T033000Z-aaaa", "20261122T033000Z-bbbb"


@pytest.fixture
def run(publish: Callable[[AuditDocument], Path], document: Any, finding: Any) -> Publish:
    """Publish a run whose artifacts are given as number=verdict or number=dict, and return its folder."""

    def published(name: str, artifacts: dict[int, Any], waived: tuple[int, ...] = (), model: str = "m") -> Path:
        rows, findings = [], []
        for number, given in artifacts.items():
            told = given if isinstance(given, dict) else {"verdict": given}
            found: Finding = finding(number)
            row = {"sha256": found.sha256, "score": 0.5, "spoke": "artifact", "base_filename": "", **told}
            names = {"project": found.project, "version": "1.0", "filename": found.filename, "path": found.path}
            rows.append(names | row)
            if number in waived:
                waiver = Waiver(sha256=found.sha256, owner="ops", reason="ours", expires=document().finished.date())
                findings.append(replace(found, waiver=waiver))
        out = publish(document(*findings, run=name, model=model))
        pq.write_table(pa.Table.from_pylist(rows, SCORES_SCHEMA), out / "runs" / name / "scores.parquet")
        return find_run(out, name)

    return published


def steps(comparison: RunComparison) -> dict[str, str]:
    """Return the step and the reason of each listed finding by its number."""
    return {
        each.project.removeprefix("project-"): f"{each.step.value} {each.why}".strip()
        for each in comparison.differences
    }


def test_each_step_has_its_reason(run: Publish) -> None:
    before = {
        1: "review",
        2: "malicious",
        3: "suspicious",
        4: "suspicious",
        5: "review",
        6: "review",
        7: "clear",
        8: "malicious",
        9: "review",
        10: "review",
    }
    after = {
        1: "suspicious",
        2: "review",
        3: "clear",
        5: "unreadable",
        6: {"verdict": "clear", "sha256": "ff"},
        7: "review",
        8: "malicious",
        9: "review",
        10: "review",
        11: "malicious",
    }
    comparison = compare_runs(run(BEFORE, before, waived=(9,)), run(AFTER, after, waived=(10,)))
    assert {
        "11": "new",
        "7": "new",
        "9": "new its waiver ended",
        "1": "graver",
        "2": "milder",
        "3": "cleared its score is lower",
        "5": "cleared it cannot be read now",
        "6": "cleared other bytes stand in its place",
        "4": "gone it is no longer on the mirror",
        "10": "waived",
    } == steps(comparison)
    assert {"new": 3, "graver": 1, "milder": 1, "cleared": 3, "gone": 1, "waived": 1, "same": 1} == comparison.counts
    assert [step for step in Step if step is not Step.SAME] == list(
        dict.fromkeys(d.step for d in comparison.differences)
    )
    assert "11" == comparison.differences[0].project.removeprefix("project-")


@pytest.mark.parametrize(
    ("why", "before", "after"),
    [
        (
            "it is compared with another base: b-1.tar.gz",
            {"spoke": "change", "base_filename": "a-1.tar.gz"},
            {"base_filename": "b-1.tar.gz"},
        ),
        ("it is compared with another base: none", {"spoke": "change", "base_filename": "a-1.tar.gz"}, {}),
        ("its score is lower", {"spoke": "change", "base_filename": "a"}, {"base_filename": "a"}),
        ("its campaign is gone", {"spoke": "campaign", "campaign": 3}, {}),
        ("its score is lower", {"spoke": "campaign", "campaign": 3}, {"campaign": 1}),
    ],
)
def test_a_cleared_finding_says_what_changed(run: Publish, why: str, before: Any, after: Any) -> None:
    folders = run(BEFORE, {1: {"verdict": "review", **before}}), run(AFTER, {1: {"verdict": "clear", **after}})
    assert {"1": f"cleared {why}"} == steps(compare_runs(*folders))


def test_another_model_is_said_and_is_the_reason(run: Publish) -> None:
    comparison = compare_runs(run(BEFORE, {1: "review"}), run(AFTER, {1: "clear"}, model="other"))
    assert ("the model differs: m, then other",) == comparison.remarks
    assert {"1": "cleared another model judges it"} == steps(comparison)


def test_another_schema_version_and_mirror_are_said(run: Publish) -> None:
    folders = run(BEFORE, {}), run(AFTER, {})
    manifest = read_manifest(folders[1])
    changed = replace(
        manifest,
        fingerprint="x",
        boojum_version="9",
        mirror=replace(manifest.mirror, root="/else"),
        model=manifest.model,
    )
    (folders[1] / "manifest.json").write_text(changed.to_json())
    remarks = " ".join(compare_runs(*folders).remarks)
    assert "the feature schema differs: fedcba9876543210, then x" in remarks
    assert "the version of boojum differs: 0.1.0, then 9" in remarks
    assert "the mirror differs: /srv/pypi, then /else" in remarks


def test_a_run_against_itself_and_backwards_says_so(run: Publish) -> None:
    before, after = run(BEFORE, {1: "review"}), run(AFTER, {1: "review"})
    assert ("both are the same run",) == compare_runs(before, before).remarks
    assert 1 == compare_runs(before, before).counts["same"]
    (before / "manifest.json").write_text(
        replace(read_manifest(before), started=read_manifest(after).started.replace(year=2030)).to_json()
    )
    assert ("the second run is the older one",) == compare_runs(before, after).remarks


def test_only_news_at_or_above_a_severity_count(run: Publish) -> None:
    comparison = compare_runs(run(BEFORE, {1: "review", 2: "malicious"}), run(AFTER, {1: "malicious", 3: "suspicious"}))
    assert [2, 2, 1, 0] == [comparison.news(least) for least in (1, 2, 3, 4)]


def test_a_run_of_an_older_boojum_lacks_columns(run: Publish) -> None:
    before, after = run(BEFORE, {1: "review"}), run(AFTER, {1: "clear"})
    table = pq.read_table(before / "scores.parquet").drop_columns(["spoke", "base_filename", "campaign"])
    pq.write_table(table, before / "scores.parquet")
    assert {"1": "cleared its score is lower"} == steps(compare_runs(before, after))


@pytest.mark.parametrize("file", ["scores.parquet", "findings.json", "manifest.json"])
@pytest.mark.parametrize("text", [None, "", "{"])
def test_a_damaged_run_is_an_error_that_names_the_file(run: Publish, file: str, text: str | None) -> None:
    before, after = run(BEFORE, {1: "review"}), run(AFTER, {1: "clear"})
    if text is None:
        (after / file).unlink()
    else:
        (after / file).write_text(text)
    with pytest.raises(NoSuchRunError, match=r"cannot be read"):
        compare_runs(before, after)


def test_findings_over_the_bound_are_counted(run: Publish, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("audit.news.comparison.LISTED", 2)
    comparison = compare_runs(run(BEFORE, {}), run(AFTER, dict.fromkeys(range(5), "review")))
    assert (5, 2) == (comparison.counts["new"], len(comparison.differences))


def test_verdicts_are_those_of_the_two_runs(run: Publish) -> None:
    (difference,) = compare_runs(
        run(BEFORE, {1: {"verdict": "review", "score": 0.25}}), run(AFTER, {2: "clear"})
    ).differences
    assert isinstance(difference, Difference)
    assert (Verdict.REVIEW, "", 0.25) == (difference.before, difference.after, difference.score)
