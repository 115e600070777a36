import re
from datetime import date
from pathlib import Path

import pytest

from jobs.corpus.contract import CorpusError
from jobs.corpus.listing import read_list
from jobs.corpus.reviewed import COLUMNS, Decision, Review, read_reviewed
from model.saved import PRETRAINED, REVIEWED

HEADER = ",".join(COLUMNS)
GOOD = f'{"a" * 64},odd-1.0.tar.gz,test,grey,"A prank, and no more.",2026-11-22'


def write(tmp_path: Path, *lines: str) -> Path:
    path = tmp_path / "reviewed.csv"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def test_a_review_is_read_by_its_sha256(tmp_path):
    expected = Review("a" * 64, "odd-1.0.tar.gz", "test", Decision.GREY, "A prank, and no more.", date(2026, 11, 22))
    assert {"a" * 64: expected} == read_reviewed(write(tmp_path, HEADER, GOOD))


def test_an_empty_list_of_reviews_is_valid(tmp_path):
    assert {} == read_reviewed(write(tmp_path, HEADER))


@pytest.mark.parametrize(
    ("lines", "says"),
    [
        pytest.param(("sha256,decision", ""), "has no column filename, split, reason, reviewed", id="columns"),
        pytest.param((HEADER, GOOD.replace("grey", "gray")), "review 1 cannot be read .*'gray'", id="decision"),
        pytest.param((HEADER, GOOD.replace("a" * 64, "abc")), "'abc' is not a sha256", id="sha256"),
        pytest.param((HEADER, GOOD.replace('"A prank, and no more."', " ")), "gives no reason", id="reason"),
        pytest.param((HEADER, GOOD.replace("2026-11-22", "today")), "review 1 cannot be read .*today", id="day"),
        pytest.param((HEADER, GOOD, GOOD), "review 2 reviews an artifact twice", id="twice"),
        pytest.param((HEADER, "a" * 64), "review 1 cannot be read", id="cut"),
    ],
)
def test_a_bad_list_is_an_error_that_says_where(tmp_path, lines, says):
    with pytest.raises(CorpusError, match=says) as error:
        read_reviewed(write(tmp_path, *lines))
    assert error.value.hint


def test_no_list_is_an_error(tmp_path):
    with pytest.raises(CorpusError, match="cannot be read as a list"):
        read_reviewed(tmp_path / "none.csv")


@pytest.mark.parametrize(
    ("decision", "excluded"),
    [
        (Decision.HONEST, set()),
        (Decision.GREY, {"train", "valid"}),
        (Decision.MALICIOUS, {"train", "valid", "test", ""}),
    ],
)
def test_a_decision_excludes_from_splits(decision, excluded):
    review = Review("a" * 64, "odd-1.0.tar.gz", "train", decision, "It is so.", date(2026, 11, 22))
    assert excluded == {split for split in ("train", "valid", "test", "") if review.is_excluded_from(split)}


def test_the_shipped_reviews_are_of_listed_artifacts_and_quote_nothing():
    listed = {item.sha256: item for item in read_list(PRETRAINED / "benign.csv")}
    reviews = read_reviewed(REVIEWED)
    assert 150 <= len(reviews)
    assert sorted(reviews) == list(reviews)
    for sha256, review in reviews.items():
        assert (review.filename, review.split) == (listed[sha256].filename, listed[sha256].split)
        assert re.fullmatch(r"[A-Z][\w ,;:'()-]+\.", review.reason), review.reason
