import hashlib
from dataclasses import replace
from pathlib import Path

import jobs_doubles
import pyarrow.parquet as pq
import pytest

from features.contract import Artifact
from features.limits import Limits
from features.schema import fingerprint
from jobs import extraction as module
from jobs.cluster import Cluster
from jobs.contract import SchemaMismatchError, StoreFullError, WorkerUnfitError
from jobs.extraction import DIED, Extraction, ExtractUnit, unread_name
from jobs.store import PartStore, Staging
from jobs.units import make_unit

LIMITS = Limits(seconds=0.5)


@pytest.fixture
def staging(tmp_path: Path) -> Staging:
    return PartStore(tmp_path / "store").open_staging("1")


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
    def test_a_unit_becomes_one_part_and_a_few_numbers(self, task, staging):
        unit = make_unit(put(task, a=b"one", b=b"BROKEN"))
        result = task(unit)
        assert (unit.id, f"part-{unit.id}.parquet", 2, 1, 0, 9, 0) == (
            result.unit, result.part, result.rows, result.unreadable, result.partial, result.bytes, result.unread
        )  # fmt: skip
        assert {"a": ("ok", ""), "b": ("unreadable", "no archive")} == reasons(staging, [result.part])

    def test_a_unit_whose_answer_was_lost_is_not_read_twice(self, task, read_log, monkeypatch):
        monkeypatch.setenv(jobs_doubles.READ_LOG, str(read_log))
        unit = make_unit((*put(task, a=b"one", b=b"BROKEN"), Artifact("gone", "gone", 3)))
        first = task(unit)
        assert first == replace(task(unit), seconds=first.seconds)
        assert ["a", "b"] == read_log.read_text().split()

    def test_what_cannot_be_opened_is_a_row_beside_that_does_not_make_it_known(self, task, staging):
        gone, kept = Artifact("gone", "gone", 3), put(task, kept=b"1")
        unit = make_unit((gone, *kept))
        result = task(unit)
        assert (1, 1) == (result.rows, result.unread)
        assert ["kept"] == list(reasons(staging, [result.part]))
        status, reason = reasons(staging, [unread_name(unit.id)])["gone"]
        assert status == "unreadable"
        assert "No such file" in reason

    def test_what_changes_while_it_is_read_is_read_again_another_time(self, task, staging):
        unit = make_unit(put(task, a=b"GROW\n"))
        result = task(unit)
        assert ("", 0, 1) == (result.part, result.rows, result.unread)
        assert {"a": ("unreadable", "it changed while it was read")} == reasons(staging, [unread_name(unit.id)])

    def test_a_mirror_that_is_gone_is_no_mirror_of_unreadable_files(self, task):
        unit = make_unit(put(task, a=b"1"))
        (task.root / "a").unlink()
        task.root.rmdir()
        with pytest.raises(WorkerUnfitError, match="does not see the mirror"):
            task(unit)

    def test_a_worker_of_another_schema_refuses(self, task, monkeypatch):
        monkeypatch.setattr(module, "fingerprint", lambda: "other")
        with pytest.raises(SchemaMismatchError, match="other"):
            task(make_unit(put(task, a=b"1")))


class TestOnACluster:
    @pytest.mark.slow
    def test_artifacts_that_crash_hang_or_fail_cost_no_other(self, cluster: Cluster, task, staging):
        quick = ExtractUnit(task.root, task.folder, task.fingerprint, Limits(seconds=0.1), task.extract, patience=0.5)
        good = {name: name.encode() for name in ("a", "b", "c", "f")}
        files = {"a": b"a", "b": b"b", "crash": b"CRASH", "c": b"c", "f": b"f", "raise": b"RAISE", "hang": b"HANG"}
        artifacts = put(quick, **files)
        extraction = Extraction(cluster, quick, staging)
        units = [make_unit(artifacts[:3]), make_unit(artifacts[3:6]), make_unit(artifacts[6:])]
        results = list(extraction.run(iter(units)))
        said = reasons(staging, [r.part for r in results if r.part])
        unread = reasons(staging, [unread_name(r.unit) for r in results if r.unread])
        assert dict.fromkeys(good, ("ok", "")) | dict.fromkeys(("crash", "hang"), ("unreadable", DIED)) == said
        assert {"raise": ("unreadable", "internal error: ValueError: raise")} == unread
        assert 2 == extraction.died
        dead = pq.read_table([staging.folder / r.part for r in results if r.unreadable], columns=["path", "sha256"])
        assert {hashlib.sha256(files[row["path"]]).hexdigest() for row in dead.to_pylist()} == set(
            dead["sha256"].to_pylist()
        )
        visible = staging.commit([r.part for r in results if r.part])
        assert sorted(said) == sorted(
            path for part in visible for path in pq.read_table(part, columns=["path"])["path"].to_pylist()
        )

    def test_a_full_disk_stops_the_run(self, cluster: Cluster, task, staging):
        full = ExtractUnit(task.root, Path("/dev/full"), task.fingerprint, LIMITS, jobs_doubles.extract_full)
        with pytest.raises(StoreFullError):
            list(Extraction(cluster, full, staging).run(iter([make_unit(put(task, a=b"1"))])))
