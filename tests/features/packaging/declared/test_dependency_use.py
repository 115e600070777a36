"""CoreMetadata dependencies held against the code."""

from dataclasses import replace

import pytest

from features.contract import FileType, Kind, Member, Release, Role
from features.packaging.declared.dependencies import parse_dependencies
from features.packaging.declared.dependency_use import CODELESS_BYTES, SEARCHED_BYTES, dependency_use_values
from features.packaging.metadata import CoreMetadata

CODE = b"import sheep_net\n" + b"x = sheep_net.count()\n" * 20


def python(path: str, data: bytes, role: Role = Role.IMPORT) -> Member:
    return Member(path, len(data), FileType.PYTHON, role, data=data, head=data[:4096])


def judge(*members: Member, requires: tuple[str, ...] = ("sheep-net",)) -> dict[str, object]:
    release = Release("x-1.tar.gz", "x", "1", Kind.SDIST, "tar.gz", 1, members, root="x/")
    return dict(dependency_use_values(CoreMetadata(name="x"), parse_dependencies(requires), release))


def test_a_dependency_that_the_code_names_is_used() -> None:
    assert judge(python("x/a.py", CODE))["requires_unused"] == 0.0
    assert judge(python("x/a.py", CODE), requires=("sheep-net", "goats-of-nobody"))["requires_unused"] == 0.5


def test_a_name_across_the_border_of_two_files_is_no_use() -> None:
    halves = python("x/a.py", b"x = 1\n" * 50 + b"sheep"), python("x/b.py", b"_net\n" + b"x = 1\n" * 50)
    assert judge(*halves, requires=("sheepish-net",))["requires_unused"] == 1.0


@pytest.mark.parametrize("path", ["x/tests/a.py", "x/docs/a.py", "x/examples/a.py", "x/setup.py", "x/conftest.py"])
def test_tests_and_setup_files_are_not_the_releases_own_code(path: str) -> None:
    values = judge(python(path, CODE))
    assert (values["codeless"], values["requires_unused"]) == (True, 1.0)


@pytest.mark.parametrize("path", ["x/latest.py", "x/doctor.py", "x/my_examples_here.py", "x/run_setup.py.py"])
def test_names_that_only_look_like_tests_are_its_own_code(path: str) -> None:
    assert judge(python(path, CODE))["codeless"] is False


def test_install_code_is_not_its_own_wherever_it_stands() -> None:
    assert judge(python("x/a.py", CODE, Role.INSTALL))["codeless"] is True


def test_blanks_alone_make_no_code() -> None:
    assert judge(python("x/a.py", b"\n" * 1_000))["codeless"] is True
    assert judge(python("x/a.py", b"x" * CODELESS_BYTES))["codeless"] is False
    assert judge(python("x/a.py", b"x" * (CODELESS_BYTES - 1)))["codeless"] is True


@pytest.mark.parametrize("file_type", [FileType.NATIVE, FileType.BYTECODE])
def test_compiled_code_is_code(file_type: FileType) -> None:
    assert judge(replace(python("x/a.so", b"x"), file_type=file_type))["codeless"] is False


def test_dependencies_of_a_codeless_release_are_counted() -> None:
    values = judge(requires=("numpy", "goats-of-nobody", "goats-of-nobody", "x", "wool; extra == 'all'"))
    assert (values["codeless_requires"], values["codeless_requires_unknown"]) == (2, 1)
    values = judge(python("x/a.py", CODE), requires=("numpy", "goats-of-nobody"))
    assert (values["codeless_requires"], values["codeless_requires_unknown"]) == (0, 0)


def test_where_code_is_cut_or_too_much_nothing_is_searched() -> None:
    assert "requires_unused" not in judge(replace(python("x/a.py", CODE), kept=False))
    assert "requires_unused" not in judge(python("x/a.py", b"#" * (SEARCHED_BYTES + 1)))
    assert "requires_unused" not in judge(python("x/a.py", CODE), requires=())
