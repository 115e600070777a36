"""Prepares and confines the processes of the workers that boojum starts on this machine."""

import os
import tempfile
from collections.abc import Callable
from pathlib import Path

from distributed import Worker, WorkerPlugin
from distributed.comm import get_address_host_port

from jobs.confine.confinement import give_up_files, give_up_network


class LocalWorker(WorkerPlugin):
    """Confines a worker that boojum started to some folders, and prepares it before it joins the scheduler.

    `scratch` is the folder of its temporary files, `writable` are others.
    A worker's process receives this object with the rest of its parameters, before it has a second thread; from then on
    it writes nowhere else and starts no program. `lacking` are sentences about what its kernel could not take away.
    """

    name = "boojum-local-worker"
    idempotent = True

    def __init__(self, scratch: Path, writable: tuple[Path, ...], driver: int) -> None:
        self.lacking: tuple[str, ...] = ()
        self._scratch = scratch
        self._writable = writable
        self._driver = driver

    def __reduce__(self) -> tuple[Callable[..., "LocalWorker"], tuple[Path, tuple[Path, ...], int]]:
        return _arrive, (self._scratch, self._writable, self._driver)

    async def setup(self, worker: Worker) -> None:
        """Stop the HTTP server, which has no routes and speaks no TLS, and open the connection for heartbeats."""
        worker.http_server.stop()
        await worker.scheduler.identity()  # a pool keeps its connection


def _arrive(scratch: Path, writable: tuple[Path, ...], driver: int) -> LocalWorker:
    """Return the plugin in the process that receives it, which is confined unless it is the driver."""
    plugin = LocalWorker(scratch, writable, driver)
    if os.getpid() != driver:
        # The keys are loaded through a temporary file, which must be where no other user can look. The operator's own
        # TMPDIR, which the process inherits, would be refused.
        os.environ["TMPDIR"] = tempfile.tempdir = str(scratch)
        plugin.lacking = give_up_files((scratch, *writable))
    return plugin


class ClosedNetwork(WorkerPlugin):
    """Keeps a worker that boojum started from opening connections, from the moment when it has joined the scheduler."""

    name = "boojum-closed-network"
    idempotent = True

    def __init__(self) -> None:
        self.lacking: tuple[str, ...] = ()

    def setup(self, worker: Worker) -> None:
        """Confine the worker's process, before its first task."""
        _, port = get_address_host_port(worker.scheduler.address)
        self.lacking = give_up_network([port])


def lacking_of(worker: Worker | None) -> tuple[str, ...]:
    """Return what the kernel could not take away from a worker; nothing for a worker that boojum did not start."""
    plugins = worker.plugins.values() if worker is not None else ()
    return tuple(
        text for plugin in plugins if isinstance(plugin, LocalWorker | ClosedNetwork) for text in plugin.lacking
    )
