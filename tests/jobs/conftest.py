"""One cluster for all tests of this room that need workers, and mirrors of small files."""

import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))  # spawned workers are given it too, and find the doubles there

from jobs.contract import ClusterSettings, TlsFiles
from jobs.run.cluster import Cluster, open_cluster


@pytest.fixture(scope="session")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """Two workers of 1 GiB on this machine; a test that kills one gets it back from the nanny."""
    everywhere = (tmp_path_factory.getbasetemp(),)
    settings = ClusterSettings(tmp_path_factory.mktemp("scratch"), workers=2, memory=2**30, writable=everywhere)
    with open_cluster(settings) as opened:
        yield opened


@pytest.fixture(scope="session")
def cluster_keys(cluster: Cluster, tmp_path_factory: pytest.TempPathFactory) -> TlsFiles:
    """Files of the shared cluster's keys, with which it is used as one that already runs."""
    assert cluster.local is not None
    security, folder = cluster.local.security, tmp_path_factory.mktemp("keys")
    parts = {"ca": security.tls_ca_file, "cert": security.tls_client_cert, "key": security.tls_client_key}
    for name, text in parts.items():
        (folder / name).write_text(text)
    return TlsFiles(**{name: str(folder / name) for name in parts})


@pytest.fixture
def on_cluster(cluster: Cluster, cluster_keys: TlsFiles, tmp_path: Path) -> ClusterSettings:
    """Settings by which boojum uses the shared cluster as one that already runs."""
    return ClusterSettings(tmp_path / "scratch", scheduler=cluster.client.scheduler.address, tls=cluster_keys)


@pytest.fixture
def read_log(tmp_path: Path) -> Path:
    """File that an artifact's name is written to whenever the double reads it, by whichever process."""
    return tmp_path / "read.log"


@pytest.fixture
def make_folder(tmp_path: Path) -> Callable[[Mapping[str, bytes]], Path]:
    """Return `make_folder({name: bytes}) -> Path`: a plain folder of distribution files, added to if it is there."""

    def make(files: Mapping[str, bytes]) -> Path:
        folder = tmp_path / "mirror"
        folder.mkdir(exist_ok=True)
        for name, data in files.items():
            (folder / name).write_bytes(data)
        return folder

    return make
