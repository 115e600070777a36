"""The kind and the root of a distribution follow from the names in its archive."""

import pytest

from features.contract import Kind
from features.install.layout import InstallLayout, read_layout


@pytest.mark.parametrize(
    ("kind", "root", "container", "names"),
    [
        (Kind.SDIST, "d-1/", "tar.gz", ["d-1/", "d-1/setup.py", "d-1/demo/__init__.py"]),
        (Kind.SDIST, "d-1/", "tar.gz", ["./d-1/PKG-INFO"]),
        (Kind.SDIST, "d-1/", "zip", ["d-1/pyproject.toml", "d-1/a.py"]),
        (Kind.SDIST, "d-1/", "tar", ["._d-1", ".DS_Store/x", "d-1/setup.py"]),
        (Kind.UNKNOWN, "d-1/", "tar", ["d-1/a.py"]),
        (Kind.UNKNOWN, "", "tar", ["a/x.py", "b/y.py"]),
        (Kind.UNKNOWN, "", "tar", ["a/setup.py", "b/setup.py"]),
        (Kind.SDIST, "", "tar", ["setup.py", "d-1/a.py"]),
        (Kind.WHEEL, "", "zip", ["demo/a.py", "d-1.dist-info/METADATA"]),
        (Kind.WHEEL, "", "zip", ["d-1.dist-info/WHEEL", "demo/a.py"]),
        (Kind.UNKNOWN, "x/", "zip", ["x/d-1.dist-info/WHEEL"]),
        (Kind.UNKNOWN, "d-1.dist-info/", "tar", ["d-1.dist-info/WHEEL"]),
        (Kind.EGG, "", "zip", ["EGG-INFO/PKG-INFO", "demo/a.py"]),
        (Kind.UNKNOWN, "EGG-INFO/", "zip", ["EGG-INFO/"]),
        (Kind.UNKNOWN, "", "", []),
    ],
)
def test_names_decide_kind_and_root(kind: Kind, root: str, container: str, names: list[str]) -> None:
    layout = read_layout(container, Kind.UNKNOWN, names)
    assert (kind, root) == (layout.kind, layout.root)


@pytest.mark.parametrize(
    ("runs_setup", "claimed", "names"),
    [
        (False, Kind.WHEEL, ["d-1.dist-info/WHEEL"]),
        (False, Kind.EGG, ["d-1.dist-info/WHEEL"]),
        (True, Kind.SDIST, ["d-1.dist-info/WHEEL"]),
        (True, Kind.UNKNOWN, ["EGG-INFO/PKG-INFO"]),
        (True, Kind.WHEEL, ["d-1/setup.py"]),
    ],
)
def test_only_a_wheel_or_egg_that_is_named_as_one_runs_no_setup(
    runs_setup: bool, claimed: Kind, names: list[str]
) -> None:
    assert runs_setup is read_layout("zip", claimed, names).runs_setup


def test_a_layout_without_facts_takes_the_worst() -> None:
    assert InstallLayout() == InstallLayout(
        "", Kind.UNKNOWN, runs_setup=True, install_folders=(), install_files=frozenset()
    )
