import importlib

import pytest

from features.extract import extract_row
from features.limits import Limits
from features.registry import GROUPS
from features.runtime.cache import clear_caches
from jobs.bench.stages import MERGE, OPEN, WITHIN, StageClock


@pytest.fixture
def clock(monkeypatch):
    for within in WITHIN:
        module = importlib.import_module(within.module)
        monkeypatch.setattr(module, within.attribute, getattr(module, within.attribute))  # and back at the end
    return StageClock()


@pytest.mark.parametrize("within", WITHIN, ids=lambda within: within.attribute)
def test_what_is_watched_within_a_stage_is_there_and_named_after_a_stage(within):
    assert callable(getattr(importlib.import_module(within.module), within.attribute))
    assert within.stage in {OPEN, *(group.name for group in GROUPS)}


def test_a_watched_row_is_the_row_and_every_stage_has_its_time(clock, make_sdist):
    path = make_sdist({"setup.py": "import os\nos.system('true')\n", "demo/__init__.py": "x = 1\n" * 500})
    expected = extract_row(path, path.name, Limits())
    clock.inner.clear()  # what it calls is watched for everyone
    clear_caches()
    assert expected == clock(path, path.name, Limits())
    assert {OPEN, MERGE, *(group.name for group in GROUPS)} == set(clock.stages)
    (seconds,) = clock.take()
    assert seconds == pytest.approx(sum(clock.stages.values()))
    assert {(within.stage, within.name) for within in WITHIN} == set(clock.inner)
    for stage in {within.stage for within in WITHIN}:
        assert sum(wall for (of, _), wall in clock.inner.items() if of == stage) <= clock.walls[stage]
    assert () == clock.take()


def test_what_cannot_be_opened_is_all_opening(clock, tmp_path):
    path = tmp_path / "broken-1.0.tar.gz"
    path.write_bytes(b"no archive")
    clock(path, path.name, Limits())
    assert {OPEN} == set(clock.stages)
