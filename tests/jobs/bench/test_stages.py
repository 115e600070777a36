import importlib

import pytest

from features.extract import extract_row
from features.limits import Limits
from features.registry import GROUPS
from features.runtime.cache import clear_caches
from jobs.bench.stages import MERGE, OPEN, TIMED_FUNCTIONS, StageClock


@pytest.fixture
def clock(monkeypatch):
    for timed in TIMED_FUNCTIONS:
        module = importlib.import_module(timed.module)
        monkeypatch.setattr(module, timed.attribute, getattr(module, timed.attribute))  # and back at the end
    return StageClock()


@pytest.mark.parametrize("timed", TIMED_FUNCTIONS, ids=lambda timed: timed.attribute)
def test_every_timed_function_exists_and_belongs_to_a_stage(timed):
    assert callable(getattr(importlib.import_module(timed.module), timed.attribute))
    assert timed.stage in {OPEN, *(group.name for group in GROUPS)}


def test_a_timed_row_equals_the_row_and_every_stage_has_its_time(clock, make_sdist):
    path = make_sdist({"setup.py": "import os\nos.system('true')\n", "demo/__init__.py": "x = 1\n" * 500})
    expected = extract_row(path, path.name, Limits())
    clock.reset()  # the timed functions count for every caller
    clear_caches()
    assert expected == clock(path, path.name, Limits())
    assert {OPEN, MERGE, *(group.name for group in GROUPS)} == set(clock.stages)
    (seconds,) = clock.artifact_seconds()
    assert seconds == pytest.approx(sum(clock.stages.values()))
    assert {(timed.stage, timed.name) for timed in TIMED_FUNCTIONS} == set(clock.inner)
    for stage in {timed.stage for timed in TIMED_FUNCTIONS}:
        assert sum(wall for (of, _), wall in clock.inner.items() if of == stage) <= clock.walls[stage]
    clock.reset()
    assert () == clock.artifact_seconds()
    assert [{}, {}, {}] == [clock.stages, clock.walls, clock.inner]


def test_an_artifact_that_cannot_be_opened_has_only_the_stage_of_opening(clock, tmp_path):
    path = tmp_path / "broken-1.0.tar.gz"
    path.write_bytes(b"no archive")
    clock(path, path.name, Limits())
    assert {OPEN} == set(clock.stages)
