"""Tests the constraints, and what pip, uv and devpi make of them."""

import base64
import hashlib
import os
import subprocess
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from audit.blocklists.mirror_files import MirrorFile
from audit.blocklists.targets.constraints import CONSTRAINTS, DEVPI, PIP, UV
from audit.blocklists.targets.contract import ExportOptions, Scope
from tests.audit.blocklists.targets.front_server import list_of
from tests.audit.blocklists.targets.server_process import ask, find_server, free_port, run_server, serve_folder

VERSIONS = ("1.0", "1.1", "2.0rc1")


def write_wheel(folder: Path, project: str, version: str) -> str:
    """Write an empty wheel; return its name."""
    name, info = f"{project}-{version}-py3-none-any.whl", f"{project}-{version}.dist-info"
    files = {
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {project}\nVersion: {version}\n",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nGenerator: boojum\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    record = ""
    with zipfile.ZipFile(folder / name, "w") as wheel:
        for path, text in files.items():
            wheel.writestr(path, text)
            digest = base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).decode().rstrip("=")
            record += f"{path},sha256={digest},{len(text)}\n"
        wheel.writestr(f"{info}/RECORD", f"{record}{info}/RECORD,,\n")
    return name


@pytest.fixture(scope="module")
def index(tmp_path_factory):
    """Return the address of an index that has versions of two projects."""
    folder = tmp_path_factory.mktemp("index")
    for project in ("evil", "good"):
        page = folder / "simple" / project
        page.mkdir(parents=True)
        names = [write_wheel(page, project, version) for version in VERSIONS]
        (page / "index.html").write_text("".join(f'<a href="{name}">{name}</a>\n' for name in names))
    with serve_folder(folder) as port:
        yield f"http://127.0.0.1:{port}/simple/"


@pytest.fixture
def blocked(finding, record, tmp_path):
    """Return a function that writes the constraints for versions of the project evil, "" for all of it."""

    def write(target, *versions):
        entry = record(finding(1)).entries[0]
        entries = [
            replace(entry, project="Evil", version=version, sha256=f"{number:064x}")
            for number, version in enumerate(versions)
        ]
        text = target.export(list_of(*entries), ExportOptions(widen=Scope.PROJECT)).files[CONSTRAINTS]
        (tmp_path / CONSTRAINTS).write_text(text)
        return tmp_path / CONSTRAINTS

    return write


def resolve(tool, index, constraints, project):
    """Return the wheel that a tool would install of a project, "" if there is none."""
    python = find_server("BOOJUM_UV")
    environment = {key: value for key, value in os.environ.items() if not key.startswith(("PIP_", "UV_"))}
    environment |= {f"{tool}_CONSTRAINT": str(constraints), f"{tool}_BUILD_CONSTRAINT": str(constraints)}
    dry = ["--dry-run", "--no-cache", "--index-url", index, project]
    argv = {
        "PIP": [python, "-m", "pip", "--isolated", "install", "-c", str(constraints), "--ignore-installed", *dry],
        "UV": [python, "-m", "uv", "pip", "install", "--no-config", "--python", python, *dry],
    }[tool]
    done = subprocess.run(argv, capture_output=True, text=True, check=False, env=environment)
    said = done.stdout + done.stderr
    marks = {version for version in VERSIONS if f"{project}-{version}" in said or f"{project}=={version}" in said}
    return (done.returncode == 0, marks if done.returncode == 0 else set())


@pytest.mark.slow
@pytest.mark.parametrize(("tool", "target"), [("PIP", PIP), ("UV", UV)])
def test_the_installer_takes_another_version_or_none(tool, target, index, blocked):
    assert (True, {"1.1"}) == resolve(tool, index, blocked(target), "evil")
    constraints = blocked(target, "1.1")
    assert (True, {"1.0"}) == resolve(tool, index, constraints, "evil")
    assert (True, {"1.1"}) == resolve(tool, index, constraints, "good")
    assert (False, set()) == resolve(tool, index, blocked(target, ""), "evil")


@pytest.mark.slow
def test_devpi_hides_a_version_and_shows_the_others(tmp_path, blocked):
    python = find_server("BOOJUM_DEVPI")
    programs, port, state = Path(python).parent, free_port(), tmp_path / "state"
    subprocess.run([programs / "devpi-init", "--serverdir", state], check=True, capture_output=True)
    server = [str(programs / "devpi-server"), "--serverdir", str(state), "--port", str(port), "--offline-mode"]

    def devpi(*arguments):
        argv = [programs / "devpi", *arguments, "--clientdir", tmp_path / "client"]
        return subprocess.run(argv, check=True, capture_output=True, text=True, cwd=tmp_path).stdout

    def shown(project="evil"):
        status, page = ask(port, f"/root/constrained/+simple/{project}/")
        return {version for version in VERSIONS if f"{project}-{version}-" in page.decode()} if status == 200 else set()

    with run_server(server, port, tmp_path / "log"):
        devpi("use", f"http://127.0.0.1:{port}")
        devpi("login", "root", "--password", "")
        devpi("index", "-c", "root/files", "bases=")
        devpi("use", "root/files")
        for project in ("evil", "good"):
            devpi("upload", *[write_wheel(tmp_path, project, version) for version in VERSIONS])
        devpi("index", "-c", "root/constrained", "type=constrained", "bases=root/files")
        for versions, left in (
            ((), set(VERSIONS)),
            (("1.1", "1.0"), {"2.0rc1"}),
            (("",), set()),
            ((), set(VERSIONS)),
        ):
            text = blocked(DEVPI, *versions).read_text()
            devpi("index", "root/constrained", f"constraints={text}")
            assert (left, set(VERSIONS)) == (shown(), shown("good"))


@pytest.mark.parametrize(
    ("versions", "line"),
    [
        (("1.10", "1.9"), "evil!=1.9,!=1.10"),
        (("1!2.0",), "evil!=1!2.0"),
        (("1.0+local.1",), "evil!=1.0+local.1"),
        (("1.0", "1.0"), "evil!=1.0"),
        (("1.0", ""), "evil<0"),
        (("2004-final",), "evil<0"),
    ],
)
def test_a_project_has_one_line(blocked, versions, line):
    written = blocked(PIP, *versions).read_text().splitlines()
    assert [line] == written[1:]
    assert not Requirement(line).specifier.contains(versions[0] or "1.0", prereleases=True)


def test_devpi_keeps_pre_releases_of_a_project(blocked):
    text = blocked(DEVPI, "1.0").read_text().splitlines()[1]
    assert "evil!=1.0,>=0.dev0" == text
    specifier = Requirement(text).specifier
    assert [True, True, False] == [version in specifier for version in ("2.0rc1", "0.1", "1.0")]


def test_an_empty_list_constrains_nothing(blocked):
    assert ["#"] == [line[:1] for line in blocked(UV).read_text().splitlines()]


def test_a_version_that_is_none_is_left_out_and_named(record, finding):
    listed = record(finding(1, version="2004-final"))
    assert 1 == len(PIP.export(listed, ExportOptions()).left_out)


def test_local_versions_that_are_blocked_too_are_named(record, finding):
    known = (MirrorFile("project-1", "1.0+cpu", "c.whl", "", "c" * 64, "", None, "clear"),)
    export = PIP.export(record(finding(1)), ExportOptions(known={"project-1": known}))
    assert ("project-1 1.0: 1 file", "project-1 1.0: also 1.0+cpu") == export.widened
