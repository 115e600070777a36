"""The files of a distribution that run at build, install or interpreter start are found."""

from collections.abc import Callable
from pathlib import Path

import pytest

from features.archive.retention import RawMember
from features.contract import FileType, Kind, Role
from features.install.install_files import find_install_files
from features.install.layout import InstallLayout
from features.limits import Limits
from features.opening import open_release
from features.runtime.deadline import Deadline

NEVER = float("inf")

PROJECT = '[build-system]\nrequires = []\nbuild-backend = "backend.main:x"\nbackend-path = ["{}"]\n'


@pytest.mark.parametrize(
    ("install", "files"),
    [
        ({"setup.py"}, {"setup.py": "pass", "demo/__init__.py": "", "helper.py": "x = 1"}),
        ({"setup.py", "helper.py"}, {"setup.py": "import helper\n", "helper.py": "x = 1", "other.py": "x = 2"}),
        ({"setup.py", "a.py", "b.py"}, {"setup.py": "from a import x\n", "a.py": "import os, b\n", "b.py": "x = 1"}),
        ({"setup.py", "demo/__init__.py"}, {"setup.py": "from demo import __version__\n", "demo/__init__.py": "from demo import deep\n", "demo/deep.py": "x = 1"}),
        ({"setup.py", "demo/run.txt"}, {"setup.py": "exec(open('demo/run.txt').read())\n", "demo/run.txt": "import os\nos.getcwd()\n", "README.md": "# hello there\n"}),
        ({"setup.py", "data.bin"}, {"setup.py": "code = open(os.path.join(here, 'data.bin')).read()\nexec(compile(code, 'x', 'exec'))\n", "data.bin": "import os\n"}),
        ({"setup.py", "t/run.sh"}, {"setup.py": "subprocess.check_call(['sh', '-e', 't/run.sh'])\n", "t/run.sh": "ls\n"}),
        ({"setup.py", "configure"}, {"setup.py": "os.system('cd a && ./configure --fast')\n", "configure": "ls\n"}),
        ({"setup.py", "t/a.py", "b.py"}, {"setup.py": "os.system('python t/a.py c.py')\n", "t/a.py": "import b\n", "b.py": "x = 1", "c.py": "x = 1"}),
        ({"setup.py", "t/a.txt"}, {"setup.py": "p = join('t', 'a.txt')\nc = [sys.executable, p]\nrun([sys.executable, p])\n", "t/a.txt": "x"}),
        ({"setup.py", "a.txt"}, {"setup.py": "cmd = 'python -u a.txt'\nos.popen(cmd)\n", "a.txt": "x"}),
        ({"setup.py", "t/__init__.py", "t/a.py"}, {"setup.py": "subprocess.run([sys.executable, '-m', 't.a'])\n", "t/__init__.py": "", "t/a.py": "x = 1"}),
        ({"setup.py", "t/a/__main__.py"}, {"setup.py": "os.system('cd x; python -m  t.a && python -m')\n", "t/a/__main__.py": "x = 1"}),
        ({"setup.py"}, {"setup.py": "subprocess.run([sys.executable, '-m', 'pip', 'install', '-r', 'a.txt'])\n", "a.txt": "x"}),
        ({"setup.py"}, {"setup.py": "subprocess.check_output(['git', 'log', '--', 'a.txt'])\nopen('a.txt')\n", "a.txt": "x"}),
        ({"setup.py"}, {"setup.py": "def run(self):\n    self.a = 'a.txt'\nrunner('a.txt')\n", "a.txt": "x"}),
        ({"_build/backend/main.py"}, {"pyproject.toml": PROJECT.format("_build"), "_build/backend/main.py": "x = 1"}),
        ({"backend/main.py"}, {"pyproject.toml": PROJECT.format("."), "backend/main.py": "x = 1", "demo.py": "x = 1"}),
        ({"hatch_build.py"}, {"pyproject.toml": "[tool.hatch]\n", "hatch_build.py": "x = 1"}),
        ({"make.py"}, {"pyproject.toml": "[tool.poetry.build]\nscript = 'make.py'\n", "make.py": "x = 1"}),
        ({"x.pth", "_boot.py"}, {"x.pth": "import _boot; _boot.go()\n", "_boot.py": "x = 1"}),
        ({"x.start", "_boot.py"}, {"x.start": "_boot:go\n", "_boot.py": "x = 1", "b.py": "x = 1"}),
        (set(), {"pyproject.toml": "[[[not toml", "demo.py": "x = 1"}),
    ],
)  # fmt: skip
def test_code_that_runs_at_install_is_found(
    install: set[str], files: dict[str, str], make_sdist: Callable[..., Path]
) -> None:
    release = open_release(make_sdist(files), "demo-1.0.tar.gz", Limits()).release
    assert release is not None
    assert install == {
        member.path.removeprefix("demo-1.0/") for member in release.members if member.role == Role.INSTALL
    }


def test_a_text_that_setup_executes_counts_as_python_if_it_is(make_sdist: Callable[..., Path]) -> None:
    files = {
        "setup.py": "exec(open('run.txt').read()); exec(open('README.md').read())",
        "run.txt": "import os\n",
        "README.md": "# Demo\nThis is no Python.\n",
    }
    release = open_release(make_sdist(files), "demo-1.0.tar.gz", Limits()).release
    assert release is not None
    found = {Path(member.path).name: (member.file_type, member.role) for member in release.members}
    assert found["run.txt"] == (FileType.PYTHON, Role.INSTALL)
    assert found["README.md"] == (FileType.TEXT, Role.INSTALL)


def test_a_start_up_hook_of_a_wheel_is_followed(make_wheel: Callable[..., Path]) -> None:
    files = {"demo.pth": "import demo_boot\n", "demo_boot.py": "x = 1\n", "demo/__init__.py": ""}
    release = open_release(make_wheel(files), "demo-1.0-py3-none-any.whl", Limits()).release
    assert release is not None
    roles = {member.path: member.role for member in release.members}
    assert (roles["demo.pth"], roles["demo_boot.py"]) == (Role.INSTALL, Role.INSTALL)
    assert roles["demo/__init__.py"] == Role.IMPORT


def raw(path: str, text: str) -> tuple[str, RawMember]:
    file_type = FileType.PYTHON if path.endswith(".py") else FileType.METADATA
    return path, RawMember(path, len(text), file_type, text.encode())


def test_a_wheel_has_no_build_files() -> None:
    members = [
        raw("setup.py", "import helper"),
        raw("helper.py", ""),
        raw("hatch_build.py", ""),
        raw("pyproject.toml", "#"),
    ]
    layout = find_install_files(InstallLayout(kind=Kind.WHEEL, runs_setup=False), members, Deadline(NEVER))
    assert ((), frozenset()) == (layout.install_folders, layout.install_files)


def test_the_last_of_several_members_with_one_path_is_followed() -> None:
    members = [
        raw("d/setup.py", "import old"),
        raw("d/setup.py", "import new"),
        raw("d/old.py", ""),
        raw("d/new.py", ""),
    ]
    layout = find_install_files(InstallLayout("d/", Kind.SDIST), members, Deadline(NEVER))
    assert {"new.py"} == layout.install_files


def test_without_a_root_a_setup_py_one_folder_down_may_be_run() -> None:
    members = [raw("a/setup.py", ""), raw("b/Setup.py", ""), raw("b/c/setup.py", "")]
    layout = find_install_files(InstallLayout(kind=Kind.UNKNOWN), members, Deadline(NEVER))
    assert {"a/setup.py", "b/Setup.py"} == layout.install_files


def test_after_the_deadline_no_file_is_followed() -> None:
    members = [raw("d/setup.py", "import helper"), raw("d/helper.py", "")]
    layout = find_install_files(InstallLayout("d/", Kind.SDIST), members, Deadline(-1.0))
    assert frozenset() == layout.install_files
