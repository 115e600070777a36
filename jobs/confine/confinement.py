"""Confines the process that reads hostile bytes: what it gives up, and what this kernel has not got for it.

An attacker who takes over such a process by an error in native code finds no other program, no network and no file to
write but those of the run. The steps never fail: what the kernel lacks is returned in words, for the operator.
"""

import contextlib
import ctypes
import os
import resource
from collections.abc import Sequence
from pathlib import Path

from jobs.confine.landlock import OVERWRITE, WRITE, landlock_version, limit_connections, limit_files
from jobs.confine.seccomp import deny_calls
from jobs.confine.system_calls import call_kernel, call_numbers, set_process_flag

NO_LANDLOCK = "this kernel has no Landlock: workers can write and start programs wherever their user can"
OLD_LANDLOCK = "this kernel's Landlock is older than version 6: workers can end other processes of their user"
NO_SECCOMP = "this kernel has no filter of system calls: workers can connect to other machines"

_NO_NEW_PRIVILEGES = 38
_CAPABILITIES_VERSION = 0x20080522
_KEPT_CAPABILITIES = 1 << 1 | 1 << 2
"""The right of root to read and write files of all users: a mirror and an output folder may be another user's."""
_SIGNALS_VERSION = 6
_SEMAPHORES = Path("/dev/shm")  # noqa: S108  the kernel's place for the semaphores of multiprocessing


def give_up_files(writable: Sequence[Path]) -> tuple[str, ...]:
    """Keep this thread, and all that it starts, from writing outside some folders and from starting programs.

    Call it while the process has one thread. Signals to other processes, core files and, of root, all rights but those
    over files go as well. Returns what the kernel lacks.
    """
    with contextlib.suppress(OSError, ValueError):
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    with contextlib.suppress(OSError):
        set_process_flag(_NO_NEW_PRIVILEGES, 1)
        _drop_capabilities()
    granted = dict.fromkeys(writable, WRITE) | {Path(os.devnull): OVERWRITE, _SEMAPHORES: OVERWRITE}
    try:
        limit_files(granted)
    except OSError:
        return (NO_LANDLOCK,)
    return () if landlock_version() >= _SIGNALS_VERSION else (OLD_LANDLOCK,)


def give_up_network(ports: Sequence[int] = ()) -> tuple[str, ...]:
    """Keep all threads of this process from opening connections; those that stand are used on.

    Where system calls cannot be filtered, Landlock lets this thread connect to `ports` only. Returns what the kernel
    lacks.
    """
    # The second line of defence comes first, because the first one takes its calls away from nobody.
    with contextlib.suppress(OSError):
        limit_connections(ports)
    try:
        deny_calls()
    except OSError:
        return (NO_SECCOMP,)
    return ()


class _Header(ctypes.Structure):
    _fields_ = (("version", ctypes.c_uint32), ("process", ctypes.c_int))


class _Capabilities(ctypes.Structure):
    _fields_ = (("effective", ctypes.c_uint32), ("permitted", ctypes.c_uint32), ("inheritable", ctypes.c_uint32))


def _drop_capabilities() -> None:
    numbers = call_numbers()
    if not numbers:
        return
    header, words = _Header(_CAPABILITIES_VERSION, 0), (_Capabilities * 2)()
    call_kernel(numbers["capget"], ctypes.byref(header), ctypes.byref(words))
    for word, kept in zip(words, (_KEPT_CAPABILITIES, 0), strict=True):
        for name in ("effective", "permitted"):
            setattr(word, name, getattr(word, name) & kept)
        word.inheritable = 0
    call_kernel(numbers["capset"], ctypes.byref(header), ctypes.byref(words))
