import functools
from pathlib import Path
from typing import Any

from features.contract import Status
from features.extract import extract_row
from features.limits import Limits
from jobs.bench import warm


def test_the_small_artifact_is_read_whole_and_only_once(tmp_path, monkeypatch):
    monkeypatch.setattr(warm, "warm_up", functools.cache(warm.warm_up.__wrapped__))
    rows = []

    def extract(path, filename, limits):
        rows.append(extract_row(path, filename, limits))
        return rows[-1]

    double = warm.WarmExtract(tmp_path, extract)
    for _ in range(2):
        double(Path("gone"), "gone-1.0.tar.gz", Limits())
    assert [Status.OK, Status.UNREADABLE, Status.UNREADABLE] == [row.status for row in rows]
    assert 1 == len(list(tmp_path.iterdir()))


def test_notes_are_summed_without_the_first_of_the_driver(tmp_path):
    loaded: Any = object()
    load = warm.TimedLoadModel(tmp_path, lambda model: loaded)
    assert loaded is load(None)
    assert 1 == len(list(tmp_path.iterdir()))
    for note in tmp_path.iterdir():
        note.unlink()
    for name, seconds in (("7-001", 5.0), ("7-002", 1.0), ("8-001", 0.25), ("77-001", 0.5)):
        (tmp_path / name).write_text(repr(seconds))
    assert 1.75 == warm.read_notes(tmp_path, 7)
