"""The document of a run, built from the store and the scores of the demonstration."""

from datetime import date
from hashlib import sha256
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from audit.contract import FINDING_VERDICTS
from audit.decisions.contract import Waiver
from audit.decisions.matching import Decisions
from audit.document import build_document
from features.reference.known_code import KnownCode
from jobs.run.manifest import read_manifest
from jobs.run.run_folder import RunFolder
from model.contract import Verdict
from model.saved import load_card

pytestmark = pytest.mark.slow

TODAY = date(2026, 11, 22)


@pytest.fixture
def build(night):
    settings, run = night
    folder = RunFolder(run.document.run, Path(settings.out), run.folder, read_manifest(run.folder))

    def built(waivers=(), max_findings=1_000, **how):
        return build_document(folder, load_card(), Decisions(tuple(waivers)), max_findings, TODAY, **how)

    return built


@pytest.fixture
def scores(night):
    return pq.read_table(night[1].folder / "scores.parquet").to_pylist()


def test_the_bound_cuts_findings_to_review_and_none_more_severe(night, build):
    _, run = night
    cut = build(max_findings=1)
    severe = [finding.path for finding in run.document.findings if finding.verdict is not Verdict.REVIEW]
    assert 1 < len(severe) <= len(run.document.findings)
    assert severe == [finding.path for finding in cut.findings]
    assert run.document.totals == cut.totals


def test_totals_count_every_artifact_by_verdict_and_status(build, scores):
    run = build()
    assert len(scores) == sum(run.totals.values())
    assert run.findings_total == sum(row["verdict"] in FINDING_VERDICTS for row in scores)
    assert {row["status"] for row in scores} - {"ok"} == set(run.unexamined_totals)
    assert sum(row["status"] != "ok" for row in scores) == len(run.unexamined)


def test_the_histogram_counts_every_score_once(build, scores):
    histogram = build().histogram
    assert sum(row["score"] is not None for row in scores) == sum(count for _, count in histogram)
    assert sorted(histogram) == list(histogram)


def test_findings_are_ranked_and_have_reasons_locations_and_learners(build):
    findings = build().findings
    assert sorted((finding.score for finding in findings), reverse=True) == [finding.score for finding in findings]
    assert list(range(1, len(findings) + 1)) == [finding.rank for finding in findings]
    assert all(finding.reasons and finding.places and finding.learners for finding in findings)


def test_siblings_are_the_other_files_of_the_project(build, scores):
    finding = next(finding for finding in build().findings if finding.siblings)
    others = {row["filename"] for row in scores if row["project"] == finding.project} - {finding.filename}
    assert others == {sibling.filename for sibling in finding.siblings}
    assert len(others) == finding.siblings_total


def test_a_waiver_is_attached_and_counted(build, night):
    digest = night[1].document.findings[0].sha256
    waiver = Waiver(sha256=digest, owner="ops", reason="ours", expires=TODAY)
    run = build([waiver])
    assert waiver == run.findings[0].waiver
    assert sum(finding.sha256 == digest for finding in run.findings) == run.waived


def test_an_index_of_ones_own_adds_its_share(build, night):
    own = KnownCode.of({"ours": [int.from_bytes(sha256(b"x").digest()[:8], "big")]})
    assert {0.0} == {finding.own_known_share for finding in build(own_code=own).findings}
    assert {None} == {finding.own_known_share for finding in build().findings}


def test_an_artifact_counts_as_unread_in_every_run_of_the_night_that_read_it(build, night):
    # A second run in the same night does not swallow what the first one has to say.
    assert dict(night[1].document.unread) == build(fail_on_unread="stopped").unread
    assert sum(night[1].document.unread.values()) > 0


def test_recall_and_thresholds_are_those_of_the_card(build):
    run, card = build(), load_card()
    assert (card.points, card.limits) == (run.points, run.limits_of_use)
    assert set(run.found) <= {verdict.value for verdict in FINDING_VERDICTS}
    assert Verdict.MALICIOUS.value in run.found
