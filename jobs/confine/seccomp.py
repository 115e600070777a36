"""Takes system calls away from all threads of this process, for good.

Source: https://docs.kernel.org/userspace-api/seccomp_filter.html.
"""

import ctypes
import errno
import platform
from collections.abc import Iterator

from jobs.confine.system_calls import call_kernel, call_numbers

DENIED = (
    # new connections; those that stand are used on
    "socket", "connect", "bind", "listen", "io_uring_setup", "io_uring_enter", "io_uring_register",
    # programs
    "execve", "execveat",
    # other processes
    "ptrace", "process_vm_readv", "process_vm_writev", "pidfd_open", "pidfd_getfd", "pidfd_send_signal",
    # owners, modes and times of files, for which Landlock has no rules
    "chmod", "fchmod", "fchmodat", "fchmodat2", "chown", "fchown", "lchown", "fchownat", "utime", "utimes", "futimesat",
    "utimensat", "setxattr", "lsetxattr", "fsetxattr", "setxattrat", "removexattr", "lremovexattr", "fremovexattr",
    "removexattrat",
    # parts of the kernel that only attackers would use here
    "unshare", "setns", "mount", "umount2", "pivot_root", "chroot", "open_tree", "move_mount", "fsopen", "fsconfig",
    "fsmount", "fspick", "mount_setattr", "open_by_handle_at", "add_key", "request_key", "keyctl", "bpf", "userfaultfd",
    "perf_event_open", "init_module", "finit_module", "delete_module", "kexec_load", "kexec_file_load", "reboot",
    "acct", "swapon", "swapoff", "iopl", "ioperm",
)  # fmt: skip
"""Names of the system calls that are refused with EPERM, where the processor has them."""

_ARCHITECTURES = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
_X32 = 0x40000000
"""Bit of the numbers of another set of calls of the same processor."""
_NEW_NAMESPACES = 0x7E020000
_MODE_FILTER, _EVERY_THREAD = 1, 1
_LOAD, _EQUAL, _AT_LEAST, _ANY_BIT, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
_NUMBER, _ARCHITECTURE, _FIRST_ARGUMENT = 0, 4, 16
_ALLOW, _ERROR = 0x7FFF0000, 0x00050000
_REFUSE = (_RETURN, 0, 0, _ERROR | errno.EPERM)


class _Instruction(ctypes.Structure):
    _fields_ = (("code", ctypes.c_uint16), ("yes", ctypes.c_uint8), ("no", ctypes.c_uint8), ("value", ctypes.c_uint32))


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_uint16), ("instructions", ctypes.POINTER(_Instruction)))


def deny_calls() -> None:
    """Refuse the calls of `DENIED` to every thread of this process, which must have given up new privileges.

    Raises OSError where the kernel cannot, or the processor is another one.
    """
    numbers = call_numbers()
    if not numbers:
        raise OSError(errno.ENOSYS, f"no filter is known for {platform.machine()}")
    instructions = [_Instruction(*each) for each in _filter()]
    program = _Program(len(instructions), (_Instruction * len(instructions))(*instructions))
    if call_kernel(numbers["seccomp"], _MODE_FILTER, _EVERY_THREAD, ctypes.byref(program)):
        raise OSError(errno.ESRCH, "a thread could not be confined")


def _filter() -> Iterator[tuple[int, int, int, int]]:
    """Yield a program of the kernel's packet filter: code, steps to skip if true, if false, and value."""
    numbers = call_numbers()
    yield _LOAD, 0, 0, _ARCHITECTURE
    yield _EQUAL, 1, 0, _ARCHITECTURES[platform.machine()]
    yield _REFUSE
    yield _LOAD, 0, 0, _NUMBER
    yield _AT_LEAST, 0, 1, _X32
    yield _REFUSE
    for name in DENIED:
        if name in numbers:
            yield _EQUAL, 0, 1, numbers[name]
            yield _REFUSE
    # Its flags are in memory, where a filter cannot look. The C library then uses clone.
    yield _EQUAL, 0, 1, numbers["clone3"]
    yield _RETURN, 0, 0, _ERROR | errno.ENOSYS
    yield _EQUAL, 0, 3, numbers["clone"]
    yield _LOAD, 0, 0, _FIRST_ARGUMENT
    yield _ANY_BIT, 0, 1, _NEW_NAMESPACES
    yield _REFUSE
    yield _RETURN, 0, 0, _ALLOW
