"""`boojum corpus known`: an index of known code, from a list or from a mirror."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from packaging.utils import canonicalize_name

from audit import cli
from audit.exits import Exit
from features.reference.known_code import read_known
from jobs.corpus.crawl import CrawlCache, CrawledFile, CrawledProject
from jobs.corpus.listing import read_list


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
    assert "give --list and --tree, or --mirror, or --draw" in capsys.readouterr().err
    (tmp_path / "list.csv").write_text("project,version,filename,sha256\n", encoding="utf-8")
    assert cli.main(["corpus", "known", "--list", str(tmp_path / "list.csv"), *into]) == Exit.MISUSE
    assert "corpus known needs --tree" in capsys.readouterr().err


def test_a_list_of_releases_is_drawn_from_a_crawl(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    crawl = CrawlCache(tmp_path / "crawl" / "projects")
    uploaded = datetime(2022, 5, 1, tzinfo=UTC)
    for name in ("a", "b", "evil"):
        file = CrawledFile(f"{name}-1.tar.gz", "1", 10, "0" * 64, "1" * 64, uploaded, "sdist", False)
        crawl.add([CrawledProject(canonicalize_name(name), "", "", (), (file,))])
    (tmp_path / "names.txt").write_text("evil\nB\nabsent\na\n", encoding="utf-8")
    (tmp_path / "malware.csv").write_text("project\nEvil\n", encoding="utf-8")
    argv = [
        "corpus",
        "known",
        "--draw",
        "--projects",
        str(tmp_path / "names.txt"),
        "--into",
        str(tmp_path / "k.csv.gz"),
    ]
    argv += ["--cache", str(tmp_path / "crawl"), "--exclude", str(tmp_path / "malware.csv")]
    assert Exit.COMPLETE == cli.main(argv)
    assert ["b", "a"] == [listed.project for listed in read_list(tmp_path / "k.csv.gz")]
    assert f"2 releases drawn into {tmp_path / 'k.csv.gz'}\n" == capsys.readouterr().out
    assert Exit.COMPLETE == cli.main([*argv, "--top", "1"])
    assert ["b"] == [listed.project for listed in read_list(tmp_path / "k.csv.gz")]


def test_a_list_without_a_crawl_is_misuse(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    argv = ["corpus", "known", "--draw", "--cache", str(tmp_path / "none"), "--into", str(tmp_path / "k.csv")]
    assert Exit.MISUSE == cli.main(argv)
    assert "has no crawl; run `boojum corpus sample` first" in capsys.readouterr().err
    assert not (tmp_path / "none").exists()
