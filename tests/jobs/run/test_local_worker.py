import os
import pickle
import socket
import subprocess
import tempfile
import time
from pathlib import Path

import pytest
from distributed import get_worker

from jobs.confine.landlock import landlock_version
from jobs.confine.system_calls import call_numbers
from jobs.contract import ClusterSettings
from jobs.run.cluster import Cluster, check_workers, open_cluster
from jobs.run.local_worker import LocalWorker, lacking_of

needs_kernel = pytest.mark.skipif(
    landlock_version() < 6 or not call_numbers(), reason="this kernel or processor cannot confine a process wholly"
)


def test_the_driver_is_not_confined_by_receiving_the_plugin_of_a_worker(tmp_path):
    received = pickle.loads(pickle.dumps(LocalWorker(tmp_path, (), os.getpid())))
    assert () == received.lacking
    (tmp_path / "file").write_text("x")


def test_of_a_worker_that_boojum_did_not_start_nothing_is_said():
    assert () == lacking_of(None)


def attempt(act: str, path: str) -> str:
    """Try something in a worker's process; return the name of its error, "" for none."""
    try:
        match act:
            case "write":
                Path(path).write_text("x")
            case "connect":
                socket.create_connection(("127.0.0.1", int(path)), 5)
            case "execute":
                subprocess.run([path], check=True)
    except OSError as error:
        return type(error).__name__
    return ""


def end_worker() -> None:
    os._exit(1)


@pytest.mark.slow
def test_a_temporary_folder_of_the_operator_is_not_that_of_the_workers(tmp_path, monkeypatch):
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    with open_cluster(ClusterSettings(tmp_path / "scratch", workers=1)) as cluster:
        (folder,) = cluster.client.run(tempfile.gettempdir).values()
    assert Path(folder).parent == tmp_path / "scratch"


@needs_kernel
@pytest.mark.slow
def test_workers_are_confined_from_their_first_task_also_those_that_replace_others(tmp_path):
    settings = ClusterSettings(tmp_path / "scratch", workers=1, writable=(tmp_path / "out",))
    with socket.create_server(("127.0.0.1", 0)) as server, open_cluster(settings) as cluster:
        port = str(server.getsockname()[1])
        expected = {
            ("write", str(tmp_path / "out" / "file")): "",
            ("write", str(tmp_path / "scratch" / "file")): "PermissionError",
            ("write", str(tmp_path / "file")): "PermissionError",
            ("connect", port): "PermissionError",
            ("execute", "/bin/true"): "PermissionError",
        }
        assert () == check_workers(cluster, ())

        def found() -> dict[tuple[str, str], str]:
            return {words: cluster.client.submit(attempt, *words, pure=False).result() for words in expected}

        assert expected == found()
        cluster.client.submit(end_worker, pure=False).exception()
        assert expected == found()


@needs_kernel
def test_a_confined_worker_still_sends_heartbeats(cluster: Cluster):
    assert cluster.local is not None
    (address, *_) = cluster.client.scheduler_info()["workers"]
    state = cluster.local.scheduler.workers[address]
    before, end = state.last_seen, time.monotonic() + 60
    while state.last_seen == before and time.monotonic() < end:
        time.sleep(0.1)
    assert state.last_seen > before


def temporary_folder() -> str:
    return str(get_worker().local_directory)


def test_the_files_of_a_worker_are_below_the_scratch_folder(cluster: Cluster):
    assert "workers-" in cluster.client.submit(temporary_folder, pure=False).result()
