import pytest

from features.archive.member_paths import normalise_path
from features.contract import FileType, Kind, Role
from features.install.layout import InstallLayout
from features.install.roles import is_auxiliary, role_of

SDIST = InstallLayout(root="demo-1.0/", kind=Kind.SDIST)
WHEEL = InstallLayout(kind=Kind.WHEEL, runs_setup=False)


@pytest.mark.parametrize(
    ("role", "path", "file_type", "layout"),
    [
        (Role.INSTALL, "demo-1.0/setup.py", FileType.PYTHON, SDIST),
        (Role.INSTALL, "demo-1.0/Setup.PY", FileType.PYTHON, SDIST),
        (Role.INSTALL, "demo-1.0//./setup.py", FileType.PYTHON, SDIST),
        (Role.INSTALL, "demo-1.0/x/../setup.py", FileType.PYTHON, SDIST),
        (Role.INSTALL, "demo-1.0\\setup.py", FileType.PYTHON, SDIST),
        (Role.INSTALL, "demo-1.0!/setup.py", FileType.PYTHON, InstallLayout("demo-1.0!/", Kind.SDIST)),
        (Role.REST, "demo-1.0/vendor/setup.py", FileType.PYTHON, SDIST),
        (Role.REST, "setup.py", FileType.PYTHON, WHEEL),
        (Role.INSTALL, "setup.py", FileType.PYTHON, InstallLayout(kind=Kind.WHEEL)),
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
        (Role.INSTALL, "demo-1.0/_build/x.py", FileType.PYTHON, InstallLayout("demo-1.0/", Kind.SDIST, install_folders=("_build/",))),
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
def test_a_path_decides_when_code_runs(role: Role, path: str, file_type: FileType, layout: InstallLayout) -> None:
    assert role == role_of(normalise_path(path), file_type, layout)


def test_a_setup_py_in_a_nested_archive_is_not_run() -> None:
    assert Role.REST == role_of("setup.py", FileType.PYTHON, SDIST, nested=True)
    assert Role.IMPORT == role_of("pkg/__init__.py", FileType.PYTHON, SDIST, nested=True)


def test_a_file_that_is_known_to_run_at_install_is_install_code_whatever_it_is() -> None:
    layout = InstallLayout("demo-1.0/", Kind.SDIST, install_files=frozenset({"tools/run.txt"}))
    assert Role.INSTALL == role_of("demo-1.0/tools/run.txt", FileType.TEXT, layout)
    assert Role.REST == role_of("demo-1.0/tools/run.txt.bak", FileType.TEXT, layout)


@pytest.mark.parametrize(
    ("expected", "path"),
    [
        (True, "tests/test_a.py"),
        (True, "sheep/testing/a.py"),
        (True, "docs/conf.py"),
        (True, "sheep/conftest.py"),
        (True, "sheep/a_test.py"),
        (True, "demo-1.0.dist-info/METADATA"),
        (False, "sheep/contest.py"),
        (False, "sheep/latest/a.py"),
        (False, "test"),
        (False, "sheep/docs.py"),
    ],
)
def test_tests_documentation_and_examples_are_auxiliary(expected: bool, path: str) -> None:
    assert expected is is_auxiliary(path)
