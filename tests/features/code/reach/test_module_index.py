"""Modules of a release."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from features.code.reach.module_index import ModuleIndex, base_name, installed_paths, parent_folder

PATHS = ("pkg/__init__.py", "pkg/a.py", "pkg/sub/__init__.py", "pkg/sub/b.py", "setup.py", "helper.py", "tools/run.py",
         "tools/beside.py", "src/other/__init__.py", "src/other/c.pyw", "")  # fmt: skip
INDEX = ModuleIndex(PATHS)


def found(index: int) -> str:
    return PATHS[index] if index >= 0 else ""


@pytest.mark.parametrize(
    ("name", "importer", "expected"),
    [
        ("pkg", "setup.py", "pkg/__init__.py"),
        ("pkg.a", "setup.py", "pkg/a.py"),
        ("pkg.sub.b", "pkg/a.py", "pkg/sub/b.py"),
        ("other.c", "pkg/a.py", "src/other/c.pyw"),
        ("helper", "setup.py", "helper.py"),
        ("helper", "pkg/a.py", "helper.py"),
        ("beside", "tools/run.py", "tools/beside.py"),
        ("beside", "pkg/a.py", ""),
        ("a", "pkg/sub/b.py", ""),
        ("os", "setup.py", ""),
        (".", "pkg/a.py", "pkg/__init__.py"),
        (".a", "pkg/__init__.py", "pkg/a.py"),
        ("..a", "pkg/sub/b.py", "pkg/a.py"),
        ("..", "pkg/sub/b.py", "pkg/__init__.py"),
        ("....a", "pkg/sub/b.py", ""),
    ],
)
def test_a_name_means_a_file(name: str, importer: str, expected: str) -> None:
    assert found(INDEX.find_module(name, PATHS.index(importer))) == expected


def test_a_package_is_found_before_a_module_of_its_name() -> None:
    paths = ("x.py", "x/__init__.py")
    assert ModuleIndex(paths).find_module("x", 0) == 1


@pytest.mark.parametrize(
    ("name", "importer", "expected"),
    [
        ("pkg.a.Thing.run", "setup.py", ("pkg/a.py", "Thing.run")),
        ("pkg.go", "setup.py", ("pkg/__init__.py", "go")),
        (".go", "pkg/a.py", ("pkg/__init__.py", "go")),
        (".a.go", "pkg/__init__.py", ("pkg/a.py", "go")),
        ("pkg", "setup.py", ("pkg/__init__.py", "")),
        ("os.system", "setup.py", ("", "")),
        ("...", "pkg/a.py", ("", "")),
    ],
)
def test_the_longest_prefix_is_a_file_and_the_rest_an_attribute(
    name: str, importer: str, expected: tuple[str, str]
) -> None:
    index, rest = INDEX.split_name(name, PATHS.index(importer))
    assert (found(index), rest) == expected


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("pkg/sub/b.py", ["pkg/sub/__init__.py", "pkg/__init__.py"]),
        ("pkg/sub/__init__.py", ["pkg/__init__.py"]),
        ("pkg/__init__.py", []),
        ("tools/run.py", []),
        ("src/other/c.pyw", ["src/other/__init__.py"]),
    ],
)
def test_an_import_runs_the_packages_above_from_the_inside_out(path: str, expected: list[str]) -> None:
    assert [PATHS[index] for index in INDEX.parents(PATHS.index(path))] == expected


@pytest.mark.parametrize(
    ("name", "caller", "expected"),
    [
        ("beside.py", "tools/run.py", "tools/beside.py"),
        ("./tools/beside.py", "setup.py", "tools/beside.py"),
        ("tools\\beside.py", "setup.py", "tools/beside.py"),
        ("pkg/beside.py", "setup.py", ""),
        ("eside.py", "setup.py", ""),
        ("missing.py", "setup.py", ""),
        ("", "setup.py", ""),
    ],
)
def test_a_file_name_means_a_file(name: str, caller: str, expected: str) -> None:
    assert found(INDEX.find_file(name, PATHS.index(caller))) == expected


def test_of_files_with_one_name_the_one_beside_wins_and_then_the_shallowest() -> None:
    paths = ("a/b/x.py", "a/x.py", "c/x.py", "c/y.py")
    index = ModuleIndex(paths)
    assert paths[index.find_file("x.py", 3)] == "c/x.py"
    assert paths[index.find_file("x.py", -1)] in {"a/x.py", "c/x.py"}


def test_only_names_of_the_release_may_lead_to_it() -> None:
    assert [INDEX.may_contain(name) for name in ("pkg", "sub.x", ".x", "os", "")] == [True, True, True, False, False]


def test_top_packages_are_those_inside_no_other() -> None:
    assert INDEX.tops == ("pkg/", "src/other/")
    assert ModuleIndex(("a/b/__init__.py", "a/b/c/d/__init__.py")).tops == ("a/b/",)


def test_paths_and_folders_are_taken_apart() -> None:
    assert (base_name("a/b.py"), base_name("b.py")) == ("b.py", "b.py")
    assert (parent_folder("a/b/"), parent_folder("a/"), parent_folder("")) == ("a/", "", "")


def test_paths_are_those_after_installation() -> None:
    inside = "x-1.data/"
    paths = ["x-1/a.py", "b.py", f"{inside}purelib/c.py", f"{inside}scripts/d", f"{inside}headers/e.h", "f.zip!/g.py"]
    assert installed_paths(paths, "x-1/") == ["a.py", "b.py", "c.py", "scripts/d", f"{inside}headers/e.h", ""]


_SEGMENT = st.sampled_from(["a", "b", "src", "pkg", "__init__.py", "x.py", "..", "", ".", "__main__.py"])
_NAME = st.text(alphabet="ab.x/\\~-_", max_size=12) | st.sampled_from(
    [".", "..", "...", ".a.b", "a.b.x", "pkg.a", "../../x.py"]
)


@pytest.mark.slow
@settings(max_examples=150)
@given(
    st.lists(st.lists(_SEGMENT, min_size=1, max_size=4).map("/".join), min_size=1, max_size=8),
    st.lists(_NAME, max_size=8),
)
def test_resolution_never_raises_and_stays_in_the_release(paths: list[str], names: list[str]) -> None:
    modules = ModuleIndex(paths)
    for at in range(len(paths)):
        for name in names:
            assert -1 <= modules.find_module(name, at) < len(paths)
            assert -1 <= modules.split_name(name, at)[0] < len(paths)
            assert -1 <= modules.find_file(name, at) < len(paths)
        assert all(0 <= index < len(paths) and index != at for index in modules.parents(at))
