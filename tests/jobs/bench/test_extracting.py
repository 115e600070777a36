import importlib

import pytest

from features.contract import Artifact
from features.limits import Limits
from features.registry import GROUPS
from jobs.bench.extracting import PrepareExtraction, PrepareMerging
from jobs.bench.stages import MERGE, OPEN, TIMED_FUNCTIONS, WRITE
from jobs.run.units import make_unit
from jobs.store.part_files import read_part


@pytest.fixture(autouse=True)
def _restored_functions(monkeypatch):
    for timed in TIMED_FUNCTIONS:
        module = importlib.import_module(timed.module)
        monkeypatch.setattr(module, timed.attribute, getattr(module, timed.attribute))


@pytest.fixture
def unit(make_sdist, tmp_path):
    paths = [make_sdist({"setup.py": "import os\n"}, name=name) for name in ("one-1.0", "two-1.0")]
    (tmp_path / "broken-1.0.zip").write_bytes(b"PK")
    names = [*(path.name for path in paths), "broken-1.0.zip"]
    return make_unit(tuple(Artifact(name, name, (tmp_path / name).stat().st_size, name[:3]) for name in names))


def test_a_unit_has_seconds_of_each_artifact_and_stages_that_add_up(tmp_path, unit):
    folder = tmp_path / "parts"
    folder.mkdir()
    measure = PrepareExtraction(tmp_path, folder, Limits())(lambda *_: None)
    measured = measure(unit)
    assert 3 == len(measured.artifacts)
    assert measured.seconds == pytest.approx(sum(seconds for _, seconds in measured.stages))
    assert {OPEN, MERGE, WRITE, *(group.name for group in GROUPS)} == {stage for stage, _ in measured.stages}
    assert all(0 <= share <= 1 for _, _, share in measured.inner)
    assert (f"unit-{unit.id}.parquet", 3) == (measured.file.name, measured.file.rows)
    assert measured.peak > 2**20
    merged = PrepareMerging(folder)(lambda *_: None)((measured.file,))
    assert 3 == sum(len(read_part(folder / part, ["path"])) for part in merged.parts)
    assert merged.seconds > 0


def test_a_unit_of_which_nothing_can_be_read_has_no_file(tmp_path):
    folder = tmp_path / "parts"
    folder.mkdir()
    measure = PrepareExtraction(tmp_path, folder, Limits())(lambda *_: None)
    assert ("", 0) == ((file := measure(make_unit((Artifact("gone", "gone", 3),))).file).name, file.rows)
