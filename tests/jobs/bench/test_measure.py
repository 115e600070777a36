import tempfile
from dataclasses import dataclass

import pytest

from features.limits import Limits
from jobs.bench.contract import BenchRequest, NothingToMeasureError
from jobs.bench.measure import measure
from jobs.mirror.bandersnatch_conf import MirrorError


def silent(*_):
    pass


@dataclass
class Never:
    def __call__(self, *_):
        raise AssertionError


@pytest.fixture(autouse=True)
def temporary(tmp_path, monkeypatch):
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    yield folder
    assert [] == list(folder.iterdir())


def test_a_missing_mirror_is_an_error(tmp_path):
    with pytest.raises(MirrorError, match="does not exist"):
        measure(BenchRequest(tmp_path / "none", Never()), Limits(), silent)


def test_an_empty_mirror_has_nothing_to_measure(tmp_path):
    (tmp_path / "mirror").mkdir()
    with pytest.raises(NothingToMeasureError, match="no distribution file was found"):
        measure(BenchRequest(tmp_path / "mirror", Never()), Limits(), silent)


@pytest.mark.slow
def test_a_mirror_without_readable_files_has_nothing_to_measure(make_folder):
    folder = make_folder({"a-1.tar.gz": b"no archive", "b-1.whl": b"PK"})
    with pytest.raises(NothingToMeasureError, match="not one of its distribution files can be read"):
        measure(BenchRequest(folder, Never(), repeat=1), Limits(), silent)
