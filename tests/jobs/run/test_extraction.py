import hashlib
from collections import Counter
from dataclasses import replace
from functools import partial
from pathlib import Path

import jobs_doubles
import pyarrow.parquet as pq
import pytest

from features.contract import Artifact
from features.limits import Limits
from features.schema import fingerprint
from jobs.contract import StoreFullError, WorkerSchemaMismatchError, WorkerUnfitError
from jobs.run import extraction as module
from jobs.run.cluster import Cluster
from jobs.run.crash_report import DIED
from jobs.run.extraction import ClusterExtraction, ExtractUnit
from jobs.run.merging import MergeUnits, UnitFile, merge_units
from jobs.run.units import make_unit
from jobs.store.part_files import unread_name
from jobs.store.part_store import PartStore
from jobs.store.staging import Staging, open_staging

LIMITS = Limits(seconds=0.5)


@pytest.fixture
def staging(tmp_path: Path) -> Staging:
    return open_staging(PartStore(tmp_path / "store"), "1")


@pytest.fixture
def task(tmp_path: Path, staging: Staging) -> ExtractUnit:
    (tmp_path / "mirror").mkdir()
    return ExtractUnit(tmp_path / "mirror", staging.folder, fingerprint(), LIMITS, jobs_doubles.extract)


def put(task: ExtractUnit, **files: bytes) -> tuple[Artifact, ...]:
    for name, data in files.items():
        (task.root / name).write_bytes(data)
    return tuple(Artifact(name, name, len(data)) for name, data in files.items())


def reasons(staging: Staging, parts: list[str]) -> dict[str, tuple[str, str]]:
    rows = [row for part in parts for row in pq.read_table(staging.folder / part).to_pylist()]
    assert len(rows) == len({row["path"] for row in rows})
    return {row["path"]: (row["status"], row["reason"]) for row in rows}


class TestOnAWorker:
    def test_a_unit_becomes_one_file_and_a_result(self, task, staging):
        unit = make_unit(put(task, a=b"one", b=b"BROKEN"))
        result = task(unit)
        assert (unit.id, f"unit-{unit.id}.parquet", 2, 1, 0, 9, 0) == (
            result.unit, result.file, result.rows, result.unreadable, result.partial, result.bytes, result.unread
        )  # fmt: skip
        assert {"a": ("ok", ""), "b": ("unreadable", "no archive")} == reasons(staging, [result.file])

    def test_a_unit_whose_result_was_lost_is_not_read_twice(self, task, read_log, monkeypatch):
        monkeypatch.setenv(jobs_doubles.READ_LOG, str(read_log))
        unit = make_unit((*put(task, a=b"one", b=b"BROKEN"), Artifact("gone", "gone", 3)))
        first = task(unit)
        assert first == replace(task(unit), seconds=first.seconds)
        assert ["a", "b"] == read_log.read_text().split()

    @pytest.mark.parametrize("owns_worker", [True, False])
    def test_the_heap_is_frozen_only_on_an_owned_worker(self, task, monkeypatch, owns_worker):
        settled: list[bool] = []
        monkeypatch.setattr(module, "freeze_heap", lambda: settled.append(True))
        replace(task, owns_worker=owns_worker)(make_unit(put(task, a=b"one")))
        assert owns_worker == bool(settled)

    def test_an_artifact_that_cannot_be_opened_has_a_row_in_the_unread_table(self, task, staging):
        gone, kept = Artifact("gone", "gone", 3), put(task, kept=b"1")
        unit = make_unit((gone, *kept))
        result = task(unit)
        assert (1, 1) == (result.rows, result.unread)
        assert ["kept"] == list(reasons(staging, [result.file]))
        status, reason = reasons(staging, [unread_name(unit.id)])["gone"]
        assert status == "unreadable"
        assert "No such file" in reason

    def test_an_artifact_that_changes_while_it_is_read_is_unread(self, task, staging):
        unit = make_unit(put(task, a=b"GROW\n"))
        result = task(unit)
        assert ("", 0, 1) == (result.file, result.rows, result.unread)
        assert {"a": ("unreadable", "it changed while it was read")} == reasons(staging, [unread_name(unit.id)])

    def test_a_mirror_that_is_not_mounted_makes_the_worker_unfit(self, task):
        unit = make_unit(put(task, a=b"1"))
        (task.root / "a").unlink()
        task.root.rmdir()
        with pytest.raises(WorkerUnfitError, match="does not see the mirror"):
            task(unit)

    def test_a_worker_of_another_schema_refuses(self, task, monkeypatch):
        monkeypatch.setattr(module, "fingerprint", lambda: "other")
        with pytest.raises(WorkerSchemaMismatchError, match="other"):
            task(make_unit(put(task, a=b"1")))


class TestOnACluster:
    @pytest.mark.slow
    def test_artifacts_that_end_their_worker_or_fail_cost_no_other(self, cluster: Cluster, task, staging, read_log):
        noted = partial(jobs_doubles.extract, log=read_log)
        quick = replace(task, limits=Limits(seconds=0.1), extract=noted, patience=4)
        bad = {
            "segfault": b"SEGFAULT", "abort": b"ABORT", "kill": b"KILL", "hang": b"HANG", "hog": b"HOG",
            "raise": b"RAISE", "second": b"KILL SECOND",
        }  # fmt: skip
        good = {f"good-{number:02}": f"good {number}".encode() for number in range(26)}
        one = put(quick, **bad, **good)
        by_name = {artifact.path: artifact for artifact in one}
        innocent = iter(sorted(good))
        units = [
            # One in every unit; the unit with two has one that only kills when it is read again.
            make_unit(tuple(by_name[next(innocent) if name == "." else name] for name in names))
            for names in (
                [*"....", "segfault", *"..."],
                [*"..", "second", *"..", "abort", *".", "kill"],
                [*"...", "hog"],
                ["hang", *"......."],
                [*"....", "raise"],
            )
        ]
        extraction = ClusterExtraction(cluster, quick, staging)
        results = list(extraction.run(iter(units)))
        found = reasons(staging, [r.file for r in results if r.file])
        unread = reasons(staging, [unread_name(r.unit) for r in results if r.unread])
        died = {
            "segfault": "of a crash (Segmentation fault)",
            "abort": "of a crash (Aborted)",
            "kill": "at once: it was killed, as the system does when memory is out, or it ended by itself",
            "hang": "out of time: it was at it without an end",
            "hog": "out of memory: it was told to end, as a worker is beyond its bound",
        }
        assert {name: ("unreadable", f"{DIED} {how}") for name, how in died.items()} == {
            name: row for name, row in found.items() if row != ("ok", "")
        }
        assert {*good, *died, "second"} == set(found)
        assert {"raise": ("unreadable", "internal error: ValueError: raise")} == unread
        assert len(died) == extraction.died
        dead = pq.read_table([staging.folder / r.file for r in results if r.unreadable], columns=["path", "sha256"])
        assert {row["path"]: row["sha256"] for row in dead.to_pylist()} == {
            name: hashlib.sha256(bad[name]).hexdigest() for name in died
        }
        read = Counter(read_log.read_text().split())
        assert max(read[name] for name in good) <= 5  # log2(8) + 2
        assert sum(read.values()) <= 3 * len(one)
        left = [UnitFile(r.project, r.file, r.rows) for r in results if r.file]
        (part,) = merge_units(lambda: cluster, MergeUnits(staging.folder), left)
        visible = staging.commit([part[0]])
        assert sorted(found) == sorted(
            path for part in visible for path in pq.read_table(part, columns=["path"])["path"].to_pylist()
        )

    def test_a_full_disk_stops_the_run(self, cluster: Cluster, task, staging):
        full = ExtractUnit(task.root, staging.folder, task.fingerprint, LIMITS, jobs_doubles.extract_full)
        with pytest.raises(StoreFullError):
            list(ClusterExtraction(cluster, full, staging).run(iter([make_unit(put(task, a=b"1"))])))
