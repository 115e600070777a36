"""Names across the files of a release."""

import pytest

from features.code.analyse_file import analyse_file
from features.code.analysed_file import AnalysedFile, section_of
from features.code.reach import release_index
from features.code.reach.release_index import ReleaseIndex
from features.contract import FileType, Member, Role
from features.text.indicator_scan import TextScan

GO = "import base64\ndef go():\n    exec(base64.b64decode(x))\n"
CLASS = "class Thing:\n    def __init__(self):\n        exec(x)\n    def run(self):\n        exec(y)\n"


def file(path: str, text: str, *, analysed: bool = True) -> AnalysedFile:
    data = text.encode()
    role = Role.IMPORT if path.endswith("__init__.py") else Role.REST
    member = Member(path, len(data), FileType.PYTHON, role, data=data, head=data)
    analysis = analyse_file(data, role) if analysed else None
    return AnalysedFile(member, section_of(member), data, b"", TextScan(len(data)), analysis=analysis)


def index_of(files: dict[str, str], *, analysed: bool = True) -> ReleaseIndex:
    return ReleaseIndex([file(path, text, analysed=analysed) for path, text in files.items()], "")


def resolved(files: dict[str, str], name: str, caller: int = 0) -> list[tuple[int, str]]:
    """Return file and name of each unit that a call in the first file means."""
    index = index_of(files)
    targets = index.called_units(name, caller)
    return [(target.file, index.file(target.file).links.units[target.unit].name) for target in targets]


def test_a_dotted_name_means_a_function_of_another_file() -> None:
    files = {"pkg/__init__.py": "", "pkg/bad.py": GO}
    assert resolved(files, "pkg.bad.go") == [(1, "go")]
    assert resolved(files, ".bad.go") == [(1, "go")]
    assert resolved(files, "pkg.bad.other") == []
    assert resolved(files, "pkg.bad") == []


def test_a_class_means_itself_and_the_methods_that_run_with_it() -> None:
    files = {"pkg/__init__.py": "", "pkg/bad.py": CLASS}
    assert (1, "Thing.__init__") in resolved(files, "pkg.bad.Thing")
    assert (1, "Thing.run") not in resolved(files, "pkg.bad.Thing")
    assert resolved(files, "pkg.bad.Thing.run") == [(1, "Thing.run")]


@pytest.mark.parametrize(
    "api", ["from .bad import go as start", "from .bad import go\nstart = go", "from . import api2\nstart = api2.go"]
)
def test_aliases_are_followed(api: str) -> None:
    files = {"pkg/__init__.py": "", "pkg/api.py": api, "pkg/bad.py": GO, "pkg/api2.py": "from .bad import go"}
    assert resolved(files, "pkg.api.start") == [(2, "go")]


def test_star_imports_are_followed() -> None:
    files = {"pkg/__init__.py": "from .api import *", "pkg/api.py": "from .bad import *", "pkg/bad.py": GO}
    assert resolved(files, "go") == [(2, "go")]
    assert resolved(files, "pkg.api.go") == [(2, "go")]


def test_names_that_lead_in_a_circle_mean_nothing() -> None:
    files = {"pkg/__init__.py": "from .a import x", "pkg/a.py": "from .b import x", "pkg/b.py": "from .a import x"}
    assert resolved(files, "pkg.a.x") == []


def test_lookups_are_bounded() -> None:
    index = index_of({"pkg/__init__.py": "", "pkg/bad.py": GO})
    index.lookups_left = 0
    assert index.called_units("pkg.bad.go", 0) == ()
    assert index.lookups_left < 0


def test_imports_that_are_outside_the_release_are_no_files() -> None:
    index = index_of({"pkg/__init__.py": "", "pkg/a.py": ""})
    assert index.imported_files(0, 0, ("pkg.a", "os", ".a")) == (1,)


def test_a_file_without_analysis_leads_on_by_its_text() -> None:
    files = {"pkg/__init__.py": "from .bad import go\ngo()\n", "pkg/bad.py": "x = 1\n"}
    index = index_of(files, analysed=False)
    assert [unit.calls for unit in index.file(0).links.units] == [(".bad.go",)]
    silent = index_of(files, analysed=False)
    silent.reads_text = False
    assert silent.file(0).links.units == ()


def test_text_is_read_within_a_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(release_index, "MAX_TEXT_BYTES", 10)
    files = {"a.py": "from b import go\ngo()\n", "b.py": "from a import x\nx()\n"}
    index = index_of(files, analysed=False)
    assert [bool(index.file(number).links.units) for number in (0, 1)] == [True, False]


def test_only_imports_of_the_release_matter_in_text() -> None:
    index = index_of({"a.py": "import requests\nrequests.get(x)\n"}, analysed=False)
    assert index.file(0).links.units == ()
