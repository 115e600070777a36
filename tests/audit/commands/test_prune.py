"""`boojum prune`: its output, its JSON and its refusals."""

import json

import pytest

from audit import cli
from audit.exits import Exit


@pytest.fixture
def out(publish, document):
    for run in ("20260101T000000Z-aaaa", "20260102T000000Z-bbbb"):
        folder = publish(document(run=run))
        (folder / "runs" / "latest").unlink()
    (folder / "runs" / "latest").symlink_to(run)
    return folder


def prune(out, *words):
    return cli.main(["prune", "--out", str(out), *words])


def test_it_prints_what_it_removes_and_what_it_keeps_and_why(out, capsys):
    assert Exit.COMPLETE == prune(out, "--keep-runs", "1", "--keep-days", "0")
    first, second, *_ = capsys.readouterr().out.splitlines()
    assert first.startswith("removed runs/20260101T000000Z-aaaa  ")
    assert second.startswith("kept runs/20260102T000000Z-bbbb  ")
    assert second.endswith("(the last run)")
    assert not (out / "runs" / "20260101T000000Z-aaaa").exists()


def test_by_default_thirty_runs_stay(out, capsys):
    assert Exit.COMPLETE == prune(out)
    assert "0 things, 0 bytes, removed from" in capsys.readouterr().out


def test_json_has_bytes_and_reasons(out, capsys):
    assert Exit.COMPLETE == prune(out, "--keep-runs", "1", "--keep-days", "0", "--dry-run", "--json")
    facts = json.loads(capsys.readouterr().out)
    assert (True, ["runs/20260101T000000Z-aaaa"]) == (facts["dry_run"], [item["path"] for item in facts["removed"]])
    assert facts["bytes"] == facts["removed"][0]["bytes"] > 0
    assert ["the last run"] == [item["why"] for item in facts["kept"]]


@pytest.mark.parametrize("words", [("--keep-runs", "-1"), ("--keep-days", "many"), ("--keep-days",)])
def test_bad_numbers_are_misuse(out, words, capsys):
    assert Exit.MISUSE == prune(out, *words)
    assert words[0] in capsys.readouterr().err


def test_a_folder_without_runs_says_what_to_do(tmp_path, capsys):
    assert Exit.MISUSE == prune(tmp_path / "none")
    assert "no runs in" in capsys.readouterr().err
