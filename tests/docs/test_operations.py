"""The files and commands by which docs/operations.md runs boojum as a service and on a cluster of its own."""

import os
import re
import shlex
import shutil
import socket
import subprocess
import sys
import time
import tomllib
from collections import defaultdict
from contextlib import ExitStack
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "operations.md"
SERVICE = ROOT / "docs" / "systemd" / "boojum.service"


def block(name: str) -> str:
    """Return the block of the page below a comment."""
    found = re.search(rf"^<!-- {name} -->\n```[^\n]*\n(.*?)^```$", PAGE.read_text(), re.MULTILINE | re.DOTALL)
    assert found
    return found[1]


def commands(name: str) -> list[str]:
    return [line.removeprefix("$ ") for line in block(name).splitlines()]


def parse_unit(file: Path) -> dict[str, list[str]]:
    """Return the values of each option of a unit."""
    options: defaultdict[str, list[str]] = defaultdict(list)
    for line in file.read_text().splitlines():
        if line and not line.startswith(("#", "[")):
            name, _, value = line.partition("=")
            options[name].append(value)
    return options


class TestTheService:
    @pytest.mark.parametrize(
        ("option", "value"),
        [
            ("User", "boojum"), ("ProtectSystem", "strict"), ("ProtectHome", "yes"), ("NoNewPrivileges", "yes"),
            ("CapabilityBoundingSet", ""), ("PrivateNetwork", "yes"), ("IPAddressDeny", "any"), ("PrivateTmp", "yes"),
            ("PrivateUsers", "yes"), ("MemoryDenyWriteExecute", "yes"), ("RestrictNamespaces", "yes"),
            ("SystemCallArchitectures", "native"), ("SuccessExitStatus", "1"), ("UMask", "0027"),
        ],
    )  # fmt: skip
    def test_it_gives_up_what_it_can(self, option, value):
        assert [value] == parse_unit(SERVICE)[option]

    def test_workers_may_confine_themselves_further(self):
        allowed, denied = parse_unit(SERVICE)["SystemCallFilter"]
        landlock = {"landlock_create_ruleset", "landlock_add_rule", "landlock_restrict_self"}
        assert landlock | {"seccomp", "@system-service"} == set(allowed.split())
        assert "~@privileged" == denied

    def test_it_audits_what_it_may_read_into_what_it_may_write(self):
        unit = parse_unit(SERVICE)
        (words,) = unit["ExecStart"]
        _, command, mirror, flag, out = words.split()
        assert ("audit", "--out") == (command, flag)
        assert [mirror] == unit["ReadOnlyPaths"] == unit["RequiresMountsFor"]
        assert f"/var/lib/{unit['StateDirectory'][0]}" == out
        assert "XDG_CACHE_HOME=/var/cache" in unit["Environment"][0]
        assert ["boojum"] == unit["CacheDirectory"]

    def test_the_timer_starts_it(self):
        assert "OnCalendar" in parse_unit(SERVICE.with_suffix(".timer"))

    @pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd is not here")
    def test_systemd_finds_it_safe(self):
        done = subprocess.run(
            ["systemd-analyze", "security", "--offline=true", SERVICE], capture_output=True, text=True, check=False
        )
        level = re.search(r"Overall exposure level for boojum\.service: ([\d.]+)", done.stdout)
        if level is None:
            pytest.skip("this systemd does not read files")
        assert float(level[1]) < 1.5


def port_is_open(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), 1).close()
    except OSError:
        return False
    return True


@pytest.mark.slow
def test_a_secured_cluster_is_made_from_nothing_as_written(tmp_path):
    bin_folder = str(Path(sys.executable).parent)
    environment = {**os.environ, "PATH": os.pathsep.join((bin_folder, os.environ["PATH"])), "PYTHONPATH": str(ROOT)}
    keys = "\n".join(commands("cluster keys"))
    for folder in (tmp_path, tmp_path / "stranger"):
        folder.mkdir(exist_ok=True)
        subprocess.run(["/bin/sh", "-ec", keys], cwd=folder, check=True, capture_output=True, env=environment)
    assert {"0o600"} == {oct(file.stat().st_mode & 0o777) for file in (tmp_path / "keys").glob("*.key")}
    mirror = tmp_path / "mirror"
    mirror.mkdir()
    (mirror / "demo-1.0.tar.gz").write_bytes(b"no archive")
    settings = block("cluster settings")
    (tmp_path / "boojum.toml").write_text(settings)
    port = int(tomllib.loads(settings)["scheduler"].rpartition(":")[2])
    if port_is_open(port):
        pytest.skip(f"port {port} is in use")
    with ExitStack() as stack:
        for command in commands("cluster members"):
            _, module, *words = shlex.split(command)
            member = subprocess.Popen(
                [sys.executable, "-m", f"distributed.cli.dask_{module}", *words],
                cwd=tmp_path, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            )  # fmt: skip
            stack.callback(member.wait)
            stack.callback(member.terminate)
            end = time.monotonic() + 120
            while module == "scheduler" and not port_is_open(port):
                assert member.poll() is None
                assert time.monotonic() < end
                time.sleep(0.2)
        audit = [sys.executable, "-c", "import sys; from audit.cli import main; sys.exit(main())", "audit", "mirror"]
        for _ in range(3):  # until the workers have joined
            done = subprocess.run(audit, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
            if "it has no workers" not in done.stderr:
                break
        assert 3 == done.returncode, done.stderr  # no archive: unreadable
        theirs = ["--tls-cert", "stranger/keys/member.pem", "--tls-key", "stranger/keys/member.key"]
        stranger = [*audit, "--out", "other", *theirs]
        done = subprocess.run(stranger, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
        assert (2, True) == (done.returncode, "it refuses --tls-cert" in done.stderr), done.stderr
