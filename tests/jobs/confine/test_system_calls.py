import errno
import os
import platform

import pytest

from jobs.confine.system_calls import call_kernel, call_numbers


def test_the_kernel_answers():
    if "clone" not in call_numbers():
        pytest.skip("no numbers are known for this processor")
    with pytest.raises(OSError, match=os.strerror(errno.EBADF)):
        call_kernel(call_numbers()["fchmod"], -1, 0)


@pytest.mark.parametrize("machine", ["x86_64", "aarch64"])
def test_every_processor_has_numbers_for_all_that_matters(monkeypatch, machine):
    monkeypatch.setattr(platform, "machine", lambda: machine)
    numbers = call_numbers()
    assert {"socket", "connect", "execve", "execveat", "io_uring_setup", "clone", "clone3", "seccomp", "capset"} <= set(
        numbers
    )
    assert len(numbers) == len(set(numbers.values()))


def test_another_processor_has_none(monkeypatch):
    monkeypatch.setattr(platform, "machine", lambda: "riscv64")
    assert {} == dict(call_numbers())
