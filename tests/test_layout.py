"""The house: which room may import which, what may be imported where, and what must be registered."""

import ast
import importlib.metadata
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
ROOMS = ("features", "model", "jobs", "audit")
MODULES = sorted(path for room in ROOMS for path in (ROOT / room).rglob("*.py"))
ONLY_IN = {
    "sklearn": {"model"},
    "xgboost": {"model"},
    "skops": {"model"},
    "dask": {"jobs"},
    "distributed": {"jobs"},
    "argparse": {"audit"},
    "tqdm": {"audit"},
    "jinja2": {"audit"},
    "pickle": set(),
    "requests": set(),
}


def imports_of(path: Path) -> set[str]:
    names = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.add(node.module)
    return names


def room_of(path: Path) -> str:
    return path.relative_to(ROOT).parts[0]


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_nothing_imports_upwards(path):
    above = set(ROOMS[ROOMS.index(room_of(path)) + 1 :])
    assert not {name for name in imports_of(path) if name.split(".")[0] in above}


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_each_library_stays_in_its_room(path):
    for name in imports_of(path):
        allowed = ONLY_IN.get(name.split(".")[0])
        assert allowed is None or room_of(path) in allowed, f"{name} in {path}"


def test_only_the_command_line_prints_and_exits():
    for path in MODULES:
        if path == ROOT / "audit" / "cli.py":
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call):
                assert ast.unparse(node.func) not in {"print", "sys.exit", "exit", "quit"}, f"{path}:{node.lineno}"


def test_every_feature_group_on_disk_is_registered():
    from features.registry import GROUPS

    there = {path.stem for path in (ROOT / "features" / "groups").glob("*.py")} - {"__init__"}
    assert there == {group.name for group in GROUPS}


def test_no_other_distribution_owns_our_names():
    owners = importlib.metadata.packages_distributions()
    for room in ROOMS:
        assert set(owners.get(room, ["boojum"])) == {"boojum"}


def test_tests_are_no_package():
    assert not list((ROOT / "tests").rglob("__init__.py"))


def test_nothing_committed_names_a_registry_host_or_this_place():
    words = ("pypi" + ".org", "/wo" + "rk/", "files.python" + "hosted.org")
    for path in [*MODULES, *(ROOT / "tests").rglob("*.py"), ROOT / "README.md", ROOT / "Makefile"]:
        text = path.read_text(encoding="utf-8")
        assert not [word for word in words if word in text], path
