"""Prepares and confines the processes of the workers that boojum starts on this machine."""

import os
from collections.abc import Callable
from pathlib import Path

from distributed import Worker, WorkerPlugin
from distributed.comm import get_address_host_port

from jobs.confine.confinement import give_up_files, give_up_network


class LocalWorker(WorkerPlugin):
    """Confines a worker that boojum started to some folders, and prepares it before it joins the scheduler.

    A worker's process receives this object with the rest of its parameters, before it has a second thread; from then on
    it writes nowhere else and starts no program. `lacking` are sentences about what its kernel could not take away.
    """

    name = "boojum-local-worker"
    idempotent = True

    def __init__(self, writable: tuple[Path, ...], driver: int) -> None:
        self.writable = writable
        self.lacking: tuple[str, ...] = ()
        self._driver = driver

    def __reduce__(self) -> tuple[Callable[..., "LocalWorker"], tuple[tuple[Path, ...], int]]:
        return _arrive, (self.writable, self._driver)

    async def setup(self, worker: Worker) -> None:
        """Stop the HTTP server, which has no routes and speaks no TLS, and open the connection for heartbeats."""
        worker.http_server.stop()
        await worker.scheduler.identity()  # a pool keeps its connection


def _arrive(writable: tuple[Path, ...], driver: int) -> LocalWorker:
    """Return the plugin in the process that receives it, which is confined unless it is the driver."""
    plugin = LocalWorker(writable, driver)
    if os.getpid() != driver:
        plugin.lacking = give_up_files(writable)
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
