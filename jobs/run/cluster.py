"""Opens the workers of a run: processes started on this machine, or those of a Dask scheduler that already runs."""

import asyncio
import contextlib
import logging
import os
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import dask
import dask.system
from distributed import Client, LocalCluster, Security, Worker
from distributed.system import MEMORY_LIMIT

from features.pattern_databases import store_databases
from features.schema import fingerprint
from jobs.contract import (
    ClusterLostError,
    ClusterSettings,
    SchedulerUnreachableError,
    WorkerSchemaMismatchError,
    WorkerUnfitError,
)
from jobs.run.interrupts import deferred_interrupts
from jobs.run.local_worker import ClosedNetwork, LocalWorker, lacking_of
from jobs.run.scheduler import probe, read_address

_GIB = 2**30
_CLOSE_SECONDS = 5
_LOCAL_CONFIG = {
    # The sender retries in halves. A second attempt of the whole unit would only end another worker.
    "distributed.scheduler.allowed-failures": 0,
    # Rows go to the disk and not through memory, so there is nothing to spill. A worker that pauses because of memory
    # that its process does not return to the system would never resume. Beyond the limit it is ended and replaced.
    "distributed.worker.memory.target": False,
    "distributed.worker.memory.spill": False,
    "distributed.worker.memory.pause": False,
    "distributed.worker.memory.terminate": 0.95,
    # The default of ten times a second shows in stage "extraction" of the audits of `boojum bench`.
    "distributed.worker.memory.monitor-interval": "500ms",
    # On a busy machine, a worker may take long to start again.
    "distributed.deploy.lost-worker-timeout": "60s",
    # Nothing shows these statistics. Collecting them shows in the same stage.
    "distributed.admin.tick.interval": "1s",
    "distributed.admin.tick.cycle": "10s",
    "distributed.admin.system-monitor.interval": "10s",
    "distributed.admin.system-monitor.disk": False,
    "distributed.admin.system-monitor.gil.enabled": False,
    "distributed.client.scheduler-info-interval": "60s",
    "distributed.scheduler.active-memory-manager.start": False,
    "distributed.worker.profile.enabled": False,
    # Replaces distributed's own variables. Its MALLOC_TRIM_THRESHOLD_ makes malloc return freed memory that a worker
    # soon requests again for the next archive, which shows in the same stage.
    "distributed.nanny.pre-spawn-environ": {"OMP_NUM_THREADS": 1, "MKL_NUM_THREADS": 1, "OPENBLAS_NUM_THREADS": 1},
    # What remains of the HTTP servers answers nothing and is stopped at once.
    "distributed.scheduler.http.routes": [],
    "distributed.worker.http.routes": [],
}


@dataclass(frozen=True, slots=True)
class Cluster:
    """An open cluster; `name` is for messages. `local` is its Dask cluster if boojum started it, of `wanted` workers.

    `absence` is that of `ClusterSettings`.
    """

    client: Client
    name: str
    absence: float
    local: LocalCluster | None = None
    wanted: int = 0

    def threads(self) -> int:
        """Return how many tasks can run in parallel now; raises ClusterLostError if the scheduler does not answer."""
        self.check()
        try:
            threads = sum(self.client.nthreads(callback_timeout=self.absence).values())
        except TimeoutError as error:
            reason = f"the Dask scheduler {self.name} has not answered for {self.absence:g} s"
            raise ClusterLostError(reason) from error
        except (OSError, RuntimeError) as error:
            raise self.lost() from error
        if self.local is not None and threads < self.wanted:
            # distributed does not replace a worker that died while it was starting.
            self.local.scale(self.wanted)
        return threads

    def check(self) -> None:
        """Raise ClusterLostError if the scheduler is gone."""
        if self.client.status != "running":
            raise self.lost()

    def lost(self) -> ClusterLostError:
        """Return the error for a scheduler that is gone."""
        return ClusterLostError(f"the Dask scheduler {self.name} went away")


@dataclass(frozen=True, slots=True)
class WorkerReport:
    """The state of a worker before its first task."""

    fingerprint: str
    missing_path: str
    """The first of the given paths that the worker does not see, or ""."""
    lacking: tuple[str, ...]
    """Sentences about what its kernel could not take away from it, if boojum started it."""


def examine_worker(paths: tuple[Path, ...], dask_worker: Worker | None = None) -> WorkerReport:
    """Return the state of the process that this runs in, and which of the paths it does not see."""
    missing = next((str(path) for path in paths if not path.exists()), "")
    return WorkerReport(fingerprint(), missing, lacking_of(dask_worker))


def check_workers(cluster: Cluster, paths: tuple[Path, ...]) -> tuple[str, ...]:
    """Check that every present worker has this process's schema and sees the paths.

    Returns sentences about what the kernel could not take away from workers that boojum started, each once.
    Raises WorkerSchemaMismatchError, WorkerUnfitError, SchedulerUnreachableError or ClusterLostError.
    """
    ours = fingerprint()
    try:
        reports = cluster.client.run(examine_worker, paths, on_error="return", callback_timeout=cluster.absence)
    except TimeoutError as error:
        reason = f"not every worker of it has answered within {cluster.absence:g} s"
        raise SchedulerUnreachableError(cluster.name, reason) from error
    except OSError as error:
        raise cluster.lost() from error
    for worker, report in sorted(reports.items()):
        if isinstance(report, BaseException):
            raise WorkerUnfitError(worker, f"cannot run boojum ({type(report).__name__}: {report})")
        if report.fingerprint != ours:
            raise WorkerSchemaMismatchError(worker, report.fingerprint, ours)
        if report.missing_path:
            raise WorkerUnfitError(worker, f"does not see {report.missing_path}")
    return tuple(sorted({sentence for report in reports.values() for sentence in report.lacking}))


@contextlib.contextmanager
def open_cluster(settings: ClusterSettings) -> Iterator[Cluster]:
    """Start workers here or connect to a scheduler; everything that was started ends with the block.

    Raises SchedulerUnreachableError or SchedulerSettingsError.
    """
    _silence_logs()
    if settings.scheduler or settings.scheduler_file:
        with _connect(settings) as cluster:
            yield cluster
    else:
        with _start(settings) as cluster:
            yield cluster


@contextlib.contextmanager
def _start(settings: ClusterSettings) -> Iterator[Cluster]:
    count = settings.workers or dask.system.CPU_COUNT
    fair_share = min(2 * _GIB, max(_GIB, int(0.8 * MEMORY_LIMIT / count)))
    settings.scratch.mkdir(mode=0o700, parents=True, exist_ok=True)
    writable = tuple(folder.absolute() for folder in settings.writable)
    for folder in writable:
        folder.mkdir(parents=True, exist_ok=True)
    # Workers cannot write there: what they stored, later processes would trust.
    store_databases()
    scratch = tempfile.mkdtemp(prefix="workers-", dir=settings.scratch)
    with contextlib.ExitStack() as stack:
        stack.callback(shutil.rmtree, scratch, ignore_errors=True)
        stack.enter_context(dask.config.set(_LOCAL_CONFIG))
        with deferred_interrupts():
            local = LocalCluster(
                n_workers=count,
                threads_per_worker=1,
                processes=True,
                memory_limit=settings.memory or fair_share,
                # The default is a well-known port, with a warning if another run has it.
                dashboard_address="127.0.0.1:0",
                scheduler_kwargs={"dashboard": False},
                local_directory=scratch,
                silence_logs=logging.CRITICAL,
                host="127.0.0.1",
                # Keys of this run, which only its processes have: others on this machine reach the ports as well.
                security=Security.temporary(),
                plugins=(LocalWorker(Path(scratch), writable, os.getpid()),),
            )
            stack.callback(_close, local)
            local.scheduler.http_server.stop()
            client = Client(local, set_as_default=False, timeout=settings.patience)
            stack.callback(_close, client)
        client.register_plugin(ClosedNetwork())
        yield Cluster(client, "on this machine", settings.absence, local, count)


@contextlib.contextmanager
def _connect(settings: ClusterSettings) -> Iterator[Cluster]:
    address = read_address(settings)
    asyncio.run(probe(address, settings.patience))
    name = str(address)
    with contextlib.ExitStack() as stack:
        try:
            with deferred_interrupts():
                client = Client(name, security=address.security, set_as_default=False, timeout=settings.patience)
                stack.callback(_close, client)
        except (OSError, TimeoutError) as error:
            reason = f"nothing answers there within {settings.patience:g} s"
            raise SchedulerUnreachableError(name, reason) from error
        try:
            client.wait_for_workers(1, timeout=settings.patience)
        except TimeoutError as error:
            raise SchedulerUnreachableError(name, f"it has no workers after {settings.patience:g} s") from error
        yield Cluster(client, name, settings.absence)


def _close(closable: Client | LocalCluster) -> None:
    """Close without waiting long: a worker in the middle of an artifact has nothing that must be saved."""
    with deferred_interrupts(), contextlib.suppress(TimeoutError, OSError, RuntimeError):
        closable.close(timeout=_CLOSE_SECONDS)


def _silence_logs() -> None:
    """Keep the logs of distributed off stderr: workers that die are counted and reported by boojum."""
    # The children of its logger have levels of their own, which were set when it was imported.
    children = [name for name in logging.root.manager.loggerDict if name.startswith("distributed.")]
    for name in ("distributed", *children, "tornado.application", "asyncio"):
        logging.getLogger(name).setLevel(logging.CRITICAL)
    os.environ.setdefault("OMP_NUM_THREADS", "1")
