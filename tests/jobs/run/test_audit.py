import hashlib
import json
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import jobs_doubles
import pyarrow.parquet as pq
import pytest

from features.schema import fingerprint
from jobs.contract import AuditRequest, ClusterSettings, OutputLockedError, StoreFullError
from jobs.run.audit import run_audit
from jobs.run.joined_scores import SCORES_SCHEMA
from jobs.run.manifest import Manifest
from jobs.run.run_folder import RunFolder, discard_run, publish_run, read_run
from jobs.run.views import store_views
from jobs.store.part_store import feature_store
from model.errors import SchemaMismatchError

FILES: Mapping[str, bytes] = {
    **{f"demo-1.{number}.tar.gz": f"demo {number}".encode() for number in range(8)},
    "other-2.0-py3-none-any.whl": b"wheel",
    "broken-0.1.tar.gz": b"BROKEN",
}
Make = Callable[[Mapping[str, bytes]], Path]


@pytest.fixture
def audit(on_cluster: ClusterSettings, tmp_path: Path, make_folder: Make) -> Callable[..., RunFolder]:
    """Return `audit(**changes to the request) -> RunFolder`, published, on the cluster of the tests."""

    def run(**changes: object) -> RunFolder:
        request = AuditRequest(
            tmp_path / "mirror", tmp_path / "out", scheduler=on_cluster.scheduler, tls=on_cluster.tls
        )
        changed = replace(request, **changes)  # type: ignore[arg-type]
        return publish_run(
            run_audit(
                changed, extract=jobs_doubles.extract, load=jobs_doubles.load, load_changes=jobs_doubles.load_changes
            )
        )

    return run


def scores(run: RunFolder) -> list[dict[str, Any]]:
    return pq.read_table(run.folder / "scores.parquet").to_pylist()


def names(folder: Path) -> list[str]:
    return sorted(entry.name for entry in folder.iterdir())


def counts(run: RunFolder, *names: str) -> dict[str, int]:
    return {name: getattr(run.manifest.counts, name) for name in names}


def stored(out: Path) -> Counter[str]:
    """Return how often each path is in the store; once is right."""
    parts = feature_store(out, fingerprint()).parts()
    return Counter(p for part in parts for p in pq.read_table(part, columns=["path"])["path"].to_pylist())


class TestARun:
    def test_every_artifact_is_a_row_ranked_by_score(self, audit, make_folder):
        make_folder(FILES)
        run = audit()
        rows = scores(run)
        assert SCORES_SCHEMA.names == pq.read_schema(run.folder / "scores.parquet").names
        assert set(FILES) == {row["path"] for row in rows}
        assert len(FILES) == len(rows)
        ranked = [row["score"] for row in rows]
        assert ranked[:-1] == sorted(ranked[:-1], reverse=True)
        last = rows[-1]
        assert ("broken-0.1.tar.gz", None, "unreadable", "unreadable", "no archive") == (
            last["path"], last["score"], last["verdict"], last["status"], last["reason"]
        )  # fmt: skip

    def test_the_manifest_records_what_was_done(self, audit, make_folder, tmp_path):
        make_folder(FILES)
        run = audit(config={"workers": 2})
        manifest: Manifest = read_run(tmp_path / "out" / "runs" / "latest").manifest
        assert run.manifest == manifest
        assert {"on_disk": 10, "new": 10, "known": 0, "read": 10, "unreadable": 1, "failed": 0, "scored": 10} == counts(
            run, "on_disk", "new", "known", "read", "unreadable", "failed", "scored"
        )
        assert (fingerprint(), "m1", {"workers": 2}) == (manifest.fingerprint, manifest.model.id, manifest.config)
        assert manifest.complete is True
        assert 10 == sum(manifest.verdicts.values())

    def test_a_second_run_opens_nothing_and_ten_more_files_are_ten_read(
        self, audit, make_folder, read_log, monkeypatch, tmp_path
    ):
        make_folder(FILES)
        first = audit()
        # No scheduler: were a worker needed, this would start some and the reader be none.
        again = audit(scheduler="tcp://127.0.0.1:9", tls=None)
        assert {"read": 0, "known": 10, "new": 0, "scored": 0} == counts(again, "read", "known", "new", "scored")
        assert scores(first) == scores(again)
        make_folder({f"new-1.{number}.tar.gz": f"new {number}".encode() for number in range(10)})
        more = audit()
        assert {"read": 10, "known": 10, "scored": 10, "on_disk": 20} == counts(
            more, "read", "known", "scored", "on_disk"
        )
        assert {1} == set(stored(tmp_path / "out").values())
        assert more.id == str((tmp_path / "out" / "runs" / "latest").readlink())

    def test_parts_have_the_same_scores_here_and_on_workers(self, audit, make_folder, monkeypatch, tmp_path):
        make_folder(FILES)
        here = audit(out=tmp_path / "here")
        monkeypatch.setattr("jobs.run.scoring.LOCAL_PARTS", 0)
        assert scores(here) == scores(audit())

    def test_a_file_in_anothers_place_is_read_and_the_newer_row_counts(self, audit, make_folder):
        make_folder(FILES)
        before = {row["path"]: row["sha256"] for row in scores(audit())}
        make_folder({"demo-1.0.tar.gz": b"another"})
        run = audit()
        after = {row["path"]: row["sha256"] for row in scores(run)}
        assert {"demo-1.0.tar.gz"} == {path for path in after if after[path] != before[path]}
        assert len(FILES) == len(scores(run))
        assert {"read": 1} == counts(run, "read")

    def test_files_of_the_same_names_and_sizes_in_the_others_places_are_read_and_scored(self, audit, make_folder):
        make_folder(FILES)
        audit()
        make_folder({name: data.swapcase() for name, data in FILES.items()})
        run = audit()
        assert {"read": 10, "scored": 10, "unreadable": 0} == counts(run, "read", "scored", "unreadable")
        assert {hashlib.sha256(data.swapcase()).hexdigest() for data in FILES.values()} == {
            row["sha256"] for row in scores(run) if row["score"] is not None
        }

    def test_a_file_that_was_touched_is_one_row(self, audit, make_folder):
        folder = make_folder(FILES)
        before = scores(audit())
        os.utime(folder / "demo-1.0.tar.gz", (1, 1))
        run = audit()
        assert {"read": 0, "scored": 0} == counts(run, "read", "scored")
        assert before == scores(run)

    def test_another_model_scores_all_rows_and_reads_none(self, audit, make_folder, tmp_path):
        make_folder(FILES)
        audit()
        run = audit(model=tmp_path / "m2")
        assert {"read": 0, "scored": 10} == counts(run, "read", "scored")

    def test_a_file_that_left_the_mirror_has_no_row(self, audit, make_folder, tmp_path):
        folder = make_folder(FILES)
        audit()
        (folder / "demo-1.0.tar.gz").unlink()
        assert set(FILES) - {"demo-1.0.tar.gz"} == {row["path"] for row in scores(audit())}

    def test_an_internal_error_is_a_row_of_an_incomplete_run_and_is_tried_again(self, audit, make_folder):
        folder = make_folder({**FILES, "demo-1.0.tar.gz": b"RAISE"})
        run = audit()
        assert {"failed": 1, "unread": 1, "internal_errors": 1} == counts(run, "failed", "unread", "internal_errors")
        assert run.manifest.complete is False
        assert ["internal error: ValueError: demo-1.0.tar.gz"] == [
            r["reason"] for r in scores(run) if r["sha256"] == ""
        ]
        (folder / "demo-1.0.tar.gz").write_bytes(b"mended")
        assert {"failed": 0, "read": 1} == counts(audit(), "failed", "read")

    def test_an_empty_mirror_is_a_run_of_nothing(self, audit, make_folder, tmp_path):
        make_folder({})
        run = audit(scheduler="tcp://127.0.0.1:9", tls=None)
        assert [] == scores(run)
        assert {"on_disk": 0, "read": 0} == counts(run, "on_disk", "read")
        # Nothing is matched with feeds where there are none.
        without = {name for name, view in store_views(tmp_path / "out").items() if not view.files}
        assert {"feed_matches", "gone_upstream"} == without

    def test_a_damaged_part_is_read_again_in_the_same_run(self, audit, make_folder, tmp_path):
        make_folder(FILES)
        first = scores(audit())
        (part,) = feature_store(tmp_path / "out", fingerprint()).parts()
        data = part.read_bytes()
        part.write_bytes(data[:100] + bytes(len(data) // 2) + data[100 + len(data) // 2 :])
        run = audit()
        assert first == scores(run)
        assert {"read": 10} == counts(run, "read")
        assert {1} == set(stored(tmp_path / "out").values())

    def test_a_model_of_another_schema_stops_before_anything_is_read(self, on_cluster, make_folder, tmp_path):
        def load(folder: Path | None) -> jobs_doubles.Model:
            model = jobs_doubles.Model()
            model.card = replace(model.card, fingerprint="0123456789abcdef", groups=())
            return model

        request = AuditRequest(make_folder(FILES), tmp_path / "out")
        with pytest.raises(SchemaMismatchError, match="0123456789abcdef"):
            run_audit(request, extract=jobs_doubles.extract, load=load, load_changes=jobs_doubles.load_changes)
        assert not (tmp_path / "out" / "store").exists()


class TestTheOutputFolder:
    def test_a_staged_run_is_not_visible_and_keeps_others_out(self, on_cluster, make_folder, tmp_path):
        request = AuditRequest(make_folder(FILES), tmp_path / "out", scheduler=on_cluster.scheduler, tls=on_cluster.tls)
        staged = run_audit(
            request, extract=jobs_doubles.extract, load=jobs_doubles.load, load_changes=jobs_doubles.load_changes
        )
        assert [f".staging-{staged.id}"] == names(tmp_path / "out" / "runs")
        with pytest.raises(OutputLockedError):
            run_audit(
                request, extract=jobs_doubles.extract, load=jobs_doubles.load, load_changes=jobs_doubles.load_changes
            )
        assert {
            "features", "scores", "artifacts", "findings", "changes", "change_scores", "campaigns", "feed_matches",
            "gone_upstream",
        } == set(store_views(tmp_path / "out", staged.folder))  # fmt: skip
        assert {} == store_views(tmp_path / "out")
        discard_run(staged)
        final = publish_run(
            run_audit(
                request, extract=jobs_doubles.extract, load=jobs_doubles.load, load_changes=jobs_doubles.load_changes
            )
        )
        assert {final.id, "latest"} == set(names(tmp_path / "out" / "runs"))
        assert {".lock", "store", "runs"} == set(names(tmp_path / "out"))

    def test_a_full_disk_is_an_error_and_the_next_run_reads_the_rest(self, on_cluster, make_folder, tmp_path):
        make_folder(FILES)
        request = AuditRequest(
            tmp_path / "mirror", tmp_path / "out", scheduler=on_cluster.scheduler, tls=on_cluster.tls
        )
        with pytest.raises(StoreFullError):
            run_audit(
                request,
                extract=jobs_doubles.extract_full,
                load=jobs_doubles.load,
                load_changes=jobs_doubles.load_changes,
            )
        run = publish_run(
            run_audit(
                request, extract=jobs_doubles.extract, load=jobs_doubles.load, load_changes=jobs_doubles.load_changes
            )
        )
        assert {"read": 10} == counts(run, "read")


# A shell starts what it puts in the background with SIGINT ignored, and a child inherits that.
DRIVER = """
import signal
signal.signal(signal.SIGINT, signal.default_int_handler)
import sys
from pathlib import Path
import jobs.run.feature_update, jobs_doubles
from jobs.contract import AuditRequest
from jobs.run.audit import run_audit
from jobs.run.run_folder import publish_run
jobs.run.feature_update.unit_size = lambda table: (2**25, 4)
if __name__ == "__main__":
    mirror, out, *scheduler = sys.argv[1:]
    request = AuditRequest(Path(mirror), Path(out), workers=2, scheduler=scheduler[0] if scheduler else None)
    print(publish_run(run_audit(request, extract=jobs_doubles.extract, load=jobs_doubles.load, load_changes=jobs_doubles.load_changes)).id)
"""


@pytest.fixture
def read_log(tmp_path: Path) -> Path:
    """The log of `drive`, where workers that boojum starts may write."""
    folder = tmp_path / "out" / "store"
    folder.mkdir(parents=True)
    return folder / "read.log"


@pytest.fixture
def drive(tmp_path: Path, read_log: Path) -> Callable[..., subprocess.Popen[str]]:
    """Return `drive(*scheduler)`: an audit in a process of its own, with units of four artifacts."""
    script = tmp_path / "driver.py"
    script.write_text(DRIVER)

    def start(*scheduler: str) -> subprocess.Popen[str]:
        command = [sys.executable, str(script), str(tmp_path / "mirror"), str(tmp_path / "out"), *scheduler]
        environment = {
            **os.environ,
            "PYTHONPATH": os.pathsep.join(p for p in sys.path if p),
            "JOBS_DOUBLES_LOG": str(read_log),
        }
        return subprocess.Popen(command, env=environment, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE)

    return start


def wait_for_units(out: Path, number: int) -> None:
    """Wait until a run in progress has finished so many units."""
    end = time.monotonic() + 200
    while len(list((out / "store").glob("features/*/.staging=*/unit-*"))) < number:
        assert time.monotonic() < end
        time.sleep(0.02)


@contextmanager
def ending(process: subprocess.Popen[str]) -> Iterator[None]:
    with process:
        try:
            yield
        finally:
            process.kill()


SLOW = {f"slow-1.{number:02}.tar.gz": f"SLEEP 0.2\n{number}".encode() for number in range(24)}


@pytest.mark.slow
class TestKilled:
    def test_a_killed_driver_loses_no_finished_unit(self, drive, make_folder, read_log, tmp_path):
        make_folder(SLOW)
        killed = drive()
        with ending(killed):
            wait_for_units(tmp_path / "out", 3)
            killed.send_signal(signal.SIGKILL)
        time.sleep(0.5)  # what a worker had in hand when its driver went may still be noted as read
        kept = {
            p
            for part in (tmp_path / "out" / "store").glob("features/*/.staging=*/unit-*")
            for p in pq.read_table(part, columns=["path"])["path"].to_pylist()
        }
        read_log.write_text("")
        second = drive()
        with ending(second):
            output, noise = second.communicate(timeout=250)
        assert (0, "") == (second.returncode, noise)
        run = read_run(tmp_path / "out" / "runs" / output.strip())
        assert {"resumed": len(kept), "read": 24 - len(kept), "on_disk": 24} == counts(
            run, "resumed", "read", "on_disk"
        )
        assert len(kept) >= 9
        assert set(SLOW) - kept == set(read_log.read_text().split())
        assert dict.fromkeys(SLOW, 1) == stored(tmp_path / "out")
        assert set(SLOW) == {row["path"] for row in scores(run)}

    def test_an_interrupted_run_is_resumed(self, drive, make_folder, tmp_path):
        make_folder(SLOW)
        first = drive()
        with ending(first):
            wait_for_units(tmp_path / "out", 3)
            first.send_signal(signal.SIGINT)
            _, noise = first.communicate(timeout=250)
        assert "KeyboardInterrupt" in noise.splitlines()[-1]
        assert 1 == noise.count("Traceback (most recent call last)") - noise.count("During handling")
        second = drive()
        with ending(second):
            output, _ = second.communicate(timeout=250)
        run = read_run(tmp_path / "out" / "runs" / output.strip())
        assert run.manifest.counts.resumed >= 9
        assert dict.fromkeys(SLOW, 1) == stored(tmp_path / "out")


@pytest.mark.slow
def test_a_scheduler_started_by_hand_gives_the_same_scores(drive, make_folder, tmp_path, audit):
    make_folder(FILES)
    here = scores(audit())
    for name in ("store", "runs"):
        (tmp_path / "out" / name).rename(tmp_path / name)
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(p for p in sys.path if p)}
    dask = [
        sys.executable,
        "-m",
        "distributed.cli.dask_scheduler",
        "--host",
        "127.0.0.1",
        "--port",
        "0",
        "--no-dashboard",
    ]
    file = tmp_path / "scheduler.json"
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "env": environment, "cwd": tmp_path}
    with ending(subprocess.Popen([*dask, "--scheduler-file", str(file)], **quiet)):
        end = time.monotonic() + 30
        while not file.is_file():
            assert time.monotonic() < end
            time.sleep(0.05)
        address = json.loads(file.read_text())["address"]
        worker = [sys.executable, "-m", "distributed.cli.dask_worker", address, "--nthreads", "1", "--no-dashboard"]
        with ending(subprocess.Popen(worker, **quiet)), ending(subprocess.Popen(worker, **quiet)):
            driver = drive(address)
            output, noise = driver.communicate(timeout=250)
    assert (0, "") == (driver.returncode, noise)
    assert here == scores(read_run(tmp_path / "out" / "runs" / output.strip()))
