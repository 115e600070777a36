"""Stands in for the reader and the model, in the tests' process and in workers, which import it by name.

What an artifact does is the first line of its bytes. Every artifact read is noted in the file `log`, or that of READ_LOG.
"""

import ctypes
import hashlib
import os
import re
import resource
import signal
import time
from pathlib import Path

import pyarrow as pa

from features.contract import Kind, Row, Status
from features.limits import Limits
from features.schema import fingerprint, group_versions
from jobs.contract import StoreFullError, WorkerUnfitError
from model.change.scoring import CHANGE_SCORE_SCHEMA
from model.contract import ModelCard, OperatingPoint, Verdict

REASON = pa.struct(
    [("column", pa.string()), ("meaning", pa.string()), ("value", pa.float64()), ("contribution", pa.float64())]
)
READ_LOG = "JOBS_DOUBLES_LOG"


def extract(path: Path, filename: str, limits: Limits, log: Path | None = None) -> Row:
    try:
        data = path.read_bytes()
    except OSError as error:
        return Row(Status.UNREADABLE, f"it cannot be opened ({error.strerror})", Kind.UNKNOWN, "", "")
    log = log or (Path(os.environ[READ_LOG]) if READ_LOG in os.environ else None)
    if log:
        with log.open("a", encoding="utf-8") as file:
            file.write(f"{path.name}\n")
    match data.split(b"\n")[0].split():
        case [b"CRASH"]:
            os._exit(1)
        case [b"SEGFAULT"]:
            ctypes.string_at(0)
        case [b"ABORT"]:
            os.abort()
        case [b"KILL"]:
            os.kill(os.getpid(), signal.SIGKILL)
        case [b"KILL", b"SECOND"]:
            _kill_second(path)
        case [b"HOG"]:
            _hog()
        case [b"RAISE"]:
            raise ValueError(filename)
        case [b"HANG"]:
            # In C, and without giving up the interpreter's lock.
            re.match(r"(a+)+$", "a" * 64 + "b")
        case [b"GROW"]:
            path.write_bytes(data + b"more")
        case [b"SLEEP", seconds]:
            time.sleep(float(seconds))
        case [b"BROKEN"]:
            return Row(Status.UNREADABLE, "no archive", Kind.UNKNOWN, *_digests(data))
    return Row(Status.OK, "", Kind.SDIST, *_digests(data), tokens=(1, 2, data[0]))


def _kill_second(path: Path) -> None:
    """Kill this process when the file is read for the second time, and only then."""
    seen = path.parent.with_name(f"seen-{path.name}")
    with seen.open("a", encoding="utf-8") as file:
        file.write("x")
    if seen.stat().st_size == 2:
        os.kill(os.getpid(), signal.SIGKILL)


def _hog() -> None:
    """Take 2 GiB of memory in small pieces and hold it for some seconds, in which a nanny should end this process."""
    kept = []
    for _ in range(64):
        kept.append(b"x" * 2**25)
        time.sleep(0.02)
    time.sleep(3)


def _digests(data: bytes) -> tuple[str, str]:
    return hashlib.sha256(data).hexdigest(), hashlib.blake2b(data, digest_size=32).hexdigest()


class Model:
    """Scores a row by its digest."""

    def __init__(self, model_id: str = "m1") -> None:
        point = OperatingPoint(Verdict.REVIEW, 0.9, 0.01, 0, 100, 0.0, 0.03, extrapolated=False)
        self.card = ModelCard(
            model_id=model_id,
            preset="test",
            fingerprint=fingerprint(),
            groups=tuple(group_versions().items()),
            columns=(),
            rows_digest="",
            trained_on="",
            seed=0,
            versions=(),
            learners=("a",),
            coefficients=(),
            intercept=0.0,
            prior="",
            points=(point,),
            metrics=(),
            limits=("none",),
            files=(),
        )

    def score(self, table: pa.Table) -> pa.Table:
        readable = [status != "unreadable" for status in table["status"].to_pylist()]
        scores = [
            int(d[:8], 16) / 2**32 if ok else None for d, ok in zip(table["sha256"].to_pylist(), readable, strict=True)
        ]
        verdicts = ["unreadable" if s is None else "review" if s >= 0.9 else "clear" for s in scores]
        return pa.table(
            {
                "score": pa.array(scores, pa.float64()),
                "verdict": pa.array(verdicts, pa.string()),
                "score_a": pa.array(scores, pa.float64()),
                "reasons": pa.array([[] for _ in scores], pa.list_(REASON)),
            }
        )


def load(folder: Path | None) -> Model:
    return Model("m1" if folder is None else folder.name)


class ChangeModel(Model):
    """Scores no change."""

    def score(self, table: pa.Table) -> pa.Table:
        return pa.Table.from_arrays(
            [pa.nulls(len(table), field.type) for field in CHANGE_SCORE_SCHEMA], schema=CHANGE_SCORE_SCHEMA
        )


class StrictChangeModel(ChangeModel):
    """Flags every change of an artifact whose digest begins with an even digit."""

    def score(self, table: pa.Table) -> pa.Table:
        flagged = [int(digest[:1], 16) % 2 == 0 for digest in table["sha256"].to_pylist()]
        rows = [
            {"change_score": 0.99 if bad else 0.01, "change_verdict": "suspicious" if bad else "clear"}
            for bad in flagged
        ]
        return pa.Table.from_pylist(rows, schema=CHANGE_SCORE_SCHEMA)


def load_changes(folder: Path | None) -> ChangeModel:
    return ChangeModel("m1" if folder is None else folder.name)


def load_strict(folder: Path | None) -> ChangeModel:
    return StrictChangeModel("m1" if folder is None else folder.name)


def refuse(item: int) -> None:
    raise WorkerUnfitError("here", str(item))


def raise_on_wheels(path: Path, filename: str, limits: Limits) -> Row:
    """Raise an error of the test for every wheel."""
    if filename.endswith(".whl"):
        raise ValueError(filename)
    return extract(path, filename, limits)


def extract_full(path: Path, filename: str, limits: Limits) -> Row:
    """Act as a worker whose disk has just become full."""
    raise StoreFullError(path, "No space left on device")


def extract_killing(path: Path, filename: str, limits: Limits, once: Path) -> Row:
    """Kill this process in the middle of a unit, unless a process did so before."""
    if path.name == "demo3-1.13.tar.gz" and not once.exists():
        once.touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return extract(path, filename, limits)


def extract_filling(path: Path, filename: str, limits: Limits, once: Path) -> Row:
    """Let the disk of this process be full from now on, unless a process did so before; `unlimit` makes room."""
    if not once.exists():
        once.touch()
        resource.setrlimit(resource.RLIMIT_FSIZE, (64, resource.RLIM_INFINITY))
    return extract(path, filename, limits)


def unlimit() -> None:
    resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
