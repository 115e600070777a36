import hashlib
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobs.corpus.layout import PlacedFile, place_file, safe_component, tree_path

UPLOADED = datetime(2021, 5, 4, 3, 2, 1, tzinfo=UTC)


def test_a_path_is_made_of_the_digest_and_the_safe_name():
    assert f"web/packages/01/23/{'4' * 60}/a_b.zip" == tree_path("0123" + "4" * 60, "a/b.zip")


def test_a_placed_file_is_dated_and_described(tmp_path):
    blake2b_256 = hashlib.blake2b(b"bytes", digest_size=32).hexdigest()
    placed = place_file(tmp_path, "six-1.0.tar.gz", b"bytes", UPLOADED)
    path = tree_path(blake2b_256, "six-1.0.tar.gz")
    sha256 = hashlib.sha256(b"bytes").hexdigest()
    assert PlacedFile("", "six-1.0.tar.gz", path, 5, sha256, blake2b_256, UPLOADED) == placed
    assert b"bytes" == (tmp_path / path).read_bytes()
    assert UPLOADED.timestamp() == (tmp_path / path).stat().st_mtime


def test_a_file_that_is_there_is_not_written_again(tmp_path):
    path = tmp_path / place_file(tmp_path, "six-1.0.tar.gz", b"whole", UPLOADED).path
    before = path.stat()
    place_file(tmp_path, "six-1.0.tar.gz", b"whole", UPLOADED)
    assert before.st_ino == path.stat().st_ino


def test_a_file_of_another_size_in_its_place_is_written_again(tmp_path):
    placed = place_file(tmp_path, "six-1.0.tar.gz", b"whole", UPLOADED)
    (tmp_path / placed.path).write_bytes(b"wh")
    place_file(tmp_path, "six-1.0.tar.gz", b"whole", UPLOADED)
    assert (tmp_path / placed.path).read_bytes() == b"whole"


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("six-1.0.tar.gz", "six-1.0.tar.gz"),
        ("six-1.0.tar.gz'", "six-1.0.tar.gz'"),
        ("two words-1.zip", "two words-1.zip"),
        ("réquests-1.zip", "réquests-1.zip"),
        ("../../etc/passwd", "_._.._etc_passwd"),
        ("..", "_."),
        (".hidden.whl", "_hidden.whl"),
        ("", "_"),
        ("a\nb\x00c", "a_b_c"),
        ("a\\b", "a_b"),
        ("\udc80", "_"),
    ],
)
def test_unsafe_names_are_made_one_component(name, expected):
    assert safe_component(name) == expected


@given(st.text(st.characters(), max_size=400))
def test_every_name_becomes_one_visible_component(name):
    safe = safe_component(name)
    assert 0 < len(safe.encode()) <= 255
    assert "/" not in safe
    assert not safe.startswith(".")
    assert safe_component(safe) == safe


def test_a_name_that_is_too_long_keeps_its_start_and_its_suffix():
    safe = safe_component("é" * 200 + "-1.0.tar.gz")
    assert safe.startswith("é" * 60)
    assert safe.endswith("é-1.0.tar.gz")
    assert len(safe.encode()) <= 255
    assert "a" * 255 == safe_component("a" * 255)
