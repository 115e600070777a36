"""Turns an exception into an exit status, a sentence and a hint, and keeps the traceback of a fault."""

import errno
import os
import traceback
from datetime import UTC, datetime
from pathlib import Path

from audit.errors import AuditError, StoreDamagedError
from audit.exits import Exit
from features.contract import FeaturesError
from jobs.bench.contract import MeasuringEndedError
from jobs.contract import ClusterLostError, JobsError, StoreBrokenError, StoreUnwritableError, WorkerSchemaMismatchError
from model.errors import ModelError

LOG = "boojum.log"
STATUSES: tuple[tuple[type[Exception], Exit], ...] = (
    (ModelError, Exit.MISMATCH),
    (WorkerSchemaMismatchError, Exit.MISMATCH),
    (ClusterLostError, Exit.INCOMPLETE),
    (MeasuringEndedError, Exit.INCOMPLETE),
    (StoreUnwritableError, Exit.INCOMPLETE),
    (StoreBrokenError, Exit.INCOMPLETE),
    (StoreDamagedError, Exit.INCOMPLETE),
    (JobsError, Exit.MISUSE),
    (AuditError, Exit.MISUSE),
    (FeaturesError, Exit.MISUSE),
)
"""Exit status by error class; the first class that matches decides."""
_DISK_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_SENTENCE_CHARACTERS = 300


def classify_error(error: BaseException, into: Path | None = None) -> tuple[Exit, str, str]:
    """Return the exit status of an error, a sentence about it, and a hint ("" for none).

    `into` is the place that the operator named for the result, which is not boojum's fault if it cannot be written.
    """
    for kind, status in STATUSES:
        if isinstance(error, kind):
            return status, str(error), getattr(error, "hint", "")
    if isinstance(error, OSError) and error.errno in _DISK_FULL:
        where = error.filename or "the output folder"
        return (
            Exit.INCOMPLETE,
            f"no space left on device writing {where} ({error.strerror})",
            "free some space and run again: it resumes",
        )
    if isinstance(error, OSError) and into is not None and _is_about(error, into):
        return Exit.MISUSE, f"{into} cannot be written ({error.strerror})", "name another place with --into"
    if isinstance(error, PermissionError):
        return Exit.MISUSE, f"no permission to use {error.filename}", "check its owner and mode"
    return Exit.FAULT, f"{type(error).__name__}: {error}".replace("\n", " ")[:_SENTENCE_CHARACTERS], ""


def _is_about(error: OSError, place: Path) -> bool:
    """Return whether an error names a place, or a file beside or below it; pyarrow names files in its sentence only."""
    folder = place.absolute().parent
    if error.filename is None:
        return str(place) in str(error) or f"{folder}{os.sep}" in str(error)
    return Path(os.fsdecode(error.filename)).absolute().is_relative_to(folder)


def write_traceback(error: BaseException, folder: Path) -> Path:
    """Append the traceback to boojum.log in a folder, or in the working directory if that fails; return the log."""
    text = "".join(traceback.format_exception(error))
    entry = f"--- {datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}\n{text}\n"
    for directory in (folder, Path.cwd()):
        try:
            directory.mkdir(parents=True, exist_ok=True)
            with (directory / LOG).open("a", encoding="utf-8", errors="backslashreplace") as stream:
                stream.write(entry)
        except OSError:
            continue
        return directory / LOG
    return Path(LOG)
