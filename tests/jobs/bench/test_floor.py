import pytest

from features.contract import Artifact
from jobs.bench.floor import PrepareFloor, read_members
from jobs.run.units import make_unit

MOST = 2**30


@pytest.mark.parametrize("compression", ["gz", "bz2", "xz", "", "zip"])
def test_every_member_is_read_whatever_the_container(make_sdist, compression):
    path = make_sdist({"a.py": b"x" * 3_000_000, "b/c.txt": b"", "PKG-INFO": b"12"}, compression=compression)
    assert (3_000_002, True) == read_members(path, MOST)


def test_a_wheel_is_read(make_wheel):
    size, whole = read_members(make_wheel({"demo/__init__.py": b"y" * 10}), MOST)
    assert whole
    assert size > 10


@pytest.mark.parametrize("data", [b"", b"PK\x03\x04 and no more", b"\x1f\x8b\x08broken", b"no archive at all" * 100])
def test_a_file_that_is_no_archive_is_unread_and_raises_nothing(tmp_path, data):
    path = tmp_path / "broken-1.0.tar.gz"
    path.write_bytes(data)
    assert (0, False) == read_members(path, MOST)


def test_a_missing_file_is_unread(tmp_path):
    assert (0, False) == read_members(tmp_path / "gone", MOST)


def test_a_bomb_is_inflated_no_further_than_an_audit_would(make_sdist):
    size, whole = read_members(make_sdist({"bomb": bytes(50 * 2**20)}), 5 * 2**20)
    assert not whole
    assert 5 * 2**20 < size <= 6 * 2**20


def test_a_unit_has_seconds_for_each_artifact(make_sdist, make_wheel, tmp_path):
    paths = [make_sdist({"a.py": "1"}), make_wheel({"a.py": "2"})]
    (tmp_path / "broken-1.zip").write_bytes(b"PK")
    names = [*(path.name for path in paths), "broken-1.zip"]
    unit = make_unit(tuple(Artifact(name, name, (tmp_path / name).stat().st_size) for name in names))
    answer = PrepareFloor(tmp_path, MOST)(lambda *_: None)(unit)
    assert 3 == len(answer.seconds)
    assert (False, False, True) == answer.unread
    assert min(answer.seconds) >= 0
    assert answer.inflated > 0
    assert answer.peak > 2**20
