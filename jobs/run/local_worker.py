"""Prepares the processes of the workers that boojum starts on this machine."""

from distributed import Worker, WorkerPlugin


class LocalWorker(WorkerPlugin):
    """Prepares a worker that boojum started, before it joins the scheduler."""

    name = "boojum-local-worker"
    idempotent = True

    def setup(self, worker: Worker) -> None:
        """Stop the HTTP server, which has no routes and speaks no TLS."""
        worker.http_server.stop()
