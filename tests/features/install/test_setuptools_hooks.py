"""Modules that setuptools imports to build are found."""

import pytest

from features.archive.retention import RawMember
from features.contract import FileType
from features.install.setuptools_hooks import find_entry_point_files, find_version_files
from features.runtime.deadline import Deadline

NEVER = float("inf")


def members(files: dict[str, str]) -> dict[str, RawMember]:
    return {path: RawMember(path, len(text), FileType.PYTHON, text.encode()) for path, text in files.items()}


@pytest.mark.parametrize(
    ("expected", "text"),
    [
        (["hook.py"], "[distutils.commands]\nx = hook:Command\n"),
        (["src/deep/hook.py"], "[egg_info.writers]\nx = deep.hook:write\n"),
        (["lib/pkg/__init__.py"], "[setuptools.finalize_distribution_options]\nx = pkg:go\n"),
        ([], "[console_scripts]\nx = hook:main\n"),
        ([], "[distutils.commands]\nx = other:Command\n[console_scripts]\ny = hook:main\n"),
    ],
)
def test_entry_points_of_setuptools_groups_are_found(expected: list[str], text: str) -> None:
    files = {"demo.egg-info/entry_points.txt": text, "hook.py": "", "src/deep/hook.py": "", "lib/pkg/__init__.py": ""}
    assert expected == list(find_entry_point_files(members(files)))


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("setup.py", "setup(entry_points={'distutils.commands': ['x = hook:Command']})"),
        ("setup.cfg", "[options.entry_points]\ndistutils.setup_keywords =\n  x = hook:check\n"),
        ("pyproject.toml", '[project.entry-points."distutils.commands"]\nx = "hook:Command"\n'),
    ],
)
def test_entry_points_are_found_in_each_build_file(path: str, text: str) -> None:
    assert ["hook.py"] == list(find_entry_point_files(members({path: text, "hook.py": ""})))


def test_metadata_in_a_deeper_folder_is_not_loaded() -> None:
    files = {"a/demo.egg-info/entry_points.txt": "[distutils.commands]\nx = hook:C\n", "hook.py": ""}
    assert [] == list(find_entry_point_files(members(files)))


def test_packages_are_found_in_the_folder_that_package_dir_names() -> None:
    files = {
        "setup.cfg": "[options]\npackage_dir =\n  = code\n[options.entry_points]\ndistutils.commands =\n  x = hook:C\n",
        "code/hook.py": "",
    }
    assert ["code/hook.py"] == list(find_entry_point_files(members(files)))


@pytest.mark.parametrize(
    ("is_imported", "module"),
    [
        (False, "__version__ = '1.0'\n"),
        (False, "__version__: str = '1.0'\nimport os\n"),
        (False, "a = __version__ = '1.0'\n"),
        (True, "__version__ = read()\n"),
        (True, "import os\n"),
        (True, "if True:\n    __version__ = '1.0'\n"),
        (True, "__version__ = None\n"),
        (True, "__version__ = (\n"),
    ],
)
def test_a_version_is_imported_unless_it_is_a_literal(is_imported: bool, module: str) -> None:
    files = members({"setup.cfg": "[metadata]\nversion = attr: demo.__version__\n", "demo.py": module})
    assert (["demo.py"] if is_imported else []) == list(find_version_files(files, Deadline(NEVER)))


@pytest.mark.parametrize(
    ("is_imported", "toml"),
    [
        (True, '[tool.setuptools.dynamic]\nversion = {attr = "demo.version"}\n'),
        (True, '[tool.setuptools.dynamic]\nversion = {"\\u0061ttr" = "demo.version"}\n'),
        (False, '[tool.other]\nversion = {attr = "demo.version"}\n'),
    ],
)
def test_pyproject_may_name_a_version_of_setuptools(is_imported: bool, toml: str) -> None:
    files = members({"pyproject.toml": toml, "demo.py": "version = read()\n"})
    assert (["demo.py"] if is_imported else []) == list(find_version_files(files, Deadline(NEVER)))


def test_a_literal_that_there_is_no_time_to_read_counts_as_imported() -> None:
    files = members({"setup.cfg": "[metadata]\nversion = attr: demo.v\n", "demo.py": "v = '1'\n"})
    assert ["demo.py"] == list(find_version_files(files, Deadline(-1.0)))
