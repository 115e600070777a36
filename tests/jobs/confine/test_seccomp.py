import platform

import pytest

from jobs.confine import seccomp
from jobs.confine.system_calls import call_numbers

EPERM, ENOSYS, ALLOW = 0x00050001, 0x00050026, 0x7FFF0000
X86_64, I386 = 0xC000003E, 0x40000003


@pytest.fixture(params=["x86_64", "aarch64"])
def machine(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setattr(platform, "machine", lambda: request.param)
    return str(request.param)


def answer(number: int, architecture: int, argument: int = 0) -> int:
    """Return what the filter answers, interpreted here as the kernel would."""
    data = {0: number, 4: architecture, 16: argument}
    program, at, value = list(seccomp._filter()), 0, 0
    while True:
        code, yes, no, operand = program[at]
        match code:
            case 0x20:
                value = data[operand]
            case 0x15:
                at += yes if value == operand else no
            case 0x35:
                at += yes if value >= operand else no
            case 0x45:
                at += yes if value & operand else no
            case 0x06:
                return operand
        at += 1


def test_every_call_of_the_list_is_refused(machine):
    own = seccomp._ARCHITECTURES[machine]
    denied = [name for name in seccomp.DENIED if name in call_numbers()]
    assert {EPERM} == {answer(call_numbers()[name], own) for name in denied}
    assert len(denied) > 50


def test_reading_and_writing_are_allowed(machine):
    assert {ALLOW} == {answer(number, seccomp._ARCHITECTURES[machine]) for number in (0, 1, 3, 9, 60, 63, 64, 93)} - {
        EPERM
    }


def test_threads_are_allowed_and_new_namespaces_are_not(machine):
    own, clone = seccomp._ARCHITECTURES[machine], call_numbers()["clone"]
    assert ALLOW == answer(clone, own, 0x3D0F00)
    assert EPERM == answer(clone, own, 0x10000000)
    assert ENOSYS == answer(call_numbers()["clone3"], own)


def test_calls_of_other_architectures_are_refused(monkeypatch):
    monkeypatch.setattr(platform, "machine", lambda: "x86_64")
    assert EPERM == answer(3, I386)
    assert EPERM == answer(0x40000000 | 3, X86_64)
    assert ALLOW == answer(3, X86_64)


def test_an_unknown_processor_is_an_error(monkeypatch):
    monkeypatch.setattr(platform, "machine", lambda: "riscv64")
    with pytest.raises(OSError, match="riscv64"):
        seccomp.deny_calls()
