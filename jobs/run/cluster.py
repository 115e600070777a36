"""The workers: processes of our own on this machine, or those of a Dask scheduler that already runs."""

import asyncio
import contextlib
import json
import logging
import os
import shutil
import signal
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import dask
import dask.system
from distributed import Client, LocalCluster, Security
from distributed.comm import connect
from distributed.system import MEMORY_LIMIT

from features.schema import fingerprint
from jobs.contract import ClusterLostError, SchedulerUnreachableError, WorkerSchemaMismatchError, WorkerUnfitError

_GIB = 2**30
_OURS = {
    # Whoever sent the work tries again, in halves; a second try of the whole would only end another worker.
    "distributed.scheduler.allowed-failures": 0,
    # Rows go to the disk and not through memory: nothing is there to spill, and a worker that pauses for memory
    # which its process does not give back would pause for ever. Over the limit it is ended and replaced.
    "distributed.worker.memory.target": False,
    "distributed.worker.memory.spill": False,
    "distributed.worker.memory.pause": False,
    "distributed.worker.memory.terminate": 0.95,
    # To ask what a worker holds ten times a second takes a hundredth of its time; in this one it cannot take much more.
    "distributed.worker.memory.monitor-interval": "500ms",
    # A busy machine may take long to start a worker anew; giving up on it in the middle would end it once more.
    "distributed.deploy.lost-worker-timeout": "60s",
    # What a process asks of itself many times a second, for nobody to see, was half of what this machinery costs.
    "distributed.admin.tick.interval": "1s",
    "distributed.admin.tick.cycle": "10s",
    "distributed.admin.system-monitor.interval": "10s",
    "distributed.admin.system-monitor.disk": False,
    "distributed.admin.system-monitor.gil.enabled": False,
    "distributed.client.scheduler-info-interval": "60s",
    "distributed.scheduler.active-memory-manager.start": False,
    "distributed.worker.profile.enabled": False,
    # Dask would have memory given back at once; a worker that inflates all the time would ask for it anew all the
    # time, which takes a tenth of its processor time. What is left says that each worker has one thread.
    "distributed.nanny.pre-spawn-environ": {"OMP_NUM_THREADS": 1, "MKL_NUM_THREADS": 1, "OPENBLAS_NUM_THREADS": 1},
    # Nobody is to look in from outside.
    "distributed.scheduler.http.routes": [],
    "distributed.worker.http.routes": [],
}


@dataclass(frozen=True, slots=True)
class ClusterSettings:
    """Where the work is done.

    With neither `scheduler` nor `scheduler_file`: `workers` processes here (None or 0: one per processor) of one
    thread and `memory` bytes each (None or 0: a fair share between 1 and 2 GiB), their files below `scratch`.
    `patience` is how many seconds a scheduler and its first worker may take to answer, and `absence` how many a
    run waits when all its workers are gone, or nobody answers any more.
    """

    scratch: Path
    workers: int | None = None
    memory: int | None = None
    scheduler: str | None = None
    scheduler_file: Path | None = None
    patience: float = 30.0
    absence: float = 300.0


@dataclass(frozen=True, slots=True)
class Cluster:
    """Workers that answer; `name` is for a person. Where they are ours, `local` keeps `wanted` of them.

    `absence` is how many seconds a run waits for workers that are gone, or for a scheduler that says nothing.
    """

    client: Client
    name: str
    absence: float
    local: LocalCluster | None = None
    wanted: int = 0

    def threads(self) -> int:
        """Return how many tasks can run at once now; raises ClusterLostError where the scheduler is gone or silent."""
        self.check()
        try:
            threads = sum(self.client.nthreads(callback_timeout=self.absence).values())
        except TimeoutError as error:
            reason = f"the Dask scheduler {self.name} has not answered for {self.absence:g} s"
            raise ClusterLostError(reason) from error
        except (OSError, RuntimeError) as error:
            raise self.lost() from error
        if self.local is not None and threads < self.wanted:
            # A worker that died while it was starting is not started anew by itself.
            self.local.scale(self.wanted)
        return threads

    def check(self) -> None:
        """Raise ClusterLostError where the scheduler is gone."""
        if self.client.status != "running":
            raise self.lost()

    def lost(self) -> ClusterLostError:
        """Return the error for a scheduler that is gone."""
        return ClusterLostError(f"the Dask scheduler {self.name} went away")


@dataclass(frozen=True, slots=True)
class Fitness:
    """What a worker says of itself before its first task."""

    fingerprint: str
    blind: str
    """The first path of those asked for that it does not see, or ""."""


def examine_worker(paths: tuple[Path, ...]) -> Fitness:
    """Say, on a worker, which columns it extracts and whether it sees these paths."""
    return Fitness(fingerprint(), next((str(path) for path in paths if not path.exists()), ""))


def check_workers(cluster: Cluster, paths: tuple[Path, ...]) -> None:
    """Raise WorkerSchemaMismatchError or WorkerUnfitError where a worker of now cannot do the work."""
    ours = fingerprint()
    try:
        answers = cluster.client.run(examine_worker, paths, on_error="return", callback_timeout=cluster.absence)
    except TimeoutError as error:
        reason = f"not every worker of it has answered within {cluster.absence:g} s"
        raise SchedulerUnreachableError(cluster.name, reason) from error
    except OSError as error:
        raise cluster.lost() from error
    for worker, answer in sorted(answers.items()):
        if isinstance(answer, BaseException):
            raise WorkerUnfitError(worker, f"cannot run boojum ({type(answer).__name__}: {answer})")
        if answer.fingerprint != ours:
            raise WorkerSchemaMismatchError(worker, answer.fingerprint, ours)
        if answer.blind:
            raise WorkerUnfitError(worker, f"does not see {answer.blind}")


@contextlib.contextmanager
def open_cluster(settings: ClusterSettings) -> Iterator[Cluster]:
    """Start workers here, or connect to a scheduler; what was started ends with the context, however it ends."""
    _hush()
    if settings.scheduler or settings.scheduler_file:
        with _connect(settings) as cluster:
            yield cluster
    else:
        with _start(settings) as cluster:
            yield cluster


@contextlib.contextmanager
def _start(settings: ClusterSettings) -> Iterator[Cluster]:
    count = settings.workers or dask.system.CPU_COUNT
    fair = min(2 * _GIB, max(_GIB, int(0.8 * MEMORY_LIMIT / count)))
    settings.scratch.mkdir(parents=True, exist_ok=True)
    scratch = tempfile.mkdtemp(prefix="workers-", dir=settings.scratch)
    with contextlib.ExitStack() as stack:
        stack.callback(shutil.rmtree, scratch, ignore_errors=True)
        stack.enter_context(dask.config.set(_OURS))
        with _no_interrupts():
            local = LocalCluster(
                n_workers=count,
                threads_per_worker=1,
                processes=True,
                memory_limit=settings.memory or fair,
                # Without an address it would take a well-known port, and warn where another run has it.
                dashboard_address="127.0.0.1:0",
                scheduler_kwargs={"dashboard": False},
                local_directory=scratch,
                silence_logs=logging.CRITICAL,
                host="127.0.0.1",
            )
            stack.callback(_close, local)
        client = Client(local, set_as_default=False, timeout=settings.patience)
        stack.callback(_close, client)
        yield Cluster(client, "on this machine", settings.absence, local, count)


@contextlib.contextmanager
def _connect(settings: ClusterSettings) -> Iterator[Cluster]:
    address = settings.scheduler or _read_address(settings.scheduler_file)
    try:
        if not address.startswith("inproc://"):
            asyncio.run(asyncio.wait_for(_greet(address, settings.patience), settings.patience))
        client = Client(address, set_as_default=False, timeout=settings.patience)
    except (OSError, TimeoutError, ValueError) as error:
        reason = f"nothing answers there within {settings.patience:g} s"
        raise SchedulerUnreachableError(address, str(error) if isinstance(error, ValueError) else reason) from error
    try:
        try:
            client.wait_for_workers(1, timeout=settings.patience)
        except TimeoutError as error:
            raise SchedulerUnreachableError(address, f"it has no workers after {settings.patience:g} s") from error
        yield Cluster(client, address, settings.absence)
    finally:
        _close(client)


async def _greet(address: str, patience: float) -> None:
    """Connect and leave again: a client would wait for ever where something listens and says nothing."""
    comm = await connect(address, timeout=patience, **Security().get_connection_args("client"))
    comm.abort()


def _read_address(file: Path | None) -> str:
    """Return the address in a scheduler file; distributed itself would wait for ever for one that is not there."""
    try:
        return str(json.loads(Path(str(file)).read_text(encoding="utf-8"))["address"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise SchedulerUnreachableError(str(file), f"the scheduler file cannot be used ({error})") from error


@contextlib.contextmanager
def _no_interrupts() -> Iterator[None]:
    """Start threads and processes that Ctrl-C does not reach: it is this thread's to end them in order.

    A terminal sends it to the whole process group, and a thread or process starts with its parent's mask.
    """
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _close(thing: Client | LocalCluster) -> None:
    """Close and do not wait long: a worker in the middle of an artifact has nothing that must be saved."""
    with contextlib.suppress(TimeoutError, OSError, RuntimeError):
        thing.close(timeout=5)


def _hush() -> None:
    """Keep distributed's own log off stderr: workers that die are counted, and said in words of ours."""
    # Its children have levels of their own, given when it was imported.
    children = [name for name in logging.root.manager.loggerDict if name.startswith("distributed.")]
    for name in ("distributed", *children, "tornado.application", "asyncio"):
        logging.getLogger(name).setLevel(logging.CRITICAL)
    os.environ.setdefault("OMP_NUM_THREADS", "1")
