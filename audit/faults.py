"""From an exception to an exit status, a sentence and what to do next."""

import errno
import traceback
from datetime import UTC, datetime
from pathlib import Path

from audit.contract import AuditError
from audit.exits import Exit
from features.contract import FeaturesError
from jobs.contract import JobsError
from model.contract import ModelError

LOG = "boojum.log"


def status_of(error: BaseException) -> tuple[Exit, str, str]:
    """Return exit status, what happened, and what to do."""
    if isinstance(error, ModelError):
        return Exit.MISMATCH, str(error), error.hint
    if isinstance(error, JobsError):
        status = Exit(getattr(error, "status", Exit.MISUSE))
        return status, str(error), error.hint
    if isinstance(error, (AuditError, FeaturesError)):
        return Exit.MISUSE, str(error), error.hint
    if isinstance(error, OSError) and error.errno in {errno.ENOSPC, errno.EDQUOT}:
        where = error.filename or "the output folder"
        return (
            Exit.INCOMPLETE,
            f"no space left on device writing {where}",
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
            continue
        return place / LOG
    return Path(LOG)
