from typing import Any

import pytest

from features.contract import FileType, Kind, Member, Release, Role
from features.packaging.top_level import stdlib_names, top_level_names


def release(kind: Kind, root: str, *paths: str) -> Release:
    members = tuple(Member(path, 1, FileType.PYTHON, Role.REST, data=b"x", head=b"x") for path in paths)
    return Release("demo", "demo", "1.0", kind, "", 1, members, root=root)


@pytest.mark.parametrize(
    ("kind", "root", "paths", "names"),
    [
        (
            Kind.SDIST,
            "d-1/",
            ("d-1/setup.py", "d-1/demo/__init__.py", "d-1/demo/sub/__init__.py", "d-1/tests/__init__.py"),
            ("demo",),
        ),
        (Kind.SDIST, "d-1/", ("d-1/src/demo/__init__.py", "d-1/one.py", "d-1/x.zip!/y.py"), ("demo", "one")),
        (Kind.SDIST, "d-1/", ("d-1/setup.py",), ()),
        (
            Kind.WHEEL,
            "",
            ("demo/a.py", "d-1.dist-info/METADATA", "d-1.data/purelib/more/b.py", "mod.py"),
            ("demo", "mod", "more"),
        ),
        (Kind.WHEEL, "", ("fast.cpython-311-x86_64-linux-gnu.so",), ("fast",)),
    ],
)
def test_top_level_names_are_found(kind: Any, root: Any, paths: Any, names: Any) -> None:
    assert names == top_level_names(release(kind, root, *paths))


def test_top_level_txt_counts_where_an_sdist_has_no_package() -> None:
    listed = Member("d-1/d.egg-info/top_level.txt", 5, FileType.METADATA, Role.REST, data=b"demo\n")
    assert top_level_names(Release("d", "d", "1", Kind.SDIST, "", 1, (listed,), root="d-1/")) == ("demo",)


def test_the_standard_library_does_not_depend_on_the_interpreter() -> None:
    assert {"os", "distutils", "asyncio", "tomllib"} <= stdlib_names()


def test_metadata_folders_of_a_wheel_are_no_packages() -> None:
    paths = ("d-1.dist-info/x.py", "d-1.data/scripts/run.py", "EGG-INFO/y.py", "demo/a.py")
    assert ("demo",) == top_level_names(release(Kind.WHEEL, "", *paths))


def test_a_folder_whose_name_is_no_identifier_is_left_out() -> None:
    assert () == top_level_names(release(Kind.WHEEL, "", "not a name/a.py"))
