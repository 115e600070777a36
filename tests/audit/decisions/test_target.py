"""Tests targets: digests, digests cut short, releases and projects in any spelling, and a hint for all others."""

import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from audit.decisions.contract import Scope
from audit.decisions.target import TargetError, close_names, find_file, find_target
from jobs.run.joined_scores import SCORES_SCHEMA

FILES = (
    ("six", "1.16.0", "six-1.16.0.tar.gz", "a" * 64),
    ("six", "1.16.0", "six-1.16.0-py3-none-any.whl", "b" * 64),
    ("six", "1.15.0", "six-1.15.0.tar.gz", "b" * 20 + "c" * 44),
    ("deadbeefcafe", "1.0", "deadbeefcafe-1.0.tar.gz", "d" * 64),
    ("zope-interface", "1.0rc1", "zope.interface-1.0rc1.tar.gz", "e" * 64),
)


@pytest.fixture
def out(tmp_path: Path) -> Path:
    run = tmp_path / "runs" / "latest"
    run.mkdir(parents=True)
    rows = [
        {"project": project, "version": version, "filename": filename, "sha256": sha256, "verdict": "clear"}
        for project, version, filename, sha256 in FILES
    ]
    pq.write_table(pa.Table.from_pylist(rows, schema=SCORES_SCHEMA), run / "scores.parquet")
    gone = {"filename": "left-1.0.tar.gz", "project": "left", "version": "1.0", "sha256": "f" * 64}
    (run / "blocklist.json").write_text(json.dumps({"entries": [gone]}))
    return tmp_path


@pytest.mark.parametrize("text", ["A" * 64, "a" * 12, f"sha256:{'a' * 64}", " " + "a" * 20])
def test_a_digest_and_a_part_of_it_name_a_file(out, text):
    found = find_target(out, text)
    assert (Scope.FILE, "a" * 64, ["six-1.16.0.tar.gz"]) == (
        found.scope,
        found.sha256,
        [file.filename for file in found.files],
    )
    assert found == find_file(out, text)


def test_a_digest_of_no_file_on_the_mirror_is_a_target_all_the_same(out):
    assert (Scope.FILE, (), True) == ((found := find_target(out, "0" * 64)).scope, found.files, found.searched)


def test_a_blocked_file_that_left_the_mirror_is_found(out):
    assert ["left-1.0.tar.gz"] == [file.filename for file in find_target(out, "f" * 12).files]
    assert ["left-1.0.tar.gz"] == [file.filename for file in find_target(out, "left").files]


@pytest.mark.parametrize(
    ("expected", "text"),
    [
        ((Scope.PROJECT, "six", "", 3), "SIX"),
        ((Scope.RELEASE, "six", "1.16.0", 2), "six == 1.16.0"),
        ((Scope.RELEASE, "six", "1.16", 2), "six==1.16"),
        ((Scope.RELEASE, "zope-interface", "1.0rc1", 1), "Zope.Interface==1.0.RC1"),
        ((Scope.PROJECT, "deadbeefcafe", "", 1), "deadbeefcafe"),
        ((Scope.PROJECT, "unknown", "", 0), "unknown"),
    ],
)
def test_a_release_and_a_project_are_named_in_any_spelling(out, expected, text):
    found = find_target(out, text)
    assert expected == (found.scope, found.project, found.version, len(found.files))


@pytest.mark.parametrize(
    ("expected", "text"),
    [
        ("2 files begin with", "b" * 12),
        ("no file of the mirror has it", "0" * 12),
        ("name of a file", "six-1.16.0.tar.gz"),
        ("name of a file", "six-1.16.0-py3-none-any.whl"),
        ("no file, release or project", "../six"),
        ("no file, release or project", ""),
        ("no file, release or project", "\udcff"),
        ("no single version", "six==1.*"),
        ("no single version", "six=="),
        ("no single version", "six==1.0,!=1.1"),
    ],
)
def test_what_names_nothing_is_an_error_with_a_hint(out, expected, text):
    with pytest.raises(TargetError, match=expected) as caught:
        find_target(out, text)
    assert caught.value.hint


def test_the_name_of_a_file_hints_at_its_digest(out):
    with pytest.raises(TargetError) as caught:
        find_target(out, "six-1.15.0.tar.gz")
    assert "b" * 20 + "c" * 44 in caught.value.hint


@pytest.mark.parametrize("text", ["six", "a" * 11, "a" * 65])
def test_a_label_names_a_file_by_its_digest_only(out, text):
    with pytest.raises(TargetError, match="is no sha256"):
        find_file(out, text)


def test_without_a_run_only_whole_digests_and_names_are_targets(tmp_path):
    assert not find_target(tmp_path, "a" * 64).searched
    assert not find_target(tmp_path, "six").searched
    with pytest.raises(TargetError, match="no run in"):
        find_target(tmp_path, "a" * 12)


def test_names_that_are_nearly_right_are_suggested(out):
    assert ("six",) == close_names(out, "sixx")
    assert () == close_names(out, "requests")
