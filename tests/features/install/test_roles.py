import struct
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.archive.file_type import file_type_of, is_script
from features.archive.member_paths import normalise_path, normalise_paths
from features.contract import FileType, Kind, Role
from features.install.layout import Layout
from features.install.roles import role_of
from features.limits import Limits
from features.opening import open_release

SDIST = Layout(root="demo-1.0/", kind=Kind.SDIST)
WHEEL = Layout(kind=Kind.WHEEL, runs_setup=False)
PYC = struct.pack("<H", 3495) + b"\r\n" + bytes(12) + b"\xe3"


@pytest.mark.parametrize(
    ("file_type", "path", "head"),
    [
        (FileType.EMPTY, "a.py", b""),
        (FileType.PYTHON, "a.py", b"x = 1\n"),
        (FileType.PYTHON, "a.PYW", b"x = 1\n"),
        (FileType.PYTHON, "a.py", b"x = 1\n\0\0\0\0\x01\x02"),
        (FileType.PYTHON, "a.py", b"BZh91AY&SY if 0 else print()\n"),
        (FileType.PYTHON, "a.py", (b"#" * 257) + b"ustar\nimport os\n"),
        (FileType.PYTHON, "bin/tool", b"#!/usr/bin/env python3\nprint()\n"),
        (FileType.PYTHON, "bin/tool", b"#! /usr/bin/pypy\nprint()\n"),
        (FileType.TEXT, "bin/tool", b"#!/bin/sh\necho\n"),
        (FileType.TEXT, "a.pyi", b"x: int\n"),
        (FileType.TEXT, "README", b"hello\n"),
        (FileType.TEXT, "MZ.txt", b"MZ is a magic\n"),
        (FileType.TEXT, "utf16.txt", "hello world".encode("utf-16")),
        (FileType.TEXT, "utf16.txt", ("hello world" * 9).encode("utf-16-le")),
        (FileType.PTH, "a.pth", b"import os\n"),
        (FileType.PTH, "a.pth", b"\0\0\0\x01\nimport os; os.x\n"),
        (FileType.BINARY, "weights.pth", b"\x80\x02\x8a\x00\x00"),
        (FileType.PTH, "a.start", b"demo.boot:main\n"),
        (FileType.PTH, "a.start", b"#\x01\x02\x03\x04\x05\ndemo:main\n"),
        (FileType.BINARY, "a.start", bytes(range(1, 256))),
        (FileType.METADATA, "demo-1.0/PKG-INFO", b"Name: x\n"),
        (FileType.METADATA, "d-1.dist-info/RECORD", b"a,,\n"),
        (FileType.METADATA, "demo-1.0/pyproject.toml", b"[x]\n"),
        (FileType.PYTHON, "d-1.dist-info/a.py", b"x = 1\n"),
        (FileType.NATIVE, "a.py", b"\x7fELF\x02\x01\x01" + bytes(9)),
        (FileType.NATIVE, "logo.png", b"MZ\x90\x00\x03" + bytes(60)),
        (FileType.NATIVE, "a", b"\xca\xfe\xba\xbe\x00\x00\x00\x02"),
        (FileType.BINARY, "A.class", b"\xca\xfe\xba\xbe\x00\x00\x00\x34"),
        (FileType.NATIVE, "a.wasm", b"\0asm\x01\0\0\0"),
        (FileType.BYTECODE, "a.pyc", PYC),
        (FileType.BYTECODE, "notes.txt", PYC),
        (FileType.ARCHIVE, "a.py", b"PK\x03\x04\x14\x00"),
        (FileType.ARCHIVE, "a.txt", b"\x1f\x8b\x08\x00\x00"),
        (FileType.ARCHIVE, "a.bin", b"\xfd7zXZ\x00\x00"),
        (FileType.ARCHIVE, "app", b"#!/usr/bin/env python\nPK\x03\x04\0\0"),
        (FileType.BINARY, "a.png", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR"),
    ],
)
def test_file_type_of(file_type: FileType, path: str, head: bytes) -> None:
    assert file_type == file_type_of(path, head, len(head))


@pytest.mark.parametrize(
    ("role", "path", "file_type", "layout"),
    [
        (Role.INSTALL, "demo-1.0/setup.py", FileType.PYTHON, SDIST),
        (Role.INSTALL, "demo-1.0/Setup.PY", FileType.PYTHON, SDIST),
        (Role.INSTALL, "demo-1.0//./setup.py", FileType.PYTHON, SDIST),
        (Role.INSTALL, "demo-1.0/x/../setup.py", FileType.PYTHON, SDIST),
        (Role.INSTALL, "demo-1.0\\setup.py", FileType.PYTHON, SDIST),
        (Role.INSTALL, "demo-1.0!/setup.py", FileType.PYTHON, Layout("demo-1.0!/", Kind.SDIST)),
        (Role.REST, "demo-1.0/vendor/setup.py", FileType.PYTHON, SDIST),
        (Role.REST, "setup.py", FileType.PYTHON, WHEEL),
        (Role.INSTALL, "setup.py", FileType.PYTHON, Layout(kind=Kind.WHEEL)),
        (Role.INSTALL, "demo-1.0/data/x.pth", FileType.PTH, SDIST),
        (Role.INSTALL, "x.pth", FileType.PTH, WHEEL),
        (Role.INSTALL, "pkg/../x.pth", FileType.PTH, WHEEL),
        (Role.INSTALL, "d-1.data/purelib/x.pth", FileType.PTH, WHEEL),
        (Role.INSTALL, "d-1.data/platlib/x.pth", FileType.PTH, WHEEL),
        (Role.INSTALL, "d-1.data/data/lib/python3.11/site-packages/x.pth", FileType.PTH, WHEEL),
        (Role.REST, "pkg/x.pth", FileType.PTH, WHEEL),
        (Role.INSTALL, "x.start", FileType.PTH, WHEEL),
        (Role.REST, "pkg/x.start", FileType.PTH, WHEEL),
        (Role.INSTALL, "sitecustomize.py", FileType.PYTHON, WHEEL),
        (Role.INSTALL, "usercustomize/__init__.py", FileType.PYTHON, WHEEL),
        (Role.INSTALL, "sitecustomize.cpython-311.so", FileType.NATIVE, WHEEL),
        (Role.INSTALL, "demo-1.0/src/sitecustomize.py", FileType.PYTHON, SDIST),
        (Role.REST, "pkg/sitecustomize.py", FileType.PYTHON, WHEEL),
        (Role.INSTALL, "demo-1.0/_build/x.py", FileType.PYTHON, Layout("demo-1.0/", Kind.SDIST, install_folders=("_build/",))),
        (Role.REST, "d-1.data/scripts/run.py", FileType.PYTHON, WHEEL),
        (Role.IMPORT, "pkg/__init__.py", FileType.PYTHON, WHEEL),
        (Role.IMPORT, "pkg/__init__.py", FileType.EMPTY, WHEEL),
        (Role.IMPORT, "demo-1.0/tests/__init__.py", FileType.PYTHON, SDIST),
        (Role.IMPORT, "demo-1.0/demo.py", FileType.PYTHON, SDIST),
        (Role.IMPORT, "demo-1.0/src/demo.py", FileType.PYTHON, SDIST),
        (Role.IMPORT, "demo.py", FileType.PYTHON, WHEEL),
        (Role.IMPORT, "d-1.data/purelib/demo.py", FileType.PYTHON, WHEEL),
        (Role.REST, "demo-1.0/conftest.py", FileType.PYTHON, SDIST),
        (Role.REST, "demo-1.0/test_demo.py", FileType.PYTHON, SDIST),
        (Role.REST, "pkg/__main__.py", FileType.PYTHON, WHEEL),
        (Role.REST, "__main__.py", FileType.PYTHON, WHEEL),
        (Role.REST, "pkg/mod.py", FileType.PYTHON, WHEEL),
        (Role.REST, "demo-1.0/bin/tool", FileType.PYTHON, SDIST),
        (Role.REST, "README", FileType.TEXT, WHEEL),
    ],
)  # fmt: skip
def test_role_of(role: Role, path: str, file_type: FileType, layout: Layout) -> None:
    assert role == role_of(normalise_path(path), file_type, layout)


def test_a_setup_py_in_a_nested_archive_is_not_the_artifact_s() -> None:
    assert role_of("setup.py", FileType.PYTHON, SDIST, nested=True) == Role.REST
    assert role_of("pkg/__init__.py", FileType.PYTHON, SDIST, nested=True) == Role.IMPORT


@pytest.mark.parametrize(
    ("expected", "path"),
    [("a/b", "a/b"), ("a/b", "./a//b"), ("b", "a/../b"), ("b", "../../b"), ("a/b", "/a\\b"), ("", "/")],
)
def test_clean(expected: str, path: str) -> None:
    assert expected == normalise_path(path)
    assert ["c/d", expected, "e"] == normalise_paths(["c/d", path, "e"])


@given(st.lists(st.text("ab./\\ ", max_size=6)))
def test_paths_are_clean_together_as_they_are_alone(paths: list[str]) -> None:
    assert list(map(normalise_path, paths)) == normalise_paths(paths)


def test_is_script() -> None:
    assert is_script("run.SH", b"echo")
    assert is_script("run", b"#!/bin/sh\n")
    assert not is_script("a.txt", b"echo")


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
def test_what_runs_at_install_time(install: set[str], files: dict[str, str], make_sdist: Callable[..., Path]) -> None:
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


def test_a_wheel_s_start_up_hook_is_followed(make_wheel: Callable[..., Path]) -> None:
    files = {"demo.pth": "import demo_boot\n", "demo_boot.py": "x = 1\n", "demo/__init__.py": ""}
    release = open_release(make_wheel(files), "demo-1.0-py3-none-any.whl", Limits()).release
    assert release is not None
    roles = {member.path: member.role for member in release.members}
    assert (roles["demo.pth"], roles["demo_boot.py"]) == (Role.INSTALL, Role.INSTALL)
    assert roles["demo/__init__.py"] == Role.IMPORT
