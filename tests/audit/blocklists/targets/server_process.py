"""Servers on loopback: a mirror's web folder, and the foreign server in front of it that a test drives."""

import contextlib
import functools
import http.client
import http.server
import os
import socket
import subprocess
import threading
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import pytest

TRIES = 400
"""Connections that are tried, a twentieth of a second apart, until a server answers."""


def find_server(variable: str) -> str:
    """Return the Python of a server that an environment variable names, or skip the test."""
    python = os.environ.get(variable, "")
    if not python:
        pytest.skip(f"no such server here: name its Python in {variable}")
    return python


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextlib.contextmanager
def serve_folder(folder: Path) -> Iterator[int]:
    """Serve a folder until the block ends; yield the port."""

    class Quiet(http.server.SimpleHTTPRequestHandler):
        """Says nothing."""

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    handler = functools.partial(Quiet, directory=str(folder))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield server.server_address[1]
        finally:
            server.shutdown()
            thread.join()


@contextlib.contextmanager
def run_server(
    argv: Sequence[str], port: int, log: Path, environment: Mapping[str, str] | None = None
) -> Iterator[None]:
    """Run a server until the block ends; the block begins when it answers."""
    with log.open("wb") as stream:
        process = subprocess.Popen(argv, stdout=stream, stderr=stream, env={**os.environ, **(environment or {})})
    try:
        waiting = threading.Event()
        for _ in range(TRIES):
            assert process.poll() is None, log.read_text()
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
                break
            waiting.wait(0.05)
        else:
            raise AssertionError(log.read_text())
        yield
    finally:
        process.terminate()
        process.wait(30)


def ask(port: int, path: str, accept: str = "*/*") -> tuple[int, bytes]:
    """Return status and content of a path, sent as it is."""
    with contextlib.closing(http.client.HTTPConnection("127.0.0.1", port, timeout=30)) as connection:
        connection.request("GET", path, headers={"Accept": accept})
        answer = connection.getresponse()
        return answer.status, answer.read()
