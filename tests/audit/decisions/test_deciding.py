"""Tests the decisions of the command line: what is written, what it covers today, and what is refused."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from audit.config import ConfigError, Settings
from audit.decisions.contract import Scope, Waiver
from audit.decisions.deciding import block, label, waive
from audit.decisions.file import read_decisions
from audit.decisions.target import TargetError
from audit.errors import UsageError
from jobs.run.joined_scores import SCORES_SCHEMA

BEFORE = datetime.now(UTC) - timedelta(days=9)
WHO: dict[str, Any] = {"owner": "ops", "reason": "we read it"}


@pytest.fixture
def settings(publish, document, finding) -> Settings:
    findings = [
        finding(1, first_seen=BEFORE.date(), indicators=("os_system",)),
        finding(2, first_seen=BEFORE.date(), project="project-1", indicators=("discord_webhook", "os_system")),
        finding(3, first_seen=BEFORE.date()),
    ]
    out = publish(document(*findings))
    rows = [
        {name: getattr(found, name) for name in ("project", "version", "filename", "sha256", "path", "size")}
        | {"verdict": found.verdict.value}
        for found in findings
    ]
    pq.write_table(pa.Table.from_pylist(rows, schema=SCORES_SCHEMA), out / "runs" / "latest" / "scores.parquet")
    return Settings(out=str(out))


def written(settings):
    return read_decisions(Path(settings.out) / "waivers.toml")


def test_a_waiver_is_written_and_says_what_it_names(settings):
    found = waive(settings, "Project.1", expires="30d", **WHO)
    assert isinstance(found.decision, Waiver)
    assert (found.decision,) == tuple(
        replace(waiver, decided=found.decision.decided) for waiver in written(settings).waivers
    )
    assert (Scope.PROJECT, "project-1") == (found.decision.scope, found.decision.project)
    assert ["project_1-1.0.tar.gz", "project_2-1.0.tar.gz"] == [file.filename for file in found.files]
    assert () == found.uncovered
    assert "waived project project-1 until" in found.render()


def test_a_waiver_of_an_indicator_names_the_findings_that_it_does_not_cover(settings):
    found = waive(settings, "project-1", expires="30d", indicator="os_system", **WHO)
    assert [("project_2-1.0.tar.gz", True)] == [(name, "discord_webhook" in why) for name, why in found.uncovered]
    assert "not covered: project_2-1.0.tar.gz" in found.render()


def test_a_decision_about_a_file_has_its_name_as_a_comment(settings):
    waive(settings, f"{3:064x}", expires="30d", **WHO)
    assert "# project_3-1.0.tar.gz\n[[waiver]]" in (Path(settings.out) / "waivers.toml").read_text()


def test_another_file_is_written_where_one_is_named(settings, tmp_path):
    other = replace(settings, waivers=str(tmp_path / "etc" / "decisions.toml"))
    waive(other, "project-3", expires="30d", **WHO)
    block(other, "project-3", **WHO)
    assert (1, 1) == (
        len((found := read_decisions(Path(other.waivers))).waivers),
        len(found.blocks),
    )


@pytest.mark.parametrize(
    ("expected", "error", "changes"),
    [
        ("the mirror has no such file", TargetError, {"text": "project-9"}),
        ("the mirror has no such file", TargetError, {"text": "project-1==9"}),
        ("not in the future", UsageError, {"expires": "2020-01-01"}),
        ("--owner is empty", UsageError, {"owner": " "}),
        ("--reason is empty", UsageError, {"reason": ""}),
        ("--reason is not UTF-8", UsageError, {"reason": "\udcff"}),
        ("--owner has 2,000 characters", UsageError, {"owner": "x" * 2_000}),
        ("no indicator is called 'os_sistem'", UsageError, {"indicator": "os_sistem"}),
        ("--later-files is for", UsageError, {"text": f"{1:064x}", "later_files": True}),
    ],
)
def test_what_covers_nothing_or_says_nothing_is_refused(settings, expected, error, changes):
    with pytest.raises(error, match=expected):
        waive(settings, **({"text": "project-1", "expires": "30d", **WHO} | changes))
    assert not (Path(settings.out) / "waivers.toml").exists()


def test_a_typo_gets_a_suggestion(settings):
    with pytest.raises(TargetError) as caught:
        waive(settings, "projekt-3", expires="30d", **WHO)
    assert "did you mean project-3" in caught.value.hint


def test_a_file_or_a_project_that_is_to_come_can_be_waived_with_a_notice(settings):
    assert waive(settings, "9" * 64, expires="30d", **WHO).notices
    assert waive(settings, "project-9", expires="30d", later_files=True, **WHO).notices


def test_a_block_is_written_also_for_what_is_not_there(settings):
    assert 2 == len(block(settings, "project-1", **WHO).files)
    assert any("the mirror has no such file" in notice for notice in block(settings, "project-9", **WHO).notices)
    assert ["project-1", "project-9"] == [entry.project for entry in written(settings).blocks]


def test_a_later_decision_replaces_an_earlier_one(settings):
    block(settings, "project-1", **WHO)
    assert () == waive(settings, "project-1", expires="30d", **WHO).uncovered
    block(settings, "project-1", **WHO)
    assert 2 == len(waive(settings, "project-1", expires="30d", indicator="os_system", **WHO).uncovered)


def test_a_label_names_one_file_and_its_owner(settings):
    label(settings, f"{1:064x}", "malicious", why="it steals", owner=None)
    label(settings, "9" * 64, "benign", why="ours", owner="ops")
    assert [("malicious", f"{1:064x}"), ("benign", "9" * 64)] == [
        (entry.label, entry.sha256) for entry in written(settings).labels
    ]
    assert written(settings).labels[0].owner


def test_a_file_that_is_not_toml_is_refused(settings):
    (Path(settings.out) / "waivers.toml").write_text("[[")
    with pytest.raises(ConfigError, match="is not TOML"):
        block(settings, "project-1", **WHO)
    assert "[[" == (Path(settings.out) / "waivers.toml").read_text()


def test_after_a_night_that_did_not_see_all_of_the_mirror_a_block_says_so(settings):
    manifest = Path(settings.out) / "runs" / "latest" / "manifest.json"
    written = json.loads(manifest.read_text())
    manifest.write_text(json.dumps(written | {"faults": [{"code": "empty", "detail": "nothing is there"}]}))
    assert any("did not see all of the mirror" in notice for notice in block(settings, "project-9", **WHO).notices)


@pytest.mark.parametrize("verb", ["waive", "block"])
@pytest.mark.parametrize("who", [{"owner": " "}, {"reason": ""}, {"reason": "x" * 1_001}, {"owner": "\udcff"}])
def test_both_verbs_ask_alike_who_decides_and_why(settings, verb, who):
    decide: Callable[..., object] = partial(waive, expires="30d") if verb == "waive" else block
    with pytest.raises(UsageError, match=f"--{next(iter(who))} "):
        decide(settings, "project-1", **(WHO | who))
