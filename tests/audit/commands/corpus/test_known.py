"""`boojum corpus known`: an index of known code, from a list or from a mirror."""

from collections.abc import Callable
from pathlib import Path

import pytest

from audit import cli
from audit.exits import Exit
from features.reference.known_code import read_known


def test_an_index_of_ones_own_projects_is_built(
    tmp_path: Path, make_sdist: Callable[..., Path], capsys: pytest.CaptureFixture[str]
) -> None:
    made = make_sdist({"ours/core.py": "def count(sheep):\n    return len(sheep)\n" * 9}, "ours", "1.0")
    (tmp_path / "names.txt").write_text("# ours\nours\n", encoding="utf-8")
    index = tmp_path / "index" / "own.parquet"
    argv = ["corpus", "known", "--mirror", str(made.parent), "--projects", str(tmp_path / "names.txt")]
    assert cli.main([*argv, "--into", str(index), "--quiet"]) == Exit.COMPLETE
    assert read_known(index).projects == ("ours",)
    assert "1 digests of 1 projects" in capsys.readouterr().out
    (tmp_path / "names.txt").write_text("absent\n", encoding="utf-8")
    assert cli.main([*argv, "--into", str(index), "--quiet"]) == Exit.MISUSE


def test_a_list_and_a_mirror_together_are_misuse(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["corpus", "known", "--into", str(tmp_path / "x.parquet")]) == Exit.MISUSE
    assert "a list or a mirror" in capsys.readouterr().err


def test_neither_a_list_nor_a_mirror_and_a_list_without_a_tree_are_misuse(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    into = ["--into", str(tmp_path / "x.parquet")]
    assert cli.main(["corpus", "known", "--mirror", "m", "--list", "l", *into]) == Exit.MISUSE
    assert "give --list and --tree, or --mirror" in capsys.readouterr().err
    (tmp_path / "list.csv").write_text("project,version,filename,sha256\n", encoding="utf-8")
    assert cli.main(["corpus", "known", "--list", str(tmp_path / "list.csv"), *into]) == Exit.MISUSE
    assert "corpus known needs --tree" in capsys.readouterr().err
