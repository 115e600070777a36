"""Tests faults of a nightly run: after each, the next run is complete and equal to an undisturbed one."""

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple, TypeAlias

import jobs_doubles
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import jobs.run.feature_update
from audit import cli
from audit.config import Settings
from audit.exits import Exit
from audit.nightly import NightlyResult, audit_mirror
from jobs.contract import ClusterLostError, ClusterSettings, SchedulerUnreachableError, StoreFullError, TlsFiles
from jobs.mirror import walk
from jobs.run.audit import run_audit
from jobs.run.cluster import Cluster, open_cluster
from jobs.run.dispatch import BoundedSubmit
from jobs.store.lock import OutputLock

pytestmark = pytest.mark.slow

FILES = {f"demo{number % 5}-1.{number}.tar.gz": f"demo {number}".encode() for number in range(24)}
DRIVER = Path(__file__).with_name("night_driver.py")


class Ended(NamedTuple):
    status: int
    stdout: str
    stderr: str


Drive: TypeAlias = Callable[..., Ended]


@pytest.fixture(autouse=True)
def small_units(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jobs.run.feature_update, "unit_size", lambda table: (2**25, 4))


@pytest.fixture(scope="module")
def mirror(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("faults") / "mirror"
    folder.mkdir()
    for name, data in FILES.items():
        (folder / name).write_bytes(data)
    return folder


@pytest.fixture(scope="module")
def night(cluster: Cluster, cluster_keys: TlsFiles) -> Callable[..., NightlyResult]:
    """Return `night(mirror, out) -> Night`, in this process on the cluster of the tests."""

    def run(mirror: Path, out: Path, **hooks: Any) -> NightlyResult:
        settings = Settings(
            mirror=str(mirror),
            out=str(out),
            scheduler=cluster.client.scheduler.address,
            tls_ca=cluster_keys.ca,
            tls_cert=cluster_keys.cert,
            tls_key=cluster_keys.key,
        )
        job = partial(
            run_audit,
            extract=hooks.get("extract", jobs_doubles.extract),
            load=jobs_doubles.load,
            load_changes=jobs_doubles.load_changes,
        )
        quiet = hooks.get("progress", lambda *_: None)
        return audit_mirror(settings, quiet, accept_shrink=hooks.get("accept_shrink", False), run=job)

    return run


@pytest.fixture(scope="module")
def finished(night, mirror, tmp_path_factory) -> Path:
    """Return what an undisturbed night left."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(jobs.run.feature_update, "unit_size", lambda table: (2**25, 4))
        out: Path = tmp_path_factory.mktemp("undisturbed")
        night(mirror, out)
        return out


@pytest.fixture(scope="module")
def undisturbed(finished) -> dict[str, Any]:
    return left(finished)


@pytest.fixture(scope="module")
def driver() -> Iterator[subprocess.Popen[str]]:
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(p for p in sys.path if p)}
    with subprocess.Popen(
        [sys.executable, DRIVER], env=environment, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        yield process


@pytest.fixture
def drive(
    driver: subprocess.Popen[str], mirror: Path, tmp_path: Path, cluster: Cluster, cluster_keys: TlsFiles
) -> Drive:
    """Return `drive(moment, deed, scheduler)`: a night in another process, on the cluster of the tests."""

    keys = ("--tls-ca", cluster_keys.ca, "--tls-cert", cluster_keys.cert, "--tls-key", cluster_keys.key)

    def run(moment: str, deed: str, scheduler: str = "") -> Ended:
        assert driver.stdin
        assert driver.stdout
        output, noise = tmp_path / "stdout", tmp_path / "stderr"
        words = ("audit", mirror, "--out", tmp_path / "out", "--quiet", "--scheduler")
        words += (scheduler,) if scheduler else (cluster.client.scheduler.address, *keys)
        driver.stdin.write(json.dumps([moment, deed, *map(str, (output, noise, *words))]) + "\n")
        driver.stdin.flush()
        return Ended(int(driver.stdout.readline()), output.read_text(), noise.read_text())

    return run


def left(out: Path) -> dict[str, Any]:
    """Return what a night left that is no time and no name of a run, after a look for litter."""
    latest = out / "runs" / "latest"
    locks = {".lock", ".readers"}
    assert {"store", "runs"} == {entry.name for entry in out.iterdir()} - locks
    assert [] == [path.name for path in out.rglob(".*") if path.name not in locks and ".broken-" not in path.name]
    findings = json.loads((latest / "findings.json").read_text())
    assert json.loads((latest / "manifest.json").read_text())["complete"]
    # What a budget buys depends on the number of files that this run itself read.
    for name in ("run", "previous_run", "started", "finished", "counts", "budget_points"):
        del findings[name]
    # A file that was replaced in place has two rows in the store.
    del findings["walk_counts"]["doubles"]
    for finding in findings["findings"]:
        del finding["change"]
    return {
        # A night that died did not say when it compared the bytes; a later one compares them again.
        "scores": pq.read_table(latest / "scores.parquet").drop_columns(["verified"]),
        "findings": findings,
        "features": stored(out, "features"),
        "store scores": stored(out, "scores"),
    }


def stored(out: Path, of: str) -> pa.Table:
    """Return the rows of a store; scores of a feature part that was moved aside do not count."""
    standing = {part.name for part in (out / "store" / "features").glob("*/run=*/part-*.parquet")}
    parts = [part for part in (out / "store" / of).glob("*/run=*/part-*") if part.name in standing]
    return pa.concat_tables(map(pq.read_table, parts)).sort_by("path").combine_chunks()


def counts(night: NightlyResult, *names: str) -> dict[str, int]:
    return {name: night.document.counts[name] for name in names}


class TestTheDriver:
    @pytest.mark.parametrize(
        ("moment", "resumed"),
        [
            ("reading artifacts:0", 0),
            ("reading artifacts:8", 8),
            ("writing parts:0", 24),
            ("scoring parts:0", 0),
            ("writing scores:0", 0),
            ("writing reports:0", 0),
            ("link:0", 0),
        ],
    )
    def test_a_killed_run_leaves_the_same_result_after_the_next(
        self, drive, night, mirror, tmp_path, undisturbed, moment, resumed
    ):
        assert -9 == drive(moment, "SIGKILL").status
        again = night(mirror, tmp_path / "out")
        assert undisturbed == left(tmp_path / "out")
        assert resumed <= again.document.counts["resumed"]
        if moment.startswith("reading"):
            assert 24 == sum(counts(again, "read", "resumed").values())
        else:
            assert {"read": 0} == counts(again, "read")

    @pytest.mark.parametrize("deed", ["SIGINT", "SIGTERM"])
    def test_an_interrupted_run_exits_as_such_and_the_next_resumes(
        self, drive, night, mirror, tmp_path, undisturbed, deed
    ):
        done = drive("reading artifacts:8", deed)
        assert (Exit.INTERRUPTED, "", "boojum: interrupted; the next run resumes\n") == (
            done.status, done.stdout, done.stderr
        )  # fmt: skip
        assert 8 <= night(mirror, tmp_path / "out").document.counts["resumed"]
        assert undisturbed == left(tmp_path / "out")


class TestTheDisk:
    @pytest.mark.parametrize("stage", ["writing parts", "scoring parts", "writing scores", "writing reports"])
    def test_a_full_disk_of_the_driver_ends_the_run_and_the_next_resumes(
        self, drive, night, mirror, tmp_path, undisturbed, stage
    ):
        done = drive(f"{stage}:0", "full")
        assert (Exit.INCOMPLETE, "") == (done.status, done.stdout)
        assert "File too large" in done.stderr
        assert 1 == done.stderr.count("\n")
        assert {"read": 0} == counts(night(mirror, tmp_path / "out"), "read")
        assert undisturbed == left(tmp_path / "out")

    def test_a_full_disk_of_a_worker_ends_the_run_and_the_next_resumes(
        self, cluster, night, mirror, tmp_path, undisturbed
    ):
        filling = partial(jobs_doubles.extract_filling, once=tmp_path / "once")
        with pytest.raises(StoreFullError, match="File too large"):
            night(mirror, tmp_path / "out", extract=filling)
        cluster.client.run(jobs_doubles.unlimit)
        assert 24 == sum(counts(night(mirror, tmp_path / "out"), "read", "resumed").values())
        assert undisturbed == left(tmp_path / "out")


class TestTheWorkers:
    def test_a_killed_worker_costs_no_artifact(self, night, mirror, tmp_path, undisturbed):
        killing = partial(jobs_doubles.extract_killing, once=tmp_path / "once")
        done = night(mirror, tmp_path / "out", extract=killing)
        assert (tmp_path / "once").exists()
        assert {"read": 24, "died": 0, "failed": 0} == counts(done, "read", "died", "failed")
        assert 1 <= done.document.counts["failed_units"]
        assert undisturbed == left(tmp_path / "out")

    def test_a_lost_scheduler_ends_the_run_and_the_next_resumes(self, drive, night, mirror, tmp_path, undisturbed):
        with hub() as (process, address):
            done = drive("reading artifacts:4", f"SIGKILL:{process.pid}", address)
        assert (Exit.INCOMPLETE, "") == (done.status, done.stdout)
        assert re.fullmatch(
            r"boojum: the Dask scheduler .*; run again: what was finished is kept, and the next run resumes\n",
            done.stderr,
        )
        again = night(mirror, tmp_path / "out")
        assert again.document.counts["resumed"] >= 4
        assert undisturbed == left(tmp_path / "out")

    def test_a_silent_scheduler_ends_the_run(self, tmp_path):
        items = iter([1, 2])
        with (
            hub() as (process, address),
            open_cluster(ClusterSettings(tmp_path, scheduler=address, absence=2)) as cluster,
        ):
            process.send_signal(signal.SIGSTOP)
            with pytest.raises(ClusterLostError, match="has not answered for 2 s"):
                list(BoundedSubmit(cluster, abs, lambda: next(items, None)))

    def test_a_scheduler_that_never_answers_is_unreachable(self, tmp_path):
        with socket.create_server(("127.0.0.1", 0)) as mute:
            settings = ClusterSettings(tmp_path, scheduler=f"tcp://127.0.0.1:{mute.getsockname()[1]}", patience=1)
            with (
                pytest.raises(SchedulerUnreachableError, match="nothing answers there within 1 s"),
                open_cluster(settings),
            ):
                pass

    def test_a_worker_with_another_schema_ends_the_run(self, drive, night, mirror, tmp_path, undisturbed):
        with hub("0123456789abcdef") as (_, address):
            done = drive("never", "SIGKILL", address)
        assert (Exit.MISMATCH, "") == (done.status, done.stdout)
        assert "has the feature schema 0123456789abcdef" in done.stderr
        night(mirror, tmp_path / "out")
        assert undisturbed == left(tmp_path / "out")


HUB = """
import sys
import jobs_doubles
import features.schema
if sys.argv[1:]:
    features.schema.fingerprint = lambda: sys.argv[1]
from distributed import LocalCluster
import jobs.run.extraction
if __name__ == "__main__":
    with LocalCluster(
        n_workers=1, threads_per_worker=1, processes=False, protocol="tcp://", host="127.0.0.1", dashboard_address=":0"
    ) as cluster:
        print(cluster.scheduler_address, flush=True)
        sys.stdin.read()
"""


@contextmanager
def hub(fingerprint: str = "") -> Iterator[tuple[subprocess.Popen[str], str]]:
    """Yield the process of a scheduler with a worker in it, and its address."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(p for p in sys.path if p)}
    command = [sys.executable, "-c", HUB, *([fingerprint] if fingerprint else [])]
    with subprocess.Popen(
        command, env=environment, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        try:
            assert process.stdout
            yield process, process.stdout.readline().strip()
        finally:
            process.kill()


class TestTheMirror:
    def test_files_that_change_during_the_walk_end_no_run(self, night, tmp_path, monkeypatch):
        root = changing(tmp_path)
        changed: list[bool] = []
        passed_over = walk._is_beside_distributions

        def changing_first(*of: Any) -> bool:
            if not changed:
                changed.append(True)
                change(root)
            return passed_over(*of)

        with monkeypatch.context() as patch:
            # The first entry is in hand, and the system has listed the others.
            patch.setattr(walk, "_is_beside_distributions", changing_first)
            document = night(root, tmp_path / "out").document
        assert {"on_disk": 5, "failed": 0, "gone": 0} == {n: document.counts[n] for n in ("on_disk", "failed", "gone")}
        assert 2 == document.walk_counts["vanished"]
        self.same(night, root, tmp_path)

    def test_files_that_change_before_they_are_read_are_read_the_next_night(self, night, tmp_path):
        root = changing(tmp_path)
        changed: list[bool] = []

        def progress(done: int, total: int, stage: str) -> None:
            if stage == "starting workers" and not changed:
                changed.append(True)
                change(root)

        first = night(root, tmp_path / "out", progress=progress)
        # A file that grew is read next time; those that left are no fault.
        assert {"on_disk": 8, "failed": 1, "gone": 3} == counts(first, "on_disk", "failed", "gone")
        assert Exit.INCOMPLETE == first.outcome.status
        self.same(night, root, tmp_path)

    @staticmethod
    def same(night: Callable[..., NightlyResult], root: Path, tmp_path: Path) -> None:
        # A quarter of so small a mirror is more than it may shrink by in a night.
        night(root, tmp_path / "out", accept_shrink=True)
        # What changed in place was said in that night.
        night(root, tmp_path / "out")
        night(root, tmp_path / "fresh")
        after, undisturbed = left(tmp_path / "out"), left(tmp_path / "fresh")
        # Of a file that was replaced the store keeps both rows, and the newer one counts.
        for of in ("scores", "findings"):
            assert listed(undisturbed[of]) == listed(after[of])
        assert 6 == len(after["scores"])


def listed(what: Any) -> Any:
    return what.to_pylist() if isinstance(what, pa.Table) else what


def changing(tmp_path: Path) -> Path:
    root = tmp_path / "changing"
    (root / "folder").mkdir(parents=True)
    for name in ("stays-1", "vanishes-1", "grows-1", "replaced-1", "folder/a-1", "folder/b-1", "stays-2", "stays-3"):
        (root / f"{name}.tar.gz").write_bytes(name.encode())
    (root / ".whole-1.tar.gz.abcd1234").write_bytes(b"whole")
    return root


def change(root: Path) -> None:
    """Do to a mirror what a sync does."""
    (root / "vanishes-1.tar.gz").unlink()
    with (root / "grows-1.tar.gz").open("ab") as file:
        file.write(b"more")
    (root / "replacement").write_bytes(b"REPLACED-1")
    (root / "replacement").replace(root / "replaced-1.tar.gz")
    (root / ".whole-1.tar.gz.abcd1234").rename(root / "whole-1.tar.gz")
    shutil.rmtree(root / "folder")


def test_a_second_night_at_once_is_refused(mirror, tmp_path, capsys):
    held = OutputLock(tmp_path)
    assert Exit.MISUSE == cli.main(["audit", str(mirror), "--out", str(tmp_path), "--quiet"])
    assert (
        f"boojum: {tmp_path} is in use by another boojum (process {os.getpid()}); "
        "wait until it ends, or choose another --out\n"
    ) == capsys.readouterr().err
    held.release()


@pytest.mark.parametrize("out", ["a file", "read-only"])
def test_an_output_folder_that_cannot_be_written_is_a_misuse(mirror, tmp_path, capsys, out):
    (tmp_path / "a file").touch()
    # Root may write into any folder but those of the kernel's own.
    (tmp_path / "read-only").symlink_to("/sys", target_is_directory=True)
    folder = tmp_path / out / "boojum-out"
    assert Exit.MISUSE == cli.main(["audit", str(mirror), "--out", str(folder), "--quiet"])
    error = capsys.readouterr().err
    assert error.startswith(f"boojum: {folder} cannot be used as the output folder (")
    assert error.endswith("; choose another --out, or let this user write there\n")


def end_of(column: str) -> Callable[[Path], None]:
    """Return what flips the last byte of a column's pages."""

    def flip(part: Path) -> None:
        group = pq.read_metadata(part).row_group(0)
        (chunk,) = (c for c in map(group.column, range(group.num_columns)) if c.path_in_schema.startswith(column))
        start = chunk.dictionary_page_offset or chunk.data_page_offset
        flip_byte(part, start + chunk.total_compressed_size - 1)

    return flip


def flip_byte(part: Path, at: int) -> None:
    data = bytearray(part.read_bytes())
    data[at] ^= 0x55
    part.write_bytes(data)


DAMAGE: dict[str, Callable[[Path], object]] = {
    "cut": lambda part: os.truncate(part, part.stat().st_size // 2),
    "cut at its end": lambda part: os.truncate(part, part.stat().st_size - 1),
    "empty": lambda part: os.truncate(part, 0),
    "a flipped path": end_of("path"),
    "a flipped digest": end_of("sha256"),
    "a flipped footer": lambda part: flip_byte(part, part.stat().st_size - 200),
    "other columns": lambda part: pq.write_table(pa.table({"a": [1, 2]}), part),
    "some of its columns": lambda part: pq.write_table(pq.read_table(part, columns=["path", "size"]), part),
    "deleted": Path.unlink,
}


class TestTheStore:
    @pytest.mark.parametrize(
        ("of", "how"),
        [
            *(("features", how) for how in (*DAMAGE, "a flipped reason")),
            *(("scores", how) for how in ("cut", "a flipped footer", "other columns", "deleted", "a flipped reason")),
        ],
    )
    def test_a_damaged_part_is_read_or_scored_again(self, night, finished, mirror, tmp_path, undisturbed, of, how):
        out = shutil.copytree(finished, tmp_path / "out", symlinks=True)
        (part,) = (out / "store" / of).glob("*/run=*/part-*")
        flipped = {"features": "evidence.list.element.member", "scores": "reasons.list.element.column"}
        DAMAGE.get(how, end_of(flipped[of]))(part)
        again = night(mirror, out)
        assert undisturbed == left(out)
        # Rows that are read again are a part with another name, and scores go by the name.
        assert {"read": 24 if of == "features" else 0, "scored": 24} == counts(again, "read", "scored")
