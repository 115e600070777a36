import os
import resource
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from jobs.confine import confinement
from jobs.confine.confinement import NO_LANDLOCK, NO_SECCOMP, OLD_LANDLOCK
from jobs.confine.landlock import landlock_version
from jobs.confine.system_calls import call_numbers

ROOT = Path(__file__).parents[3]
ALLOWED = [
    "write below", "rename below", "make a folder below", "write to /dev/null", "read", "talk to itself",
    "use a connection that stands", "start a thread",
]  # fmt: skip

needs_kernel = pytest.mark.skipif(
    landlock_version() < 6 or not call_numbers(), reason="this kernel or processor cannot confine a process wholly"
)


@needs_kernel
def test_a_confined_process_does_its_work_and_nothing_else(tmp_path):
    folder, outside = tmp_path / "folder", tmp_path / "outside"
    for path in (folder, outside):
        path.mkdir()
    (outside / "there").write_text("as it was")
    with socket.create_server(("127.0.0.1", 0)) as server:
        words = [sys.executable, Path(__file__).with_name("confined.py"), folder, outside, str(server.getsockname()[1])]
        done = subprocess.run(
            words, capture_output=True, text=True, check=True, env={**os.environ, "PYTHONPATH": str(ROOT)}
        )
    assert ALLOWED == done.stdout.splitlines()
    assert "" == done.stderr.strip()
    assert ["there"] == [path.name for path in outside.iterdir()]
    assert "as it was" == (outside / "there").read_text()


# What is tried below changes nothing in this process: every call of the kernel is replaced.
@pytest.fixture
def kernel(monkeypatch: pytest.MonkeyPatch) -> None:
    def nothing(*_: object) -> None:
        """Do nothing."""

    for name in ("limit_files", "limit_connections", "deny_calls", "set_process_flag", "_drop_capabilities"):
        monkeypatch.setattr(confinement, name, nothing)
    monkeypatch.setattr(resource, "setrlimit", nothing)


def refuse(*_: object) -> None:
    raise OSError(38, "Function not implemented")


@pytest.mark.usefixtures("kernel")
class TestWhatAKernelLacks:
    def test_a_new_kernel_lacks_nothing(self, monkeypatch):
        monkeypatch.setattr(confinement, "landlock_version", lambda: 7)
        assert () == confinement.give_up_files(()) + confinement.give_up_network()

    def test_without_landlock_it_is_said(self, monkeypatch):
        monkeypatch.setattr(confinement, "limit_files", refuse)
        assert (NO_LANDLOCK,) == confinement.give_up_files(())

    def test_of_an_old_landlock_it_is_said(self, monkeypatch):
        monkeypatch.setattr(confinement, "landlock_version", lambda: 3)
        assert (OLD_LANDLOCK,) == confinement.give_up_files(())

    def test_without_a_filter_of_calls_it_is_said(self, monkeypatch):
        monkeypatch.setattr(confinement, "deny_calls", refuse)
        assert (NO_SECCOMP,) == confinement.give_up_network()

    def test_the_rest_is_given_up_all_the_same(self, monkeypatch):
        for name in ("set_process_flag", "limit_connections"):
            monkeypatch.setattr(confinement, name, refuse)
        monkeypatch.setattr(confinement, "landlock_version", lambda: 7)
        assert () == confinement.give_up_files(()) + confinement.give_up_network()
