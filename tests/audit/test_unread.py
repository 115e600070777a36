"""Tests incompletely read artifacts: they are counted once, in the night that read them, and change the exit status."""

import json
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import pytest

from audit import cli
from audit.config import CHOICES, Settings
from audit.contract import UnexaminedArtifact
from audit.exits import Exit
from audit.nightly import audit_mirror
from audit.unread import COUNTED_BY_LEVEL, EXAMPLES, count_unread, describe_unread, unread_examples
from features.completeness import STOPPING_LIMITS, Completeness
from features.limits import Limits
from tests.audit.conftest import FILES


def silent(done: int, total: int, stage: str) -> None:
    pass


@pytest.mark.slow
def test_a_night_counts_what_it_read_and_the_next_one_does_not(folder, tmp_path, capsys):
    argv = ["audit", str(folder), "--out", str(tmp_path / "out"), "--workers", "1", "--fail-on", "never"]
    argv += ["--config", str(folder / "boojum.toml")]
    assert Exit.INCOMPLETE == cli.main(argv)
    output = capsys.readouterr().out
    assert "INCOMPLETE: 2 artifacts were not read completely: 1 unreadable, 1 stopped\n" in output
    assert output.index(f"  {FILES[0]}: ") < output.index(f"  {FILES[2]}: Examined in part; ")
    assert f"  {FILES[1]}: " not in output
    latest = tmp_path / "out" / "runs" / "latest"
    for file in ("report.html", "report.md"):
        text = (latest / file).read_text()
        assert "2 artifacts were not read completely: 1 unreadable, 1 stopped" in text
        assert 2 == text.count(">counted<") + text.count("(counted)")
    assert {"unreadable": 1, "stopped": 1} == json.loads((latest / "findings.json").read_text())["unread"]
    assert "stopped" == json.loads((latest / "manifest.json").read_text())["config"]["fail_on_unread"]
    assert Exit.COMPLETE == cli.main(argv)
    output = capsys.readouterr().out
    assert "INCOMPLETE" not in output
    assert f"  {FILES[0]}: " in output
    assert Exit.COMPLETE == cli.main([*argv, "--json"])
    assert {} == json.loads(capsys.readouterr().out)["unread"]
    assert "incomplete" not in (latest / "report.html").read_text()


@pytest.mark.slow
def test_what_a_run_read_that_left_no_report_counts_in_the_next_and_what_is_waived_does_not(folder, tmp_path):
    settings = Settings(mirror=str(folder), out=str(tmp_path / "out"), workers=1, limits=Limits(nesting=0))
    file = tmp_path / "waivers.toml"

    def late(done: int, total: int, stage: str) -> None:
        if stage == "writing reports":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        audit_mirror(settings, late)
    digest = sha256((folder / FILES[0]).read_bytes()).hexdigest()
    file.write_text(f'[[waiver]]\nsha256 = "{digest}"\nowner = "ops"\nreason = "a test"\nexpires = 9999-01-01\n')
    night = audit_mirror(replace(settings, waivers=str(file)), silent)
    assert 0 == night.document.counts["read"]
    assert {"stopped": 1} == night.document.unread


def test_the_words_are_those_of_the_settings():
    assert set(CHOICES["fail_on_unread"]) == set(COUNTED_BY_LEVEL)
    assert Settings().fail_on_unread in COUNTED_BY_LEVEL
    everything = [extent.value for extent in Completeness]
    assert {"unreadable": 1, "stopped": 1, "partial": 1} == count_unread(everything, "partial")
    assert {} == count_unread(everything, "never")
    assert "2 artifacts were not read completely: 2 stopped (--fail-on-unread stopped)" == describe_unread(
        {"stopped": 2}, "stopped"
    )


@pytest.mark.parametrize(
    ("expected", "level"),
    [
        ({}, "never"),
        ({"unreadable": 2}, "unreadable"),
        ({"unreadable": 2, "stopped": 1}, "stopped"),
        ({"unreadable": 2, "stopped": 1, "partial": 1}, "partial"),
    ],
)
def test_a_level_counts_the_levels_before_it_too(expected, level):
    extents = ["partial", "unreadable", "whole", "stopped", "unreadable", ""]
    assert list(expected.items()) == list(count_unread(extents, level).items())


def test_one_artifact_is_singular():
    assert "1 artifact was not read completely: 1 unreadable (--fail-on-unread stopped)" == describe_unread(
        {"unreadable": 1}, "stopped"
    )


def artifact(name, status, extent):
    return UnexaminedArtifact("p", "1", name, name, "", 1, status, f"reason of {name}", extent)


def test_examples_are_counted_artifacts_or_else_unreadable_ones(document):
    unexamined = (
        artifact("a", "partial", "stopped"),
        artifact("b", "partial", "partial"),
        artifact("c", "unreadable", ""),
    )
    counted = document(unexamined=unexamined, unread={"stopped": 1})
    assert [("a", "reason of a")] == list(unread_examples(counted))
    assert [("c", "reason of c")] == list(unread_examples(document(unexamined=unexamined)))


def test_examples_are_bounded(document):
    many = tuple(artifact(str(number), "unreadable", "unreadable") for number in range(EXAMPLES + 1))
    assert EXAMPLES == len(list(unread_examples(document(unexamined=many, unread={"unreadable": 6}))))


def test_docs_help_and_settings_name_the_same_words(capsys):
    page = (Path(__file__).parents[2] / "docs" / "operations.md").read_text(encoding="utf-8")
    for command in ("audit", "scan"):
        with pytest.raises(SystemExit):
            cli.main([command, "--help"])
        assert f"--fail-on-unread {{{','.join(CHOICES['fail_on_unread'])}}}" in capsys.readouterr().out
    for word in COUNTED_BY_LEVEL:
        assert f"\n| `{word}`" in page
    stopped = next(line for line in page.splitlines() if line.startswith("| `stopped`"))
    assert STOPPING_LIMITS - {"artifact_bytes"} == {word for word in STOPPING_LIMITS if f"`{word}`" in stopped}
    assert f'| `fail_on_unread` | `"{Settings().fail_on_unread}"` |' in page
