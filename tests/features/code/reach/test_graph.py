"""Code that runs at install, at import and by commands is followed across files; every payload is inert."""

from collections.abc import Mapping

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from features.code.analyse_file import analyse_file
from features.code.analysed_file import AnalysedFile, section_of
from features.code.reach.graph import ReachableCode, find_reachable_code
from features.contract import FileType, Kind, Member, Release, Role, Scalar
from features.groups.code import CodeGroup
from features.text.indicator_scan import TextScan

BAD = "import base64\ndef go():\n    exec(base64.b64decode(x))\n"
NOW = BAD + "go()\n"
CLASS = "import base64\nclass Thing:\n    def __init__(self):\n        self.x = 1\n    def run(self):\n        exec(base64.b64decode(x))\n"
FINDING = "finding_decode_then_execute"


def release(
    files: Mapping[str, str], kind: Kind = Kind.SDIST, loose: tuple[str, ...] = ()
) -> tuple[Release, list[AnalysedFile]]:
    """Make a release of sources; those named in `loose` are not read by their tree."""
    root = "a-1/" if kind is Kind.SDIST else ""
    made = []
    for path, text in files.items():
        role = Role.REST
        file_type = (
            FileType.PYTHON if path.endswith(".py") else FileType.PTH if path.endswith(".pth") else FileType.TEXT
        )
        if path == "setup.py" or file_type is FileType.PTH or path.startswith("backend/"):
            role = Role.INSTALL
        elif path.endswith("__init__.py") or ("/" not in path and file_type is FileType.PYTHON):
            role = Role.IMPORT
        data = text.encode()
        member = Member(root + path, len(data), file_type, role, data=data, head=data[:4096])
        python = data if file_type in (FileType.PYTHON, FileType.PTH) else b""
        analysis = analyse_file(data, role) if python and path not in loose else None
        made.append(AnalysedFile(member, section_of(member), python, b"", TextScan(len(data)), analysis=analysis))
    members = tuple(node.member for node in made)
    return Release("a-1.tar.gz", "a", "1", kind, "tar", 1, members, root=root), made


def reach(files: Mapping[str, str], kind: Kind = Kind.SDIST, loose: tuple[str, ...] = ()) -> dict[str, ReachableCode]:
    return find_reachable_code(*release(files, kind, loose))


def runs(files: Mapping[str, str], when: str, kind: Kind = Kind.SDIST, loose: tuple[str, ...] = ()) -> bool:
    return reach(files, kind, loose)[when].total_effects()[FINDING] > 0


IMPORT_FORMS = [
    "from . import bad\nbad.go()",
    "from . import bad as b\nb.go()",
    "from .bad import go\ngo()",
    "from .bad import go as g\ng()",
    "from .bad import *\ngo()",
    "from pkg import bad\nbad.go()",
    "import pkg.bad\npkg.bad.go()",
    "import pkg.bad as b\nb.go()",
    "from pkg.bad import go\nrun = go\nrun()",
    "import importlib\nimportlib.import_module('.bad', __package__).go()",
    "import importlib\nm = importlib.import_module('pkg.' + 'bad')\nm.go()",
    "__import__('pkg.bad').bad.go()",
    "import threading\nfrom .bad import go\nthreading.Thread(target=go).start()",
    "import threading\nfrom .bad import *\nthreading.Thread(target=go).start()",
    "from .bad import *\nstart = go\nstart()",
    "from .bad import *\n@go\ndef start():\n    pass",
    "from .bad import (  # a comment\n    go as start,  # another\n)\nstart()",
    "import atexit\nfrom . import bad\natexit.register(bad.go)",
    "from .bad import go\ndef start():\n    go()\nstart()",
    "try:\n    from .bad import go\nexcept ImportError:\n    go = None\ngo()",
    "import sys\nif sys.platform == 'win32':\n    from .bad import go\n    go()",
    "def start():\n    from .bad import go\n    go()\nstart()",
    "from .bad import go\n@go\ndef start():\n    pass",
    "from .bad import go\nclass A:\n    x = go()",
    "from .bad import go\nclass A:\n    def __init__(self):\n        go()\nA()",
]


@pytest.mark.parametrize("source", IMPORT_FORMS)
def test_a_function_of_another_module_that_is_called_runs_at_import(source):
    assert runs({"pkg/__init__.py": source, "pkg/bad.py": BAD}, "import")


@pytest.mark.parametrize(
    "source",
    [
        "",
        "from .bad import go",
        "from . import bad\ndef start():\n    bad.go()",
        "def start():\n    from .now import x",
        "from .bad import go\nif __name__ == '__main__':\n    go()",
        "from .bad import other\nother()",
        "from .tests import bad",
        "import bad.now\n",
    ],
)
def test_what_nothing_calls_does_not_run(source):
    files = {"pkg/__init__.py": source, "pkg/bad.py": BAD, "pkg/now.py": NOW, "tests/test_x.py": NOW}
    assert not runs(files, "import")


@pytest.mark.parametrize(
    "source",
    [
        "from . import now",
        "from .now import x",
        "import pkg.now",
        "from .sub import deeper",
        "from .sub.deeper import *",
        "import importlib\nimportlib.import_module('.now', __name__)",
        "import runpy\nrunpy.run_module('pkg.now')",
        "import runpy, os\nrunpy.run_path(os.path.join(os.path.dirname(__file__), 'now.py'))",
        "import os\nhere = os.path.dirname(__file__)\nexec(open(os.path.join(here, 'now.py')).read())",
        "with open('now.py') as f:\n    exec(f.read())",
        "import subprocess, sys\nsubprocess.Popen([sys.executable, 'now.py'])",
        "import subprocess, sys\nsubprocess.Popen([sys.executable, '-m', 'pkg.now'])",
        "import os\nos.system('python -m pkg.now')",
        "import os\nos.system('python pkg/now.py &')",
        "import subprocess\nsubprocess.run(['python', '-c', 'import pkg.now'])",
        "exec('from pkg import now')",
    ],
)
def test_a_module_that_is_imported_or_run_by_name_runs(source):
    files = {
        "pkg/__init__.py": source, "pkg/now.py": NOW, "pkg/sub/__init__.py": "", "pkg/sub/deeper.py": "from .. import now",
    }  # fmt: skip
    assert runs(files, "import")


def test_what_is_started_as_a_program_runs_below_its_main_test():
    files = {
        "pkg/__init__.py": "import os\nos.system('python x.py')",
        "pkg/x.py": BAD + "if __name__ == '__main__':\n    go()",
    }
    assert runs(files, "import")
    assert not runs({**files, "pkg/__init__.py": "from . import x"}, "import")


@pytest.mark.parametrize("loose", [(), ("pkg/one.py",), ("pkg/one.py", "pkg/two.py", "pkg/three.py")])
def test_three_imports_away_counts_and_says_how_far(loose):
    files = {
        "pkg/__init__.py": "from .one import a\na()",
        "pkg/one.py": "from .two import b\ndef a():\n    b()\n",
        "pkg/two.py": "from .three import c\ndef b():\n    c()\n",
        "pkg/three.py": "def c():\n    from .bad import go\n    go()\n",
        "pkg/bad.py": BAD,
    }
    reached = reach(files, loose=loose)["import"]
    assert reached.total_effects()[FINDING] == 1
    assert reached.distances == {0: 0, 1: 1, 2: 2, 3: 3, 4: 4}


def test_a_circle_of_imports_ends():
    files = {
        "pkg/__init__.py": "from .a import x\nx()",
        "pkg/a.py": "from .b import *\n",
        "pkg/b.py": "from .a import *\n",
    }
    assert set(reach(files)["import"].distances) == {0, 1, 2}


@pytest.mark.parametrize(
    "files",
    [
        {"setup.py": "import helper\nhelper.go()", "helper.py": BAD},
        {"setup.py": "from pkg.bad import go\ngo()", "pkg/__init__.py": "", "pkg/bad.py": BAD},
        {"setup.py": "import pkg", "pkg/__init__.py": "from . import now", "pkg/now.py": NOW},
        {"setup.py": "import sys\nsys.path.insert(0, 'src')\nimport pkg", "src/pkg/__init__.py": NOW},
        {
            "setup.py": "from pkg.cmd import Thing\nsetup(cmdclass={'install': Thing})",
            "pkg/__init__.py": "",
            "pkg/cmd.py": CLASS,
        },
        {
            "setup.py": "import pkg.cmd\nclass Mine(pkg.cmd.Thing):\n    pass\nsetup(cmdclass={'install': Mine})",
            "pkg/__init__.py": "",
            "pkg/cmd.py": CLASS,
        },
        {
            "setup.py": "from setuptools.command.install import install\nclass Mine(install):\n    def run(self):\n        import pkg.now\nsetup(cmdclass={'install': Mine})",
            "pkg/__init__.py": "",
            "pkg/now.py": NOW,
        },
        {"x.pth": "import pkg.now", "pkg/__init__.py": "", "pkg/now.py": NOW},
        {"backend/build.py": "from pkg import now\n", "pkg/__init__.py": "", "pkg/now.py": NOW},
        {"setup.py": "if __name__ == '__main__':\n    from pkg import now\n", "pkg/__init__.py": "", "pkg/now.py": NOW},
    ],
)
def test_what_an_installer_starts_is_followed(files):
    assert runs(files, "install")


def test_importing_the_package_is_no_installation():
    files = {
        "setup.py": "from setuptools import setup\nsetup()",
        "pkg/__init__.py": "from . import now",
        "pkg/now.py": NOW,
    }
    assert not runs(files, "install")
    assert runs(files, "import")


@pytest.mark.parametrize(
    "files",
    [
        {"a.dist-info/entry_points.txt": "[console_scripts]\ngo = pkg.bad:go\n"},
        {"a.dist-info/entry_points.txt": "[console_scripts]\ngo = pkg.more:go\n", "pkg/more.py": "from .bad import go"},
        {"pyproject.toml": '[project.scripts]\ngo = "pkg.bad:go"\n'},
        {"setup.cfg": "[options.entry_points]\nconsole_scripts =\n    go = pkg.bad:go\n"},
        {"setup.py": "setup(entry_points={'console_scripts': ['go = pkg.bad:go']})"},
        {"pkg/__main__.py": "from .bad import go\nif __name__ == '__main__':\n    go()\n"},
        {"pkg/__main__.py": "from pkg.bad import go\ngo()\n"},
    ],
)
def test_commands_are_followed(files):
    both = {"pkg/__init__.py": "", "pkg/bad.py": BAD, **files}
    assert runs(both, "script", Kind.WHEEL)
    assert not runs(both, "import", Kind.WHEEL)


def test_a_wheel_with_two_top_packages_runs_both():
    files = {"one/__init__.py": "", "two/__init__.py": "from . import now", "two/now.py": NOW}
    assert runs(files, "import", Kind.WHEEL)


def test_packages_find_each_other_by_absolute_names():
    files = {"one/__init__.py": "from two.bad import go\ngo()", "two/__init__.py": "", "two/bad.py": BAD}
    assert runs(files, "import", Kind.WHEEL)


@pytest.mark.parametrize("prefix", ["", "src/", "lib/", "python/"])
def test_layouts(prefix):
    files = {
        prefix + "pkg/__init__.py": "import pkg.sub.now",
        prefix + "pkg/sub/__init__.py": "",
        prefix + "pkg/sub/now.py": NOW,
    }
    assert runs(files, "import")


def test_a_namespace_package():
    files = {"ns/pkg/__init__.py": "from ns.pkg import now", "ns/pkg/now.py": NOW}
    assert runs(files, "import")
    assert runs(files, "import", Kind.WHEEL)
    assert runs({"ns/mod.py": "from ns.now import x", "ns/now.py": NOW}, "import", Kind.WHEEL)


def test_importing_a_module_runs_the_packages_above_it():
    files = {"setup.py": "import pkg.sub.x", "pkg/__init__.py": "", "pkg/sub/__init__.py": NOW, "pkg/sub/x.py": ""}
    assert runs(files, "install")


def test_a_module_that_only_tests_use_is_reached_by_nothing():
    files = {
        "pkg/__init__.py": "",
        "pkg/bad.py": NOW,
        "tests/__init__.py": "from pkg import bad",
        "tests/test_a.py": "import pkg.bad",
    }
    assert [trigger for trigger, code in reach(files).items() if 1 in code.distances] == ["use"]


def test_what_a_package_offers_is_called_by_its_users():
    files = {"pkg/__init__.py": "from .bad import go\n", "pkg/bad.py": BAD, "pkg/other.py": CLASS}
    reached = reach(files)
    assert reached["import"].total_effects()[FINDING] == 0
    assert reached["use"].total_effects()[FINDING] == 1


def test_a_module_that_users_import_by_its_name_runs():
    assert reach({"pkg/__init__.py": "", "pkg/now.py": NOW})["use"].total_effects()[FINDING] == 1


def test_methods_of_objects_are_followed():
    files = {"pkg/__init__.py": "from .cmd import Thing\nt = Thing()\nt.run()", "pkg/cmd.py": CLASS}
    assert runs(files, "import")
    assert runs(
        {**files, "pkg/__init__.py": "from .cmd import thing\nthing.run()", "pkg/cmd.py": CLASS + "thing = Thing()\n"},
        "import",
    )
    assert not runs({**files, "pkg/__init__.py": "from .cmd import Thing\nt = Thing()"}, "import")


def test_a_name_that_is_handed_through_modules_is_found():
    files = {
        "pkg/__init__.py": "from .api import start\nstart()",
        "pkg/api.py": "from .core import *\n",
        "pkg/core.py": "from .bad import go as start\n",
        "pkg/bad.py": BAD,
    }
    assert runs(files, "import")


def test_a_million_edges_end_at_the_bound():
    count = 1000
    lines = "".join(f"from .m{number} import f\n" for number in range(count))
    files = {"pkg/__init__.py": lines, **{f"pkg/m{number}.py": lines + "f()\n" for number in range(count)}}
    reached = reach(files, loose=tuple(files))
    assert reached["import"].distances


def extract(files: Mapping[str, str]) -> Mapping[str, Scalar]:
    return CodeGroup().extract(release(files)[0]).values


def test_columns_say_what_runs_and_what_nothing_reaches():
    files = {"pkg/__init__.py": "from .one import go\ngo()", "pkg/one.py": "from .bad import go", "pkg/bad.py": BAD}
    values = extract(files)
    assert values["code_reached_import_finding_decode_then_execute"] == 1
    assert values["code_reached_import_execute_code"] == 1
    assert values["code_reached_import_meeting_decode_execute"] == 1
    assert values["code_reached_import_distance"] == 1
    assert values["code_reached_import_grave_files"] == 1
    assert values["code_reached_install_execute_code"] == 0
    assert values["code_unreached_files"] == 0
    alone = extract({**files, "pkg/__init__.py": ""})
    assert alone["code_reached_import_execute_code"] == 0
    assert alone["code_unreached_files"] == 1
    assert alone["code_unreached_findings"] == 1


def test_what_is_spread_over_files_meets():
    files = {
        "pkg/__init__.py": "from .a import data\nfrom .b import run\nrun(data())",
        "pkg/a.py": "import base64, marshal\ndef data():\n    return marshal.loads(base64.b64decode(x))\n",
        "pkg/b.py": "import os\ndef run(code):\n    os.system('powershell -w hidden')\n    exec(code)\n",
    }
    values = extract(files)
    assert values["code_reached_import_meeting_decode_execute"] == 1
    assert values["code_reached_import_spread"] == 1


def test_a_reached_payload_is_the_first_evidence():
    files = {"pkg/__init__.py": "from . import zz", "pkg/aa.py": NOW, "pkg/zz.py": NOW}
    first = CodeGroup().extract(release(files)[0]).evidence[0]
    assert first.member == "a-1/pkg/zz.py"


_LINE = st.sampled_from(
    ["import a", "from . import b", "from .b import *", "from ... import x", "a.go()", "go()", "def go():", "    a()", "exec(open('b.py').read())", "x = a", "a = x", "class A(a.b):", "    b = 1", "(", "import b as a"]
)  # fmt: skip


@settings(max_examples=60)
@given(
    st.dictionaries(
        st.sampled_from(["a.py", "b.py", "setup.py", "a/__init__.py", "a/b.py", "x.pth"]),
        st.lists(_LINE, max_size=8).map("\n".join),
    )
)
def test_following_never_raises(files):
    for loose in ((), tuple(files)):
        for code in reach(files, loose=loose).values():
            assert set(code.effects) <= set(code.distances) <= set(range(len(files)))


def test_names_handed_on_by_stars_end_at_the_bound():
    count = 60
    stars = "".join(f"from .m{number} import *\n" for number in range(count))
    calls = "".join(f"    name{number}()\n" for number in range(150))
    files = {
        "pkg/__init__.py": stars,
        **{f"pkg/m{n}.py": stars + "".join(f"def f{m}():\n{calls}" for m in range(20)) for n in range(count)},
    }
    assert reach(files, loose=tuple(files))["import"].distances
