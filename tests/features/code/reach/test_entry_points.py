"""Entry points of a release."""

import pytest

from features.code.analyse_file import analyse_file
from features.code.analysed_file import AnalysedFile, section_of
from features.code.contract import MAIN_UNIT
from features.code.reach.entry_points import (
    EntryPoint,
    api_entry_points,
    import_entry_points,
    install_entry_points,
    is_entry_file,
    parse_entry_points,
    script_entry_points,
)
from features.code.reach.release_index import ReleaseIndex
from features.contract import FileType, Kind, Member, Role
from features.text.indicator_scan import TextScan

GO = "def go():\n    exec(x)\n"
INSTALL = {"setup.py", "sitecustomize.py", "_build/backend.py"}


def index_of(files: dict[str, str]) -> ReleaseIndex:
    made = []
    for path, text in files.items():
        data = text.encode()
        file_type = (
            FileType.PYTHON if path.endswith(".py") else FileType.PTH if path.endswith(".pth") else FileType.TEXT
        )
        role = Role.REST
        if path in INSTALL or file_type is FileType.PTH:
            role = Role.INSTALL
        elif path.endswith("__init__.py") or (file_type is FileType.PYTHON and "/" not in path):
            role = Role.IMPORT
        member = Member(path, len(data), file_type, role, data=data, head=data)
        python = data if file_type is not FileType.TEXT else b""
        analysis = analyse_file(data, role) if python else None
        made.append(AnalysedFile(member, section_of(member), python, b"", TextScan(len(data)), analysis=analysis))
    return ReleaseIndex(made, "")


def imported(files: dict[str, str], kind: Kind = Kind.SDIST) -> list[str]:
    paths = list(files)
    return [paths[entry.file] for entry in import_entry_points(index_of(files), kind)]


def test_install_files_run_as_scripts_and_those_that_others_run_come_later() -> None:
    files = {"_build/backend.py": "", "setup.py": "", "x.pth": "", "sitecustomize.py": "", "pkg/__init__.py": ""}
    found = install_entry_points(index_of(files))
    assert [(entry.file, entry.distance) for entry in found if entry.unit == MAIN_UNIT] == [
        (1, 0), (2, 0), (3, 0), (0, 1),
    ]  # fmt: skip
    assert {entry.unit for entry in found} == {"", MAIN_UNIT}


@pytest.mark.parametrize(
    ("paths", "kind", "expected"),
    [
        (("pkg/__init__.py", "pkg/sub/__init__.py"), Kind.SDIST, ["pkg/__init__.py"]),
        (("src/pkg/__init__.py", "other/pkg/__init__.py"), Kind.SDIST, ["src/pkg/__init__.py"]),
        (("other/pkg/__init__.py",), Kind.SDIST, ["other/pkg/__init__.py"]),
        (("other/pkg/__init__.py", "pkg/__init__.py"), Kind.WHEEL, ["pkg/__init__.py", "other/pkg/__init__.py"]),
        (("module.py", "tests/__init__.py"), Kind.SDIST, ["module.py"]),
        (("tests/__init__.py",), Kind.SDIST, ["tests/__init__.py"]),
        (("ns/a.py", "ns/deep/b.py"), Kind.SDIST, ["ns/a.py"]),
    ],
)
def test_packages_and_modules_are_imported_by_their_own_names(
    paths: tuple[str, ...], kind: Kind, expected: list[str]
) -> None:
    assert imported(dict.fromkeys(paths, "x = 1\n"), kind) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("[console_scripts]\ngo = pkg.bad:go\n", [("pkg.bad", "go")]),
        ('go = "pkg.bad:go"\n', [("pkg.bad", "go")]),
        ("setup(entry_points={'console_scripts': ['go = pkg.bad:go', 'b=pkg:Main.run [extra]']})",
         [("pkg.bad", "go"), ("pkg", "Main.run")]),
        ("= pkg:go", []),
        ("x == pkg:go", []),
        ("a = pkg", []),
        ("url = http://x.example", []),
    ],
)  # fmt: skip
def test_entry_points_are_read_from_any_setup_file(text: str, expected: list[tuple[str, str]]) -> None:
    assert list(parse_entry_points(text)) == expected


@pytest.mark.parametrize(
    ("path", "expected"),
    [("a.dist-info/entry_points.txt", True), ("pyproject.toml", True), ("x/setup.cfg", True), ("my_setup.py", False)],
)
def test_files_that_may_name_commands(path: str, expected: bool) -> None:
    assert is_entry_file(path) is expected


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ({"pyproject.toml": 'go = "pkg.bad:go"'}, {("pkg/bad.py", ""), ("pkg/bad.py", "go")}),
        ({"a/b/pyproject.toml": 'go = "pkg.bad:go"'}, set()),
        ({"pyproject.toml": 'go = "elsewhere:go"'}, set()),
        ({"pkg/__main__.py": ""}, {("pkg/__main__.py", ""), ("pkg/__main__.py", MAIN_UNIT)}),
        ({"tests/__main__.py": ""}, set()),
        ({"bin/run.py": ""}, {("bin/run.py", ""), ("bin/run.py", MAIN_UNIT)}),
        ({"bin/notes": "words"}, set()),
    ],
)
def test_commands_scripts_and_main_modules_are_run(files: dict[str, str], expected: set[tuple[str, str]]) -> None:
    both = {"pkg/__init__.py": "", "pkg/bad.py": GO, **{path: text or "x = 1\n" for path, text in files.items()}}
    paths = list(both)
    found = script_entry_points(index_of(both))
    assert {(paths[entry.file], entry.unit) for entry in found} == expected


def test_users_can_call_what_a_package_offers_and_import_every_module() -> None:
    files = {
        "pkg/__init__.py": "from .bad import go\ndef own():\n    exec(x)\n",
        "pkg/bad.py": GO,
        "pkg/inner.py": GO,
        "setup.py": "x = 1\n",
        "tests/test_a.py": GO,
    }
    index = index_of(files)
    found = api_entry_points(index, import_entry_points(index, Kind.SDIST))
    assert EntryPoint(0, "own", 0) in found
    assert EntryPoint(1, "go", 0) in found
    assert EntryPoint(2, "", 1) in found
    assert EntryPoint(2, "go", 0) not in found
    assert not {entry.file for entry in found} & {3, 4}
    assert len(set(found)) == len(found)


def test_a_star_import_offers_what_the_other_module_defines() -> None:
    index = index_of({"pkg/__init__.py": "from .bad import *\n", "pkg/bad.py": GO})
    assert EntryPoint(1, "go", 1) in api_entry_points(index, import_entry_points(index, Kind.SDIST))
