"""`boojum diff`: its arguments, and its errors on one line."""

from pathlib import Path

import pytest

from audit import cli
from audit.exits import Exit


def test_two_sides_are_needed(capsys: pytest.CaptureFixture[str]) -> None:
    assert Exit.MISUSE == cli.main(["diff", "a.whl"])
    assert "B" in capsys.readouterr().err


def test_a_name_that_is_no_file_says_what_to_give(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert Exit.MISUSE == cli.main(["diff", str(tmp_path / "a.whl"), "b", "--out", str(tmp_path)])
    assert "is not a file; name a distribution file, or a release as project==version" in capsys.readouterr().err


def test_a_release_needs_a_finished_run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert Exit.MISUSE == cli.main(["diff", "sheep==1.0", "sheep==1.1", "--out", str(tmp_path)])
    assert "boojum audit" in capsys.readouterr().err
