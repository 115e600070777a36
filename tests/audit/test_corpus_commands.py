"""The inputs of `boojum corpus`, and the text of its results on a terminal."""

from pathlib import Path

import pytest

from audit.corpus_commands import (
    parse_strata,
    read_names,
    render_build,
    render_known,
    render_rows,
    render_sample,
    render_variants,
)
from audit.errors import UsageError
from features.reference.popular_names import POPULAR_FILE
from jobs.corpus.contract import BuildResult, MissingFile
from jobs.corpus.known_code import KnownReport
from jobs.corpus.rows import RowsBuilt
from jobs.corpus.sample import STRATA, SampleReport
from jobs.corpus.variants.building import VariantsBuilt

HOSTILE = "evil\u202e\n-1.0.tar.gz"


def test_strata_are_weighted_as_the_shipped_list_or_as_given() -> None:
    assert set(STRATA) == set(parse_strata(None, 100))
    assert {"random": 75, "popular": 25} == dict(parse_strata("random=3, popular", 100))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("snark=1", "names no stratum 'snark'"),
        ("random=x", "no weight in 'random=x'"),
        ("random=nan", "no weight in 'random=nan'"),
        ("random=3,popular=-1", "no weight in 'popular=-1'"),
        ("random=0", "no weight above zero"),
    ],
)
def test_strata_that_cannot_be_drawn_are_named(text: str, words: str) -> None:
    with pytest.raises(UsageError, match=words):
        parse_strata(text, 100)


def test_names_are_read_without_comments_and_blank_lines(tmp_path: Path) -> None:
    (tmp_path / "names.txt").write_text("# ours\nsheep\n\n  wool  # soft\ngoat\n")
    assert ["sheep", "wool", "goat"] == read_names(tmp_path / "names.txt", None)
    assert ["sheep"] == read_names(tmp_path / "names.txt", 1)


def test_without_a_file_the_names_are_the_popular_ones() -> None:
    assert POPULAR_FILE.read_text(encoding="utf-8").split()[0] in read_names(None, 50)


@pytest.mark.parametrize("content", [None, b"\xff\xfe"])
def test_names_that_cannot_be_read_are_an_error(content: bytes | None, tmp_path: Path) -> None:
    if content is not None:
        (tmp_path / "names.txt").write_bytes(content)
    with pytest.raises(UsageError, match="cannot be read"):
        read_names(tmp_path / "names.txt", None)


def test_a_build_says_what_is_missing_and_makes_names_harmless() -> None:
    missing = tuple(MissingFile("p", "1", HOSTILE, "0", "gone\u202e") for _ in range(7))
    text = render_build(BuildResult(Path("tree"), 1_009, 1_000, 2, 3 * 2**20, missing, 4.0))
    assert text.startswith("1,009 listed: 1,000 written, 2 already there, 3 MiB in tree, 4 s\n7 could not be fetched")
    assert 2 + 5 == len(text.splitlines())
    assert "\u202e" not in text
    assert 1 == len(render_build(BuildResult(Path("tree"), 1, 1, 0, 1, (), 1.0)).splitlines())


def test_a_sample_says_which_strata_lack_artifacts() -> None:
    report = SampleReport(90, {"random": 60, "hard": 30}, {"random": 0, "hard": 10}, 3)
    lines = render_sample(report, Path("list.csv")).splitlines()
    assert "90 artifacts drawn into list.csv" == lines[0]
    assert "  hard lacks 10 artifacts" in lines
    assert not [line for line in lines if "random lacks" in line]
    assert "the index did not answer for 3 names" in lines[-1]


def test_an_index_of_known_code_says_what_it_could_not_read() -> None:
    report = KnownReport(10, {"broken\u202e": 2}, 5_000, 40, 9, 2**20, 1.0)
    text = render_known(report, Path("known.parquet"))
    assert text.startswith("5,000 digests of 9 projects in known.parquet, 1.0 MiB, 1 s\n40 of them occur in many")
    assert "2 of 10 artifacts could not be read:" in text
    assert "\u202e" not in text
    assert 2 == len(render_known(KnownReport(10, {}, 1, 0, 1, 1, 1.0), Path("k")).splitlines())


def test_rows_say_what_was_left_out() -> None:
    built = RowsBuilt(Path("rows.parquet"), 30, 70, 1, 5, 4, 3, 2, 2**20, ())
    lines = render_rows(built).splitlines()
    assert "30 malicious and 70 benign rows in rows.parquet, 1.0 MiB" == lines[0]
    assert "1 unreadable; left out: 5 near-duplicates, 4 unreliable labels" == lines[1]
    assert "2 listed artifacts are in no tree" in lines[3]


def test_variants_say_why_some_could_not_be_made() -> None:
    out = Path("v")
    built = VariantsBuilt(out / "t", out / "e", out / "l", 10, {"obfuscated": 6, "codeless": 2}, {"bad\u202e": 2}, 1)
    lines = render_variants(built).splitlines()
    assert "8 of 10 variants made (1 of an earlier call): v" == lines[0]
    assert "2 could not be made:" == lines[3]
    assert "\u202e" not in "".join(lines)
