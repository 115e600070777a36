"""Turns an operator's settings into those of a cluster."""

from pathlib import Path

from audit.config import ConfigError, Settings
from jobs.contract import ClusterSettings, TlsFiles


def cluster_settings(settings: Settings, out: Path) -> ClusterSettings:
    """Return the settings of a cluster whose workers' files are below `out`; raises ConfigError."""
    return ClusterSettings(
        out / ".tmp",
        settings.workers or None,
        settings.memory,
        settings.scheduler or None,
        Path(settings.scheduler_file) if settings.scheduler_file else None,
        tls=tls_files(settings),
        insecure=settings.insecure_scheduler,
        writable=(out,),
    )


def tls_files(settings: Settings) -> TlsFiles | None:
    """Return the operator's files for a tls:// scheduler, None if there are none; raises ConfigError without one."""
    files = TlsFiles(settings.tls_ca, settings.tls_cert, settings.tls_key)
    given = files != TlsFiles()
    if not (settings.scheduler or settings.scheduler_file):
        for name, is_given in (
            ("tls_ca, tls_cert or tls_key", given),
            ("insecure_scheduler", settings.insecure_scheduler),
        ):
            if is_given:
                raise ConfigError(name, "no scheduler is named", "name one with --scheduler, or leave it out")
    return files if given else None
