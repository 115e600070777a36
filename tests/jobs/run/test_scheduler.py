import asyncio
import json
import os
import socket
import subprocess
import threading
from pathlib import Path

import dask
import pytest

from jobs.contract import ClusterSettings, SchedulerSettingsError, SchedulerUnreachableError, TlsFiles
from jobs.run.cluster import Cluster
from jobs.run.scheduler import probe, read_address


@pytest.fixture(scope="module")
def strangers(tmp_path_factory: pytest.TempPathFactory) -> TlsFiles:
    """Keys of an authority that no cluster here knows."""
    folder = tmp_path_factory.mktemp("strangers")
    cert, key = folder / "cert.pem", folder / "key.pem"
    words = "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=stranger -days 2"
    subprocess.run(["openssl", *words.split(), "-out", cert, "-keyout", key], check=True, capture_output=True)
    return TlsFiles(str(cert), str(cert), str(key))


def address_of(scheduler: str, tls: TlsFiles | None = None, *, insecure: bool = False) -> str:
    return str(read_address(ClusterSettings(Path("scratch"), scheduler=scheduler, tls=tls, insecure=insecure)))


@pytest.mark.parametrize(
    ("given", "dialled"),
    [
        ("tcp://127.0.0.1:8786", "tcp://127.0.0.1:8786"),
        ("127.0.0.1:8786", "tcp://127.0.0.1:8786"),
        ("TCP://127.0.0.1:8786/", "tcp://127.0.0.1:8786"),
        ("tcp://127.1.2.3:8786", "tcp://127.1.2.3:8786"),
        ("tcp://[::1]:8786", "tcp://[::1]:8786"),
        ("tcp://[::ffff:127.0.0.1]:8786", "tcp://[::ffff:127.0.0.1]:8786"),
    ],
)
def test_plain_tcp_to_this_machine_is_allowed(given, dialled):
    assert dialled == address_of(given)


def test_a_name_of_this_machine_is_resolved_once(monkeypatch):
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: [(0, 0, 0, "", ("127.0.0.1", 1))])
    assert "tcp://127.0.0.1:8786" == address_of("tcp://localhost:8786")


@pytest.mark.parametrize(
    "given",
    [
        "tcp://198.51.100.7:8786",
        "198.51.100.7:8786",
        "tcp://0.0.0.0:8786",
        "tcp://[2001:db8::1]:8786",
        "tcp://[::]:8786",
    ],
)
def test_plain_tcp_to_another_machine_needs_the_operators_consent(given):
    with pytest.raises(SchedulerSettingsError, match="keeps no stranger out") as caught:
        address_of(given)
    assert "whoever reaches the scheduler or a worker can run code" in caught.value.hint
    assert "--insecure-scheduler" in caught.value.hint
    assert address_of(given, insecure=True).startswith("tcp://")


def test_a_name_with_one_address_elsewhere_needs_it_too(monkeypatch):
    found = [(0, 0, 0, "", ("127.0.0.1", 1)), (0, 0, 0, "", ("198.51.100.7", 1))]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: found)
    with pytest.raises(SchedulerSettingsError, match="keeps no stranger out"):
        address_of("tcp://hub.example:8786")


def test_a_name_that_does_not_resolve_is_unreachable(monkeypatch):
    def resolve(*_, **__):
        raise socket.gaierror(-2, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    with pytest.raises(SchedulerUnreachableError, match="does not resolve"):
        address_of("tcp://hub.example:8786")


def test_the_address_in_a_scheduler_file_counts(tmp_path):
    file = tmp_path / "scheduler.json"
    file.write_text(json.dumps({"address": "tcp://198.51.100.7:8786"}))
    with pytest.raises(SchedulerSettingsError, match="keeps no stranger out"):
        read_address(ClusterSettings(tmp_path, scheduler_file=file))


@pytest.mark.parametrize("given", ["ws://127.0.0.1:1", "wss://hub:1", "ucx://hub:1", "inproc://1/2/3", "http://hub:1"])
def test_other_protocols_are_refused(given):
    with pytest.raises(SchedulerSettingsError, match="does not speak") as caught:
        address_of(given)
    assert "tls://HOST:PORT" in caught.value.hint


@pytest.mark.parametrize(
    "given",
    ["hub", "tcp://", "tcp://hub", "tcp://hub:", "tcp://:8786", "tcp://::1:8786", "tls://hub:port", "tls://hub:99999",
     "tls://hub:0", "tls://me@hub:1", "tls://hub:1/path", "tcp://[::1:8786", "://hub:1", "8786"],
)  # fmt: skip
def test_what_is_no_address_is_refused(given):
    with pytest.raises(SchedulerSettingsError):
        address_of(given)


@pytest.mark.parametrize("host", ["a" * 70 + ".example", "a..b", "\0", "hub example"])
def test_a_host_that_is_no_name_is_an_error(host):
    with pytest.raises((SchedulerSettingsError, SchedulerUnreachableError)):
        address_of(f"tcp://{host}:8786")


class TestKeys:
    def test_files_that_fit_are_used(self, strangers):
        assert "tls://hub:8786" == address_of("tls://hub:8786", strangers)

    def test_certificate_and_key_may_be_one_file(self, strangers, tmp_path):
        both = tmp_path / "both.pem"
        both.write_text(Path(strangers.cert).read_text() + Path(strangers.key).read_text())
        assert "tls://hub:8786" == address_of("tls://hub:8786", TlsFiles(strangers.ca, str(both)))

    def test_dasks_own_configuration_counts(self, strangers):
        names = {
            "distributed.comm.tls.ca-file": strangers.ca,
            "distributed.comm.tls.client.cert": strangers.cert,
            "distributed.comm.tls.client.key": strangers.key,
        }
        with dask.config.set(names):
            assert "tls://hub:8786" == address_of("tls://hub:8786")

    def test_a_flag_overrides_dasks_configuration(self, strangers):
        with dask.config.set({"distributed.comm.tls.ca-file": "/absent"}):
            assert "tls://hub:8786" == address_of("tls://hub:8786", strangers)

    @pytest.mark.parametrize(("name", "flag"), [("ca", "--tls-ca"), ("cert", "--tls-cert")])
    def test_a_missing_setting_is_named(self, strangers, name, flag):
        given = {"ca": strangers.ca, "cert": strangers.cert, "key": strangers.key} | {name: ""}
        with pytest.raises(SchedulerSettingsError, match=f"{flag} is not given"):
            address_of("tls://hub:8786", TlsFiles(**given))

    @pytest.mark.parametrize("name", ["ca", "cert", "key"])
    @pytest.mark.parametrize("kind", ["absent", "folder", "pipe", "empty", "text"])
    def test_a_file_that_cannot_be_used_is_named(self, strangers, tmp_path, name, kind):
        bad = tmp_path / "bad.pem"
        match kind:
            case "folder":
                bad.mkdir()
            case "pipe":
                os.mkfifo(bad)
            case "empty" | "text":
                bad.write_text("no certificate\n" if kind == "text" else "")
        given = {"ca": strangers.ca, "cert": strangers.cert, "key": strangers.key} | {name: str(bad)}
        with pytest.raises(SchedulerSettingsError, match=r"bad\.pem") as caught:
            address_of("tls://hub:8786", TlsFiles(**given))
        assert "--tls-ca, --tls-cert and --tls-key" in caught.value.hint

    def test_a_key_of_another_certificate_is_an_error(self, strangers, tmp_path):
        other = tmp_path / "other.pem"
        words = ["openssl", "genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-out", other]
        subprocess.run(words, check=True, capture_output=True)
        with pytest.raises(SchedulerSettingsError, match="does not belong to the certificate"):
            address_of("tls://hub:8786", TlsFiles(strangers.ca, strangers.cert, str(other)))

    def test_a_key_with_a_passphrase_is_an_error_and_no_question(self, strangers, tmp_path):
        locked = tmp_path / "locked.pem"
        words = ["openssl", "pkey", "-in", strangers.key, "-aes256", "-passout", "pass:secret", "-out", locked]
        subprocess.run(words, check=True, capture_output=True)
        with pytest.raises(SchedulerSettingsError, match="has a passphrase"):
            address_of("tls://hub:8786", TlsFiles(strangers.ca, strangers.cert, str(locked)))

    def test_keys_for_tcp_are_an_error(self, strangers):
        with pytest.raises(SchedulerSettingsError, match="tcp:// uses none") as caught:
            address_of("127.0.0.1:8786", strangers)
        assert "write tls://127.0.0.1:8786" == caught.value.hint

    def test_dask_may_require_encryption(self):
        with dask.config.set({"distributed.comm.require-encryption": True}), pytest.raises(SchedulerSettingsError):
            address_of("tcp://127.0.0.1:8786")


def probed(scheduler: str, tls: TlsFiles | None = None, patience: float = 5) -> None:
    settings = ClusterSettings(Path("scratch"), scheduler=scheduler, tls=tls)
    asyncio.run(probe(read_address(settings), patience))


class TestProbe:
    def test_the_right_keys_are_greeted(self, on_cluster: ClusterSettings):
        probed(str(on_cluster.scheduler), on_cluster.tls)

    def test_an_authority_that_does_not_vouch_for_the_scheduler_is_named(self, cluster: Cluster, strangers):
        with pytest.raises(SchedulerSettingsError, match="--tls-ca does not vouch for it"):
            probed(cluster.client.scheduler.address, strangers)

    def test_a_certificate_that_the_scheduler_refuses_is_named(self, cluster: Cluster, cluster_keys, strangers):
        with pytest.raises(SchedulerSettingsError, match="it refuses --tls-cert"):
            probed(cluster.client.scheduler.address, TlsFiles(cluster_keys.ca, strangers.cert, strangers.key))

    def test_plain_tcp_to_a_scheduler_with_tls_says_so(self, cluster: Cluster):
        with pytest.raises(SchedulerSettingsError, match="it speaks TLS"):
            probed(cluster.client.scheduler.address.replace("tls://", "tcp://"), patience=1)

    def test_tls_to_what_speaks_none_says_so(self, strangers):
        def greet(server: socket.socket) -> None:
            with server.accept()[0] as client:
                client.sendall(b"plain words, and many of them")
                client.recv(9999)

        with socket.create_server(("127.0.0.1", 0)) as plain:
            threading.Thread(target=greet, args=(plain,), daemon=True).start()
            with pytest.raises(SchedulerSettingsError, match="it does not speak TLS"):
                probed(f"tls://127.0.0.1:{plain.getsockname()[1]}", strangers)

    @pytest.mark.parametrize("protocol", ["tcp", "tls"])
    def test_nothing_that_listens_is_said_at_once(self, strangers, protocol):
        with pytest.raises(SchedulerUnreachableError, match="nothing answers there"):
            probed(f"{protocol}://127.0.0.1:9", strangers if protocol == "tls" else None)

    @pytest.mark.parametrize("protocol", ["tcp", "tls"])
    def test_what_listens_and_never_answers_is_left_after_a_while(self, strangers, protocol):
        with socket.create_server(("127.0.0.1", 0)) as mute:
            address = f"{protocol}://127.0.0.1:{mute.getsockname()[1]}"
            with pytest.raises(SchedulerUnreachableError, match="within 1 s"):
                probed(address, strangers if protocol == "tls" else None, patience=1)
