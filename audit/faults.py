"""From an exception to an exit status, a sentence and what to do next."""

import errno
import traceback
from datetime import UTC, datetime
from pathlib import Path

from audit.errors import AuditError
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
    (JobsError, Exit.MISUSE),
    (AuditError, Exit.MISUSE),
    (FeaturesError, Exit.MISUSE),
)
"""Exit status by error class; the first that fits."""


def status_of(error: BaseException) -> tuple[Exit, str, str]:
    """Return exit status, what happened, and what to do."""
    for kind, status in STATUSES:
        if isinstance(error, kind):
            return status, str(error), getattr(error, "hint", "")
    if isinstance(error, OSError) and error.errno in {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}:
        where = error.filename or "the output folder"
        return (
            Exit.INCOMPLETE,
            f"no space left on device writing {where} ({error.strerror})",
            "free some, then run again: it resumes",
        )
    if isinstance(error, PermissionError):
        return Exit.MISUSE, f"not allowed to use {error.filename}", "check its owner and mode"
    return Exit.FAULT, f"{type(error).__name__}: {error}".replace("\n", " ")[:300], ""


def write_traceback(error: BaseException, folder: Path) -> Path:
    """Append the traceback to boojum.log in `folder` (or here, where that cannot be written); return the log."""
    text = "".join(traceback.format_exception(error))
    stamped = f"--- {datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}\n{text}\n"
    for place in (folder, Path.cwd()):
        try:
            place.mkdir(parents=True, exist_ok=True)
            with (place / LOG).open("a", encoding="utf-8") as stream:
                stream.write(stamped)
        except OSError:
            continue  # the next place; the caller's line names where it went
        return place / LOG
    return Path(LOG)
