"""Tests the reading of many files: a worker that fails on one of them costs no other."""

from pathlib import Path
from typing import Any, cast

from features.limits import Limits
from jobs.contract import WorkerDiedError
from jobs.hunt import reading
from jobs.hunt.contract import SearchAnswer, SearchedFile
from jobs.hunt.search import SearchUnit


class Submit:
    """Runs tasks here; one whose unit has the file "bad" dies."""

    def __init__(self, cluster, task, next_item):
        self.next_item = next_item

    def __iter__(self):
        while (unit := self.next_item()) is not None:
            bad = any(file.path == "bad" for file in unit)
            yield unit, WorkerDiedError() if bad else tuple(map(SearchAnswer, unit))


def test_the_file_that_ends_its_worker_is_named_and_the_others_are_searched(monkeypatch):
    monkeypatch.setattr(reading, "BoundedSubmit", Submit)
    monkeypatch.setattr(reading, "UNIT_FILES", 3)
    files = [SearchedFile(path, path) for path in ("a", "bad", "b", "c")]
    shown = []
    task = SearchUnit(Path(), (), "", Limits())
    answers = {
        answer.file.path: answer.unread
        for answer in reading.search_files(cast("Any", dict), task, files, lambda *seen: shown.append(seen[:2]))
    }
    assert {"a", "b", "c"} == {path for path, unread in answers.items() if not unread}
    assert "WorkerDiedError" in answers["bad"]
    assert (4, 4) == shown[-1]


def test_the_estimate_grows_with_the_files():
    assert (
        reading.estimate_seconds([]) == 0 < reading.estimate_seconds([10_000]) < reading.estimate_seconds([10**6] * 2)
    )
