"""What may go wrong around a night: after each fault the next one ends complete and equal to an undisturbed one."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple, TypeAlias

import jobs_doubles
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import jobs.intake
from audit.config import Settings
from audit.contract import Night
from audit.exits import Exit
from audit.nightly import audit_mirror
from jobs.cluster import Cluster
from jobs.run import run_audit

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
    monkeypatch.setattr(jobs.intake, "unit_size", lambda table: (2**25, 4))


@pytest.fixture(scope="module")
def mirror(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("faults") / "mirror"
    folder.mkdir()
    for name, data in FILES.items():
        (folder / name).write_bytes(data)
    return folder


@pytest.fixture(scope="module")
def night(cluster: Cluster) -> Callable[..., Night]:
    """Return `night(mirror, out) -> Night`, in this process on the cluster of the tests."""

    def run(mirror: Path, out: Path, **hooks: Any) -> Night:
        settings = Settings(mirror=str(mirror), out=str(out), scheduler=cluster.client.scheduler.address)
        job = partial(run_audit, extract=jobs_doubles.extract, load=jobs_doubles.load)
        return audit_mirror(settings, hooks.get("progress", lambda *_: None), run=job)

    return run


@pytest.fixture(scope="module")
def finished(night, mirror, tmp_path_factory) -> Path:
    """Return what an undisturbed night left."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(jobs.intake, "unit_size", lambda table: (2**25, 4))
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
def drive(driver: subprocess.Popen[str], mirror: Path, tmp_path: Path, cluster: Cluster) -> Drive:
    """Return `drive(moment, deed, scheduler)`: a night in another process, on the cluster of the tests."""

    def run(moment: str, deed: str, scheduler: str = cluster.client.scheduler.address) -> Ended:
        assert driver.stdin
        assert driver.stdout
        output, noise = tmp_path / "stdout", tmp_path / "stderr"
        words = ("audit", mirror, "--out", tmp_path / "out", "--quiet", "--scheduler", scheduler)
        driver.stdin.write(json.dumps([moment, deed, *map(str, (output, noise, *words))]) + "\n")
        driver.stdin.flush()
        return Ended(int(driver.stdout.readline()), output.read_text(), noise.read_text())

    return run


def left(out: Path) -> dict[str, Any]:
    """Return what a night left that is no time and no name of a run, after a look for litter."""
    latest = out / "runs" / "latest"
    assert {".lock", "store", "runs"} == {entry.name for entry in out.iterdir()}
    assert [] == [path.name for path in out.rglob(".*") if path.name != ".lock" and ".broken-" not in path.name]
    said = json.loads((latest / "findings.json").read_text())
    assert json.loads((latest / "manifest.json").read_text())["complete"]
    for name in ("run", "previous_run", "started", "finished", "counts"):
        del said[name]
    for finding in said["findings"]:
        del finding["change"]
    return {
        "scores": pq.read_table(latest / "scores.parquet"),
        "findings": said,
        "features": stored(out, "features"),
        "store scores": stored(out, "scores"),
    }


def stored(out: Path, of: str) -> pa.Table:
    parts = sorted((out / "store" / of).glob("*/run=*/part-*"))
    return pa.concat_tables(map(pq.read_table, parts)).sort_by("path").combine_chunks()


def counts(night: Night, *names: str) -> dict[str, int]:
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
    def test_killed(self, drive, night, mirror, tmp_path, undisturbed, moment, resumed):
        assert -9 == drive(moment, "SIGKILL").status
        again = night(mirror, tmp_path / "out")
        assert undisturbed == left(tmp_path / "out")
        assert resumed <= again.document.counts["resumed"]
        if moment.startswith("reading"):
            assert 24 == sum(counts(again, "read", "resumed").values())
        else:
            assert {"read": 0} == counts(again, "read")

    @pytest.mark.parametrize("deed", ["SIGINT", "SIGTERM"])
    def test_interrupted(self, drive, night, mirror, tmp_path, undisturbed, deed):
        done = drive("reading artifacts:8", deed)
        assert (Exit.INTERRUPTED, "", "boojum: interrupted; the next run resumes\n") == (
            done.status, done.stdout, done.stderr
        )  # fmt: skip
        assert 8 <= night(mirror, tmp_path / "out").document.counts["resumed"]
        assert undisturbed == left(tmp_path / "out")


class TestTheDisk:
    @pytest.mark.parametrize("stage", ["writing parts", "scoring parts", "writing scores", "writing reports"])
    def test_full_for_the_driver(self, drive, night, mirror, tmp_path, undisturbed, stage):
        done = drive(f"{stage}:0", "full")
        assert (Exit.INCOMPLETE, "") == (done.status, done.stdout)
        assert "File too large" in done.stderr
        assert 1 == done.stderr.count("\n")
        assert {"read": 0} == counts(night(mirror, tmp_path / "out"), "read")
        assert undisturbed == left(tmp_path / "out")


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
            *(("scores", how) for how in (*DAMAGE, "a flipped reason")),
        ],
    )
    def test_damaged(self, night, finished, mirror, tmp_path, undisturbed, of, how):
        out = shutil.copytree(finished, tmp_path / "out", symlinks=True)
        (part,) = (out / "store" / of).glob("*/run=*/part-*")
        flipped = {"features": "evidence.list.element.member", "scores": "reasons.list.element.column"}
        DAMAGE.get(how, end_of(flipped[of]))(part)
        again = night(mirror, out)
        assert undisturbed == left(out)
        # The scores of rows that are read anew still stand.
        done = ("read", 24) if of == "features" else ("scored", 24)
        assert {"read": 0, "scored": 0, **dict([done])} == counts(again, "read", "scored")
