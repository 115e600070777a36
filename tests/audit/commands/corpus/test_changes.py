"""`boojum corpus changes`: its flags reach the builder, and its counts the terminal and the exit status."""

import json
from pathlib import Path
from typing import Any

import pytest

from audit import cli
from audit.exits import Exit
from jobs.corpus.change_rows import ChangeRowsBuilt

ARGV = ["corpus", "changes", "--releases", "r", "--releases-list", "r.csv", "--payloads", "p", "--into", "c.parquet"]


@pytest.fixture
def called(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[tuple[Any, ...]]:
    """Return the list of calls of the builder, which builds nothing here."""
    calls: list[tuple[Any, ...]] = []

    def build(*paths: Path, **_: Any) -> ChangeRowsBuilt:
        calls.append(paths)
        return ChangeRowsBuilt(paths[-1], 7, 20, len(calls) - 1, 2**20, ())

    monkeypatch.setattr("jobs.corpus.change_rows.build_change_rows", build)
    monkeypatch.chdir(tmp_path)
    return calls


def test_the_trees_reach_the_builder_and_its_counts_the_terminal(
    called: list[tuple[Any, ...]], capsys: pytest.CaptureFixture[str]
) -> None:
    assert Exit.COMPLETE == cli.main(ARGV)
    assert (Path("r"), Path("r.csv"), [Path("p")]) == called[0][:3]
    assert Exit.INCOMPLETE == cli.main([*ARGV, "--payloads", "more"])
    assert [Path("p"), Path("more")] == called[1][2]
    assert "7 changes with a payload and 20 honest ones in c.parquet, 1.0 MiB" in capsys.readouterr().out


def test_built_releases_without_a_row_make_the_build_incomplete(
    called: list[tuple[Any, ...]], capsys: pytest.CaptureFixture[str]
) -> None:
    cli.main(ARGV)
    capsys.readouterr()
    assert Exit.INCOMPLETE == cli.main([*ARGV, "--json"])
    assert 1 == json.loads(capsys.readouterr().out)["missing"]
