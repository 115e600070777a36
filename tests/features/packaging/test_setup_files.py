from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.packaging.setup_files import (
    StaticMetadata,
    parse_python,
    parse_toml,
    read_build_system,
    read_pyproject,
    read_setup_cfg,
    read_setup_py,
)


def test_setup_py_gives_literals_and_names_computed_arguments() -> None:
    found = read_setup_py(
        b"import setuptools as s\nDESC = 'Counts sheep'\n"
        b"s.setup(name='demo', description=DESC, version=get(), classifiers=['A', 'B'], keywords='a b',\n"
        b"        project_urls={'Docs': 'https://docs.example'}, entry_points={})\n"
    )
    assert found.texts == {"name": "demo", "description": "Counts sheep", "keywords": "a b"}
    assert found.lists == {"classifiers": ("A", "B"), "project_urls": ("Docs, https://docs.example",)}
    assert found.dynamic == {"version"}


def test_setup_cfg_gives_its_metadata() -> None:
    found = read_setup_cfg(
        b"[metadata]\nname = demo\nsummary = Sheep\nversion = attr: demo.V\n[options]\ninstall_requires =\n  a\n  b>1\n"
    )
    assert found.texts == {"name": "demo", "description": "Sheep"}
    assert found.lists == {"install_requires": ("a", "b>1")}
    assert found.dynamic == {"version"}


def test_pyproject_gives_its_project_table() -> None:
    found = read_pyproject(
        b'[project]\nname = "demo"\ndynamic = ["version"]\ndependencies = ["a"]\n'
        b'authors = [{name = "Ada", email = "ada@engine.example"}]\n[project.urls]\nDocs = "https://docs.example"\n'
    )
    assert found.texts == {"name": "demo", "author_email": "Ada <ada@engine.example>"}
    assert found.lists == {"install_requires": ("a",), "project_urls": ("Docs, https://docs.example",)}
    assert found.dynamic == {"version"}


def test_the_interpreter_is_no_dependency_of_a_poetry_project() -> None:
    found = read_pyproject(
        b'[tool.poetry]\nname = "demo"\n[tool.poetry.dependencies]\npython = "^3.8"\nnumpy = "^1.0"\n'
    )
    assert found.lists == {"install_requires": ("numpy, ^1.0",)}


def test_build_requirements_are_read_from_each_setup_file() -> None:
    toml = b'[build-system]\nrequires = ["a", "b>1"]\n'
    assert read_pyproject(toml).lists == {"setup_requires": ("a", "b>1")}
    assert read_pyproject(toml + b'[tool.poetry]\nname = "demo"\n').texts == {"name": "demo"}
    assert read_setup_py(b"setup(dependency_links=['https://192.0.2.7'])").lists == {
        "dependency_links": ("https://192.0.2.7",)
    }
    assert read_setup_cfg(b"[options]\nsetup_requires = a\n").lists == {"setup_requires": ("a",)}


@pytest.mark.parametrize(
    ("read", "data", "file"),
    [
        (read_setup_py, b"print 'python 2'", "setup.py"),
        (read_setup_py, b"(" * 5000, "setup.py"),
        (read_setup_py, b"x = 1\0", "setup.py"),
        (read_setup_cfg, b"no section", "setup.cfg"),
        (read_pyproject, b"[project", "pyproject.toml"),
        (read_pyproject, b"a = " + b"[" * 5000, "pyproject.toml"),
    ],
)
def test_a_file_that_cannot_be_parsed_is_a_problem(read: Any, data: Any, file: Any) -> None:
    assert read(data) == StaticMetadata(problems=(f"unparsable:{file}",))


@given(st.binary(max_size=200), st.sampled_from([read_setup_py, read_setup_cfg, read_pyproject]))
def test_any_bytes_can_be_read(data: Any, read: Any) -> None:
    assert isinstance(read(data), StaticMetadata)


KEYS = st.sampled_from(
    ["name", "authors", "license", "urls", "dependencies", "keywords", "version", "dynamic", "homepage"]
)
VALUES = st.sampled_from(["1", '"x"', '["x", 1]', "{a = 1}", "[[1]]", "[{name = 1, email = 2}]", "1979-05-27"])


@given(st.dictionaries(KEYS, VALUES))
def test_values_of_the_wrong_type_are_ignored(table: Any) -> None:
    found = read_pyproject(("[project]\n" + "\n".join(f"{k} = {v}" for k, v in table.items())).encode())
    assert all(isinstance(value, str) for value in found.texts.values())
    assert all(isinstance(item, str) for values in found.lists.values() for item in values)


@pytest.mark.parametrize(
    "text",
    [
        '[build-system]\nrequires = ["goats>=2", "sheep"]\n\n[project]\nname = "meadow"\n',
        '[project]\nname = "meadow"\n[build-system] # made by hand\r\nrequires = [\n    "goats",\n]\nbuild-backend = "goats.api"\n',
        'text = """\n[build-system]\nrequires = ["decoy"]\n"""\n',
        'build-system.requires = ["goats"]\n',
        '[ build-system ]\nrequires = ["goats"]\n',
        '[build-system]\nrequires = ["goats"\n',
        '[build-system]\nrequires = "goats"\n[[tool.x]]\ny = 1\n',
        "[project]\nname = 'meadow'\n",
        "",
    ],
)
def test_the_table_alone_gives_the_same_build_requirements_as_the_whole_file(text: Any) -> None:
    whole, table = read_pyproject(text.encode()), read_build_system(text.encode())
    assert table.lists.get("setup_requires") == whole.lists.get("setup_requires")


def test_the_first_of_several_calls_of_setup_counts() -> None:
    assert {"name": "first"} == read_setup_py(b"setup(name='first')\nsetup(name='second')\n").texts


def test_a_name_counts_as_the_literal_that_it_is_assigned_first() -> None:
    assert {"name": "a"} == read_setup_py(b"N = 'a'\nN = 'b'\nsetup(name=N)\n").texts


def test_a_set_is_sorted_so_that_a_row_does_not_depend_on_hashes() -> None:
    assert ("a", "b", "c") == read_setup_py(b"setup(classifiers={'c', 'a', 'b'})").lists["classifiers"]


def test_another_call_with_the_same_arguments_is_no_setup() -> None:
    assert StaticMetadata() == read_setup_py(b"Extension(name='demo')\n")


@pytest.mark.parametrize(
    "text", ["x" * (256 * 2**10 + 1), "a" + ".b" * 40 + " = 1", "n = " + "9" * 5000, "[", "a = 1\na = 2"]
)
def test_toml_that_is_invalid_or_built_to_be_slow_is_not_parsed(text: str) -> None:
    assert parse_toml(text) is None


def test_toml_that_is_merely_long_is_parsed() -> None:
    assert {"a": 1} == parse_toml("# " + "x" * 10_000 + "\na = 1")


@pytest.mark.parametrize("data", [b"(" * 200, b"x" * (2**20 + 1), b"print 'a'", b"# coding: no-such-codec\nx"])
def test_python_that_is_too_deep_too_large_or_not_python_3_has_no_tree(data: bytes) -> None:
    assert parse_python(data) is None


def test_python_has_a_tree() -> None:
    tree = parse_python(b"x = 1\n")
    assert tree is not None
    assert 1 == len(tree.body)
