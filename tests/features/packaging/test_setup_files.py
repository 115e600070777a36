from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.packaging.setup_files import Literals, read_build_system, read_pyproject, read_setup_cfg, read_setup_py


def test_setup_py_gives_literals_and_names_what_is_computed() -> None:
    said = read_setup_py(
        b"import setuptools as s\nDESC = 'Counts sheep'\n"
        b"s.setup(name='demo', description=DESC, version=get(), classifiers=['A', 'B'], keywords='a b',\n"
        b"        project_urls={'Docs': 'https://docs.example'}, entry_points={})\n"
    )
    assert said.texts == {"name": "demo", "description": "Counts sheep", "keywords": "a b"}
    assert said.lists == {"classifiers": ("A", "B"), "project_urls": ("Docs, https://docs.example",)}
    assert said.computed == {"version"}


def test_setup_cfg_gives_its_metadata() -> None:
    said = read_setup_cfg(
        b"[metadata]\nname = demo\nsummary = Sheep\nversion = attr: demo.V\n[options]\ninstall_requires =\n  a\n  b>1\n"
    )
    assert said.texts == {"name": "demo", "description": "Sheep"}
    assert said.lists == {"install_requires": ("a", "b>1")}
    assert said.computed == {"version"}


def test_pyproject_gives_its_project_table() -> None:
    said = read_pyproject(
        b'[project]\nname = "demo"\ndynamic = ["version"]\ndependencies = ["a"]\n'
        b'authors = [{name = "Ada", email = "ada@engine.example"}]\n[project.urls]\nDocs = "https://docs.example"\n'
    )
    assert said.texts == {"name": "demo", "author_email": "Ada <ada@engine.example>"}
    assert said.lists == {"install_requires": ("a",), "project_urls": ("Docs, https://docs.example",)}
    assert said.computed == {"version"}


def test_poetry_names_the_interpreter_among_dependencies() -> None:
    said = read_pyproject(
        b'[tool.poetry]\nname = "demo"\n[tool.poetry.dependencies]\npython = "^3.8"\nnumpy = "^1.0"\n'
    )
    assert said.lists == {"install_requires": ("numpy, ^1.0",)}


def test_what_building_requires_stands_in_any_of_them() -> None:
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
def test_what_cannot_be_parsed_says_so(read: Any, data: Any, file: Any) -> None:
    assert read(data) == Literals(problems=(f"unparsable:{file}",))


@given(st.binary(max_size=200), st.sampled_from([read_setup_py, read_setup_cfg, read_pyproject]))
def test_any_bytes_are_read(data: Any, read: Any) -> None:
    assert isinstance(read(data), Literals)


KEYS = st.sampled_from(
    ["name", "authors", "license", "urls", "dependencies", "keywords", "version", "dynamic", "homepage"]
)
VALUES = st.sampled_from(["1", '"x"', '["x", 1]', "{a = 1}", "[[1]]", "[{name = 1, email = 2}]", "1979-05-27"])


@given(st.dictionaries(KEYS, VALUES))
def test_values_of_the_wrong_shape_are_passed_over(table: Any) -> None:
    said = read_pyproject(("[project]\n" + "\n".join(f"{k} = {v}" for k, v in table.items())).encode())
    assert all(isinstance(value, str) for value in said.texts.values())
    assert all(isinstance(item, str) for values in said.lists.values() for item in values)


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
def test_what_building_requires_is_read_alike_from_the_table_and_from_the_file(text: Any) -> None:
    whole, table = read_pyproject(text.encode()), read_build_system(text.encode())
    assert table.lists.get("setup_requires") == whole.lists.get("setup_requires")
