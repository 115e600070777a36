"""Calls the Linux kernel where Python has no function for it, and knows the numbers of its calls."""

import ctypes
import os
import platform
import sys
from collections.abc import Mapping
from types import MappingProxyType

_LIBC = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None

LANDLOCK_CREATE_RULESET, LANDLOCK_ADD_RULE, LANDLOCK_RESTRICT_SELF = 444, 445, 446
"""Numbers that are the same on every processor, as those of all calls since Linux 5.1."""

_NEW_CALLS = {
    "pidfd_send_signal": 424, "io_uring_setup": 425, "io_uring_enter": 426, "io_uring_register": 427, "open_tree": 428,
    "move_mount": 429, "fsopen": 430, "fsconfig": 431, "fsmount": 432, "fspick": 433, "pidfd_open": 434, "clone3": 435,
    "pidfd_getfd": 438, "mount_setattr": 442, "fchmodat2": 452, "setxattrat": 463, "removexattrat": 466,
}  # fmt: skip
_X86_64 = {
    "socket": 41, "connect": 42, "bind": 49, "listen": 50, "clone": 56, "execve": 59, "chmod": 90, "fchmod": 91,
    "chown": 92, "fchown": 93, "lchown": 94, "ptrace": 101, "capget": 125, "capset": 126, "utime": 132,
    "pivot_root": 155, "chroot": 161, "acct": 163, "mount": 165, "umount2": 166, "swapon": 167, "swapoff": 168,
    "reboot": 169, "iopl": 172, "ioperm": 173, "init_module": 175, "delete_module": 176, "setxattr": 188,
    "lsetxattr": 189, "fsetxattr": 190, "removexattr": 197, "lremovexattr": 198, "fremovexattr": 199, "utimes": 235,
    "kexec_load": 246, "add_key": 248, "request_key": 249, "keyctl": 250, "fchownat": 260, "futimesat": 261,
    "fchmodat": 268, "unshare": 272, "utimensat": 280, "perf_event_open": 298, "open_by_handle_at": 304, "setns": 308,
    "process_vm_readv": 310, "process_vm_writev": 311, "finit_module": 313, "seccomp": 317, "kexec_file_load": 320,
    "bpf": 321, "execveat": 322, "userfaultfd": 323,
}  # fmt: skip
_AARCH64 = {
    "setxattr": 5, "lsetxattr": 6, "fsetxattr": 7, "removexattr": 14, "lremovexattr": 15, "fremovexattr": 16,
    "umount2": 39, "mount": 40, "pivot_root": 41, "chroot": 51, "fchmod": 52, "fchmodat": 53, "fchownat": 54,
    "fchown": 55, "utimensat": 88, "acct": 89, "capget": 90, "capset": 91, "unshare": 97, "kexec_load": 104,
    "init_module": 105, "delete_module": 106, "ptrace": 117, "reboot": 142, "socket": 198, "bind": 200, "listen": 201,
    "connect": 203, "add_key": 217, "request_key": 218, "keyctl": 219, "clone": 220, "execve": 221, "swapon": 224,
    "swapoff": 225, "perf_event_open": 241, "open_by_handle_at": 265, "setns": 268, "process_vm_readv": 270,
    "process_vm_writev": 271, "finit_module": 273, "seccomp": 277, "bpf": 280, "execveat": 281, "userfaultfd": 282,
    "kexec_file_load": 294,
}  # fmt: skip
_BY_MACHINE = {"x86_64": _X86_64 | _NEW_CALLS, "aarch64": _AARCH64 | _NEW_CALLS}


def call_numbers() -> Mapping[str, int]:
    """Return the numbers of the system calls of this process by name; of another machine or width of words, none."""
    is_wide = sys.platform == "linux" and sys.maxsize > 2**32
    return MappingProxyType(_BY_MACHINE.get(platform.machine(), {}) if is_wide else {})


def call_kernel(number: int, *arguments: object) -> int:
    """Make a system call and return its result; raises OSError."""
    if _LIBC is None:
        raise OSError(0, "this is not Linux")
    result: int = _LIBC.syscall(
        *(ctypes.c_long(each) if isinstance(each, int) else each for each in (number, *arguments))
    )
    return _checked(result)


def set_process_flag(option: int, value: int) -> None:
    """Call prctl with an option and a value; raises OSError."""
    if _LIBC is None:
        raise OSError(0, "this is not Linux")
    _checked(_LIBC.prctl(*map(ctypes.c_ulong, (option, value, 0, 0, 0))))


def _checked(result: int) -> int:
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
    return result
