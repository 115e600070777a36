from pathlib import Path

import pytest

from audit.cluster_settings import cluster_settings, tls_files
from audit.config import ConfigError, Settings
from jobs.contract import ClusterSettings, TlsFiles


def test_settings_become_those_of_a_cluster():
    settings = Settings(
        workers=3, memory=9, scheduler="tls://hub:1", tls_ca="ca", tls_cert="cert", tls_key="key", insecure_scheduler=True
    )  # fmt: skip
    expected = ClusterSettings(
        Path("out/.tmp"),
        3,
        9,
        "tls://hub:1",
        None,
        tls=TlsFiles("ca", "cert", "key"),
        insecure=True,
        writable=(Path("out"),),
    )
    assert expected == cluster_settings(settings, Path("out"))


def test_without_files_the_keys_are_those_of_dask():
    assert tls_files(Settings()) is None
    assert tls_files(Settings(scheduler="tls://hub:1")) is None


@pytest.mark.parametrize(
    "settings", [Settings(tls_ca="ca"), Settings(tls_key="key"), Settings(insecure_scheduler=True)]
)
def test_settings_of_a_scheduler_that_is_not_named_are_an_error(settings):
    with pytest.raises(ConfigError, match="no scheduler is named"):
        tls_files(settings)
