"""Stages the folder of a run, publishes it as runs/<id> by one rename, and reads it back."""

import contextlib
import os
import secrets
import shutil
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import TypeAlias

from features.contract import Progress
from features.runtime.atomic_write import sync_to_disk
from jobs.contract import AuditRequest
from jobs.run.manifest import Manifest, read_manifest
from jobs.store.lock import OutputLock
from jobs.store.writing import disk_error

LATEST = "latest"
"""Name of the link to the last published run."""

SCRATCH = ".tmp"
"""Name of the folder of a run's scratch files in the output folder."""

_STAGING, _NEW_LINK = ".staging-", ".latest-"


@dataclass(frozen=True, slots=True)
class RunFolder:
    """A run on disk: `folder` is runs/<id> below `out`, or its staging folder before `publish_run`.

    A staged run holds the output folder's lock until it is published or discarded.
    """

    id: str
    out: Path
    folder: Path
    manifest: Manifest
    lock: OutputLock | None = field(default=None, compare=False, repr=False)


RunAudit: TypeAlias = Callable[[AuditRequest, Progress | None], RunFolder]
"""`jobs.run.audit.run_audit`, or a function that wraps it."""


def new_run_id(now: datetime) -> str:
    """Return an id that sorts by time, such as 20261122T053841Z-1f0c."""
    return f"{now:%Y%m%dT%H%M%SZ}-{secrets.token_hex(2)}"


def staging_folder(out: Path, run: str) -> Path:
    """Return the folder of a run before it is published."""
    return out / "runs" / f"{_STAGING}{run}"


def publish_run(staged: RunFolder) -> RunFolder:
    """Make a staged run visible as runs/<id>, point runs/latest at it, and release the output folder's lock.

    Raises StoreFullError or StoreUnwritableError.
    """
    runs = staged.out / "runs"
    final = runs / staged.id
    link = runs / f"{_NEW_LINK}{secrets.token_hex(4)}"
    try:
        sync_to_disk(staged.folder)
        staged.folder.rename(final)
        link.symlink_to(staged.id)
        link.replace(runs / LATEST)
        sync_to_disk(runs)
    except OSError as error:
        raise disk_error(final, error) from error
    _release(staged)
    return replace(staged, folder=final, lock=None)


def discard_run(staged: RunFolder) -> None:
    """Remove a staged run's folder and release the lock; its rows and scores stay in the store."""
    shutil.rmtree(staged.folder, ignore_errors=True)
    _release(staged)


def read_run(folder: Path) -> RunFolder:
    """Return a finished run by its folder, or by a link to it; raises FileNotFoundError or ManifestError."""
    folder = folder.resolve()
    manifest = read_manifest(folder)
    return RunFolder(manifest.run, folder.parent.parent, folder, manifest)


def is_leftover(name: str) -> bool:
    """Return whether an entry of the folder of runs is what a killed run left, if no run is in progress."""
    return name.startswith((_STAGING, _NEW_LINK))


def remove_leftovers(out: Path) -> None:
    """Remove the staging folders and links of killed runs; the caller holds the lock."""
    with contextlib.suppress(FileNotFoundError):
        for entry in list(os.scandir(out / "runs")):
            if entry.name.startswith(_STAGING):
                shutil.rmtree(entry.path, ignore_errors=True)
            elif entry.name.startswith(_NEW_LINK):
                Path(entry.path).unlink(missing_ok=True)


def _release(staged: RunFolder) -> None:
    if staged.lock is not None:
        staged.lock.release()
