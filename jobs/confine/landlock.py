"""Limits by Landlock where this process may write, which programs it may start and which ports it may reach.

Source: https://docs.kernel.org/userspace-api/landlock.html. The rules hold for the calling thread and for all threads
and processes that it starts from then on, and can never be loosened.
"""

import contextlib
import ctypes
import os
from collections.abc import Iterable, Iterator, Mapping
from enum import IntFlag
from pathlib import Path

from jobs.confine.system_calls import (
    LANDLOCK_ADD_RULE,
    LANDLOCK_CREATE_RULESET,
    LANDLOCK_RESTRICT_SELF,
    call_kernel,
)

_VERSION = 1
_PATH_BENEATH, _NET_PORT = 1, 2
_ABI_REFER, _ABI_TRUNCATE, _ABI_NET, _ABI_IOCTL, _ABI_SCOPE = 2, 3, 4, 5, 6
_CONNECT_TCP = 2
_BIND_TCP = 1
_ABSTRACT_SOCKETS_AND_SIGNALS = 3


class FileRight(IntFlag):
    """The rights over files that are taken away, as bits of the kernel."""

    EXECUTE = 1 << 0
    WRITE_FILE = 1 << 1
    REMOVE_DIR = 1 << 4
    REMOVE_FILE = 1 << 5
    MAKE_CHAR = 1 << 6
    MAKE_DIR = 1 << 7
    MAKE_REG = 1 << 8
    MAKE_SOCK = 1 << 9
    MAKE_FIFO = 1 << 10
    MAKE_BLOCK = 1 << 11
    MAKE_SYM = 1 << 12
    REFER = 1 << 13
    TRUNCATE = 1 << 14
    IOCTL_DEV = 1 << 15


OVERWRITE = FileRight.WRITE_FILE | FileRight.TRUNCATE
"""Rights to change files that are there."""
WRITE = OVERWRITE | FileRight.REMOVE_DIR | FileRight.REMOVE_FILE | FileRight.MAKE_DIR | FileRight.MAKE_REG
"""Rights to write files and folders, but no links, devices or sockets, and to rename within a folder."""


class _Ruleset(ctypes.Structure):
    _fields_ = (("files", ctypes.c_uint64), ("ports", ctypes.c_uint64), ("scopes", ctypes.c_uint64))


class _PathRule(ctypes.Structure):
    _pack_ = 1
    _layout_ = "ms"
    _fields_ = (("rights", ctypes.c_uint64), ("folder", ctypes.c_int32))


class _PortRule(ctypes.Structure):
    _fields_ = (("rights", ctypes.c_uint64), ("port", ctypes.c_uint64))


def landlock_version() -> int:
    """Return the version of this kernel's Landlock; 0 if it has none or does not use it."""
    try:
        return call_kernel(LANDLOCK_CREATE_RULESET, None, 0, _VERSION)
    except OSError:
        return 0


def limit_files(rights: Mapping[Path, FileRight]) -> None:
    """Take all of `FileRight` away but for what is granted below some paths, and all signals to other processes.

    What the kernel's version of Landlock does not know yet is not taken away. A path that is missing is ignored. Raises
    OSError if there is no Landlock.
    """
    version = landlock_version()
    handled = FileRight(sum(FileRight))
    for least, right in (
        (_ABI_REFER, FileRight.REFER),
        (_ABI_TRUNCATE, FileRight.TRUNCATE),
        (_ABI_IOCTL, FileRight.IOCTL_DEV),
    ):
        if version < least:
            handled &= ~right
    scopes = _ABSTRACT_SOCKETS_AND_SIGNALS if version >= _ABI_SCOPE else 0
    with _ruleset(_Ruleset(handled, 0, scopes), version) as rules:
        for path, granted in rights.items():
            _grant(rules, path, granted & handled)


def limit_connections(ports: Iterable[int]) -> None:
    """Let TCP connect to some ports only, and listen nowhere; raises OSError before version 4 of Landlock."""
    version = landlock_version()
    if version < _ABI_NET:
        raise OSError(0, f"Landlock of version {version} has no rules for TCP")
    with _ruleset(_Ruleset(0, _CONNECT_TCP | _BIND_TCP, 0), version) as rules:
        for port in ports:
            rule = _PortRule(_CONNECT_TCP, port)
            call_kernel(LANDLOCK_ADD_RULE, rules, _NET_PORT, ctypes.byref(rule), 0)


@contextlib.contextmanager
def _ruleset(rules: _Ruleset, version: int) -> Iterator[int]:
    """Yield a set of rules as an open file, and restrict this thread to it at the end of the block."""
    # An older kernel refuses fields that it does not know.
    size = 24 if version >= _ABI_SCOPE else 16 if version >= _ABI_NET else 8
    handle = call_kernel(LANDLOCK_CREATE_RULESET, ctypes.byref(rules), size, 0)
    try:
        yield handle
        call_kernel(LANDLOCK_RESTRICT_SELF, handle, 0)
    finally:
        os.close(handle)


def _grant(rules: int, path: Path, rights: FileRight) -> None:
    try:
        handle = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except OSError:
        return
    try:
        rule = _PathRule(rights, handle)
        call_kernel(LANDLOCK_ADD_RULE, rules, _PATH_BENEATH, ctypes.byref(rule), 0)
    finally:
        os.close(handle)
