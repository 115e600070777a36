"""Links of a file with a syntax tree."""

import ast

import pytest

from features.code.contract import MAIN_UNIT, CodeUnit
from features.code.evaluate.resolve import Resolver
from features.code.parse.tree_walk import build_symbol_table
from features.code.reach import tree_links
from features.code.reach.tree_links import links_from_tree
from features.code.reach.unit_links import FileLinks, UnitDraft
from features.contract import Role


def link(source: str, role: Role = Role.REST) -> FileLinks:
    return links_from_tree(Resolver(build_symbol_table(ast.parse(source))), role, {})


def unit(source: str, name: str = "", role: Role = Role.REST) -> CodeUnit:
    return next((unit for unit in link(source, role).units if unit.name == name), CodeUnit(name))


@pytest.mark.parametrize(
    ("source", "calls"),
    [
        ("from pkg import bad\nbad.go()", ("pkg.bad.go",)),
        ("import pkg.bad as b\nb.go()", ("pkg.bad.go",)),
        ("from .bad import go\ngo()", (".bad.go",)),
        ("from .bad import go\nThread(target=go)", (".bad.go",)),
        ("from .bad import go\n@go\ndef f(): pass", (".bad.go",)),
        ("import os\nos.getcwd()", ()),
        ("go()", ()),
        ("from .bad import *\ngo()", ("go",)),
        ("from .bad import go\nx = go", ()),
    ],
)
def test_calls_of_names_from_elsewhere(source: str, calls: tuple[str, ...]) -> None:
    assert unit(source).calls == calls


def test_a_function_and_the_main_guard_are_units_of_their_own() -> None:
    source = "from .bad import go\ndef f():\n    go()\nif __name__ == '__main__':\n    f()\n"
    assert unit(source, "f").calls == (".bad.go",)
    names = [found.name for found in link(source).units]
    assert [names[inner] for inner in unit(source, MAIN_UNIT).runs] == ["f"]
    assert unit(source).runs == ()


@pytest.mark.parametrize(
    ("source", "files", "imports"),
    [
        ("import os\nos.system('python now.py')", ("now.py",), ()),
        ("import os\ncommand = 'python now.py'\nos.system(command)", ("now.py",), ()),
        ("import os\nos.system('python ' + 'now.py')", ("now.py",), ()),
        ("import subprocess\nsubprocess.run(args=['python', '-m', 'pkg.now'])", ("-m pkg.now", "pkg.now"), ()),
        ("import runpy\nrunpy.run_module('pkg.now')", ("-m pkg.now", "pkg.now"), ()),
        ("import importlib\nimportlib.import_module('pkg.' + 'now')", (), ("pkg.now",)),
        ("import importlib\nimportlib.import_module('json')", (), ()),
        ("exec('from pkg import now')", (), ("pkg", "pkg.now")),
        ("print('python now.py')", (), ()),
    ],
)
def test_files_and_modules_that_are_run_by_their_name(
    source: str, files: tuple[str, ...], imports: tuple[str, ...]
) -> None:
    found = unit(source)
    assert found.files == files
    assert set(imports) == set(found.imports)


@pytest.mark.parametrize(
    ("source", "aliases"),
    [
        ("from .bad import go", {"go": ".bad.go"}),
        ("import pkg.bad as b", {"b": "pkg.bad"}),
        ("from .bad import go\nrun = go", {"go": ".bad.go", "run": ".bad.go"}),
        ("def f(): pass\nrun = f", {"run": "=f"}),
        ("class A: pass\na = A()", {"a": "=A"}),
        ("import os\nx = 1", {}),
    ],
)
def test_variables_of_the_module_stand_for_names(source: str, aliases: dict[str, str]) -> None:
    assert dict(link(source).aliases) == aliases


def test_an_install_file_runs_command_classes_of_other_files() -> None:
    given = "from cmds import Mine\nsetup(cmdclass={'install': Mine})"
    assert "cmds.Mine.run" in unit(given, role=Role.INSTALL).calls
    assert "cmds.Mine.run" not in unit(given).calls
    inherited = "import cmds\nclass Mine(cmds.Base):\n    pass"
    assert "cmds.Base.run" in unit(inherited, role=Role.INSTALL).calls
    assert "cmds.Base.run" not in unit(inherited).calls


def test_star_imports_are_distinct() -> None:
    assert link("from .a import *\nfrom .b import *\nfrom .a import *").star_imports == (".a", ".b")


def test_long_texts_are_searched_within_one_bound_for_the_file(monkeypatch: pytest.MonkeyPatch) -> None:
    searched: list[int] = []
    monkeypatch.setattr(UnitDraft, "add_command", lambda _, text: searched.append(len(text)))
    link("import os\nx = '" + "a/" * 900 + "'\n" + "os.system(x)\n" * 3000)
    assert sum(searched) <= tree_links.MAX_COMMAND_CHARS + 2_000
    assert len(searched) < 100
