import asyncio
import json
import os
import stat
import tempfile
from pathlib import Path

import psutil
import pytest
from distributed import Client, Security
from distributed.comm import connect

from features.schema import fingerprint
from jobs.contract import ClusterSettings, SchedulerUnreachableError, WorkerSchemaMismatchError, WorkerUnfitError
from jobs.run import cluster as cluster_module
from jobs.run.cluster import Cluster, WorkerReport, check_workers, open_cluster

NOBODY = "tcp://127.0.0.1:9"  # the discard port, where nothing listens


def opened(settings: ClusterSettings) -> None:
    with open_cluster(settings):
        pass


def test_an_address_where_no_scheduler_listens_is_an_error_with_a_hint(tmp_path):
    with pytest.raises(SchedulerUnreachableError, match=r"127\.0\.0\.1:9") as caught:
        opened(ClusterSettings(tmp_path, scheduler=NOBODY, patience=1))
    assert "dask scheduler" in caught.value.hint


@pytest.mark.parametrize("text", [None, "", "{}", "[]", "\0"])
def test_a_scheduler_file_without_an_address_is_an_error(tmp_path, text):
    file = tmp_path / "scheduler.json"
    if text is not None:
        file.write_text(text)
    with pytest.raises(SchedulerUnreachableError, match=r"scheduler\.json"):
        opened(ClusterSettings(tmp_path, scheduler_file=file, patience=1))


def test_a_scheduler_without_workers_is_an_error(tmp_path):
    distributed = pytest.importorskip("distributed")
    with distributed.LocalCluster(n_workers=0, dashboard_address=":0", protocol="tcp://") as empty:
        file = tmp_path / "scheduler.json"
        file.write_text(json.dumps({"address": empty.scheduler_address}))
        with pytest.raises(SchedulerUnreachableError, match="no workers"):
            opened(ClusterSettings(tmp_path, scheduler_file=file, patience=1))


def test_workers_with_the_same_schema_that_see_the_paths_pass(cluster: Cluster, tmp_path):
    assert () == check_workers(cluster, (tmp_path,))
    assert 2 == cluster.threads()


def test_a_worker_that_does_not_see_the_mirror_is_named(cluster: Cluster, tmp_path):
    with pytest.raises(WorkerUnfitError, match=r"tls://127.0.0.1:\d+ does not see .*absent"):
        check_workers(cluster, (tmp_path, tmp_path / "absent"))


def test_a_worker_with_another_schema_is_named_with_both_fingerprints(cluster: Cluster, monkeypatch):
    monkeypatch.setattr(cluster_module, "fingerprint", lambda: "0123456789abcdef")
    with pytest.raises(WorkerSchemaMismatchError) as caught:
        check_workers(cluster, ())
    assert (fingerprint(), "0123456789abcdef") == (caught.value.theirs, caught.value.ours)


def test_a_worker_reports_the_first_path_that_it_does_not_see():
    assert WorkerReport(fingerprint(), "/absent", ()) == cluster_module.examine_worker((Path("/"), Path("/absent")))


def listening(cluster: Cluster) -> list[str]:
    """Return the addresses (host:port) where this process, with scheduler and nannies, and the workers listen."""
    own = {os.getpid(), *cluster.client.run(os.getpid).values()}
    sockets = [c for pid in own for c in psutil.Process(pid).net_connections("tcp") if c.status == psutil.CONN_LISTEN]
    return [f"{connection.laddr.ip}:{connection.laddr.port}" for connection in sockets]


async def dial(address: str, security: Security) -> str:
    """Return the name of the error that a stranger meets at an address, "" if it is let in."""
    try:
        comm = await connect(address, timeout=1, **security.get_connection_args("client"))
        await comm.write({"op": "identity", "reply": True})
        await comm.read()
    except OSError as error:
        return type(error).__name__
    comm.abort()
    return ""


def test_scheduler_nannies_and_workers_listen_on_this_machine_and_nothing_else_does(cluster: Cluster):
    assert cluster.local is not None
    nannies = [nanny.address for nanny in cluster.local.workers.values()]
    members = [cluster.local.scheduler_address, *nannies, *cluster.client.scheduler_info()["workers"]]
    assert sorted(member.removeprefix("tls://") for member in members) == sorted(listening(cluster))
    assert {"127.0.0.1"} == {address.partition(":")[0] for address in listening(cluster)}


@pytest.mark.parametrize("protocol", ["tcp", "tls"])
def test_a_stranger_is_refused_by_scheduler_nannies_and_workers(cluster: Cluster, protocol):
    stranger = Security.temporary() if protocol == "tls" else Security()
    assert 5 == len(listening(cluster))
    assert "" not in [asyncio.run(dial(f"{protocol}://{address}", stranger)) for address in listening(cluster)]


def test_the_driver_itself_is_let_in(cluster: Cluster):
    assert cluster.local is not None
    assert [""] * 5 == [asyncio.run(dial(f"tls://{address}", cluster.local.security)) for address in listening(cluster)]


def test_a_stranger_runs_no_function_on_a_worker(cluster: Cluster):
    address = cluster.client.scheduler.address.replace("tls://", "tcp://")
    with pytest.raises(OSError, match=r"reset|closed|Timed out"):
        Client(address, timeout=1)


def test_each_run_has_keys_of_its_own(cluster: Cluster, tmp_path):
    assert cluster.local is not None
    with open_cluster(ClusterSettings(tmp_path, workers=1)) as other:
        assert other.local is not None
        assert "ConnectionClosed" not in asyncio.run(dial(other.local.scheduler_address, other.local.security))
        assert "" != asyncio.run(dial(other.local.scheduler_address, cluster.local.security))


def secrets_seen_by_others() -> list[str]:
    """Return where the process that this runs in shows a private key: its command line, or its environment."""
    return [name for name in ("cmdline", "environ") if b"PRIVATE KEY" in Path("/proc/self", name).read_bytes()]


def modes_of_temporary_files() -> tuple[str, int]:
    folder = tempfile.gettempdir()
    return folder, stat.S_IMODE(Path(folder).stat().st_mode)


def test_keys_are_in_no_command_line_and_no_environment(cluster: Cluster):
    assert [] == secrets_seen_by_others()
    assert [[], []] == list(cluster.client.run(secrets_seen_by_others).values())


def test_temporary_files_of_workers_are_for_their_user_alone(cluster: Cluster):
    for folder, mode in cluster.client.run(modes_of_temporary_files).values():
        assert "workers-" in folder
        assert 0o700 == mode
