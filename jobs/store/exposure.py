"""Refuses an output folder that other users of the machine can change, or can put another one in the place of.

Whoever writes there decides what is cleared and blocked: the record of the blocklist, the waivers and the rows are in
it.
"""

import os
import stat
from pathlib import Path

from jobs.contract import OutputExposedError

_OTHERS_WRITE = 0o002


def require_unexposed(out: Path) -> None:
    """Raise OutputExposedError if every user can write into a folder, or rename it or a folder above it.

    In a folder with the sticky bit, such as /tmp, everybody can make entries and only their owners can rename them; so
    each entry of it that leads to `out` must be root's or this user's. Raises OSError.
    """
    given, real = Path(os.path.abspath(out)), Path(os.path.realpath(out))  # noqa: PTH100  a link is checked where it is
    for folder in dict.fromkeys((given, real)):
        if _is_open(folder.stat()):
            raise OutputExposedError(out, "every user can write into it")
        for entry, above in zip((folder, *folder.parents), folder.parents, strict=False):
            status = above.stat()
            if not _is_open(status):
                continue
            if not status.st_mode & stat.S_ISVTX:
                raise OutputExposedError(out, f"every user can put another folder in its place, in {above}")
            if entry.lstat().st_uid not in {0, os.geteuid()}:
                raise OutputExposedError(out, f"another user made {entry}, where everybody can")


def _is_open(status: os.stat_result) -> bool:
    return bool(status.st_mode & _OTHERS_WRITE)
