"""Code that runs at install is followed to the files that it imports, executes or starts."""

import pytest

from features.archive.retention import RawMember
from features.contract import FileType, Role
from features.install.followed_files import find_followed_files
from features.limits import Limits
from features.opening import open_release
from features.runtime import deadline
from features.runtime.deadline import Deadline

MANY = 12
DATA = ("x = [" + "1, " * 80_000 + "]\n").encode()
SETUP = "\n".join(f"exec(open('data{number}.txt').read())" for number in range(MANY))


def promoted(path, end):
    release = open_release(path, path.name, Limits(), end).release
    assert release is not None
    return [
        m.path
        for m in release.members
        if m.role is Role.INSTALL and m.file_type is FileType.PYTHON and ".txt" in m.path
    ]


@pytest.mark.slow
def test_texts_that_setup_executes_count_as_code(make_sdist):
    path = make_sdist({"setup.py": SETUP} | {f"data{number}.txt": DATA for number in range(MANY)})
    assert MANY == len(promoted(path, float("inf")))


class Hurrying:
    """A processor's clock that advances a second at each reading."""

    def __init__(self) -> None:
        self.now = 0.0

    def process_time(self) -> float:
        self.now += 1.0
        return self.now


@pytest.mark.slow
def test_no_text_is_compiled_after_the_deadline(make_sdist, monkeypatch):
    path = make_sdist({"setup.py": SETUP} | {f"data{number}.txt": DATA for number in range(MANY)})
    monkeypatch.setattr(deadline, "time", Hurrying())
    assert 1 <= len(promoted(path, 6.0)) < MANY


def followed(files, *started, end=float("inf")):
    types = {"py": FileType.PYTHON, "pth": FileType.PTH, "start": FileType.PTH}
    members = {
        path: RawMember(
            path, len(text), types.get(path.rpartition(".")[2], FileType.TEXT), text.encode(), text.encode()
        )
        for path, text in files.items()
    }
    return find_followed_files(started, members, Deadline(end))


@pytest.mark.parametrize(
    ("expected", "source"),
    [
        ({"a.py"}, "import a\n"),
        ({"a.py"}, "from a import x\n"),
        ({"a.py"}, "from . import x; import a\n"),
        ({"a.py"}, "    lazy import a\n"),
        ({"p/__init__.py", "p/q.py"}, "import p.q as z\n"),
        ({"t/run.txt"}, "exec(open('t/run.txt').read())\n"),
        ({"t/run.txt"}, "runpy.run_path('run.txt')\n"),
        ({"t/run.txt"}, "spec_from_file_location('x', here / 'run.txt')\n"),
        ({"a.py"}, "setup(cffi_modules=['a.py:ffi'])\n"),
        ({"t/run.txt"}, "os.system('sh run.txt')\n"),
        ({"p/__init__.py", "p/q.py"}, "subprocess.run([sys.executable, '-m', 'p.q'])\n"),
        (set(), "importlib\n# import a\n"),
        (set(), "reexec('t/run.txt')\n"),
        (set(), "open('t/run.txt').read()\n"),
        (set(), "exec(x)\n" + "#" * 300 + "\nopen('t/run.txt')\n"),
    ],
)
def test_names_in_code_lead_to_members(expected, source):
    files = {"setup.py": source, "a.py": "", "p/__init__.py": "", "p/q.py": "", "t/run.txt": "x = 1\n"}
    assert expected == followed(files, "setup.py")


def test_modules_at_the_top_are_followed_and_those_of_packages_are_not():
    files = {"setup.py": "import a, p", "a.py": "import b", "b.py": "", "p/__init__.py": "import c", "c.py": ""}
    assert {"a.py", "b.py", "p/__init__.py"} == followed(files, "setup.py")


def test_an_executed_text_is_followed_in_turn():
    files = {"setup.py": "exec(open('run.txt').read())", "run.txt": "import os, a\nos.getcwd()\n", "a.py": ""}
    assert {"run.txt", "a.py"} == followed(files, "setup.py")


def test_a_start_file_calls_its_functions():
    assert {"boot.py"} == followed({"x.start": "boot:go\n", "boot.py": "", "go.py": ""}, "x.start")


def test_files_of_a_wheel_s_data_folder_import_each_other():
    files = {"d.data/purelib/x.pth": "import boot\n", "d.data/purelib/boot.py": "", "boot/__init__.py": ""}
    assert {"d.data/purelib/boot.py", "boot/__init__.py"} == followed(files, "d.data/purelib/x.pth")


def test_modules_that_import_each_other_end():
    assert {"a.py", "b.py"} == followed({"a.py": "import b", "b.py": "import a"}, "a.py")


def test_nothing_is_followed_after_the_deadline():
    assert set() == followed({"setup.py": "import a", "a.py": ""}, "setup.py", end=-1.0)


def test_a_long_chain_of_modules_ends():
    files = {f"m{at}.py": f"import m{at + 1}" for at in range(300)}
    assert 200 == len(followed(files, "m0.py"))
