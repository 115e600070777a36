"""Scopes of one file that run by themselves."""

import ast

import pytest

from features.code.evaluate.resolve import Resolver
from features.code.parse.tree_walk import build_symbol_table
from features.code.reach.running_scopes import called_scopes, defined_scopes, dict_entries, running_scopes, tool_scopes
from features.contract import Role


def resolve(source: str) -> Resolver:
    return Resolver(build_symbol_table(ast.parse(source)))


def running(source: str, role: Role = Role.REST) -> set[str]:
    resolver = resolve(source)
    return {resolver.symbols.scopes[scope].name for scope in running_scopes(resolver, role)} - {""}


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("def f(): pass\nf()", {"f"}),
        ("def f(): pass", set()),
        ("def g(): pass\ndef f(): g()\nf()", {"f", "g"}),
        ("def f(): pass\nThread(target=f).start()", {"f"}),
        ("def f(): pass\nmap(f, x)", {"f"}),
        ("def f(g): pass\n@f\ndef h(): pass", {"f"}),
        ("class A:\n    def go(self): pass\nA().go()", {"A", "A.go"}),
        ("class A:\n    def __init__(self): pass\n    def go(self): pass\nA()", {"A", "A.__init__"}),
        ("class A:\n    def go(self): pass\nuse(A)", {"A"}),
        (
            "class M(type):\n    def __new__(c): pass\n    def go(c): pass\nclass A(metaclass=M): pass",
            {"M", "M.__new__", "A"},
        ),
        ("class B:\n    def __init_subclass__(c): pass\nclass A(B): pass", {"B", "B.__init_subclass__", "A"}),
        ("class A:\n    def __exit__(self): pass\nwith A(): pass", {"A", "A.__exit__"}),
        ("class F:\n    def find_spec(self): pass\nsys.meta_path.insert(0, F())", {"F", "F.find_spec"}),
        ("def f(): f()\nf()", {"f"}),
        ("def f(): pass\nif __name__ == '__main__':\n    f()", set()),
    ],
)
def test_what_an_import_runs(source: str, expected: set[str]) -> None:
    assert running(source) == expected


def test_a_script_runs_its_main_guard_and_an_import_does_not() -> None:
    source = "def f(): pass\nif __name__ == '__main__':\n    f()"
    assert running(source, Role.INSTALL) == {"f"}
    assert running(source, Role.IMPORT) == set()


def test_an_installer_gives_no_other_command() -> None:
    source = "import sys\ndef f(): pass\nif sys.argv[-1] == 'publish':\n    f()"
    assert running(source, Role.INSTALL) == set()
    assert running(source) == {"f"}


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("class A(install):\n    def run(self): pass", {"A", "A.run"}),
        ("class A(Base):\n    def run(self): pass", set()),
        ("class A(Base):\n    def run(self): pass\nsetup(cmdclass={'install': A})", {"A", "A.run"}),
        ("class A(Base):\n    def run(self): pass\nsetup(cmdclass=dict(install=A))", {"A", "A.run"}),
        ("class A(Base):\n    def run(self): pass\nmap_ = {'install': A}\nsetup(cmdclass=map_)", {"A", "A.run"}),
        ("class A(install):\n    def run(self): pass\nsetup(cmdclass={'publish': A})", set()),
        ("def build_wheel(): pass\ndef other(): pass", {"build_wheel"}),
        ("class B:\n    def build_wheel(self): pass", set()),
    ],
)
def test_tools_run_commands_and_build_hooks_of_install_files(source: str, expected: set[str]) -> None:
    resolver = resolve(source)
    scopes = resolver.symbols.scopes
    assert {scopes[scope].name for scope in tool_scopes(resolver, Role.INSTALL) if scope >= 0} == expected
    assert tool_scopes(resolver, Role.REST) == []


def test_class_bodies_and_decorators_run_with_the_scope_that_defines_them() -> None:
    resolver = resolve("def d(f): pass\nclass A: pass\n@d\ndef f(): pass\n@other\ndef g(): pass")
    names = [resolver.symbols.scopes[scope].name if scope >= 0 else "?" for scope in defined_scopes(resolver, 0)]
    assert sorted(names) == ["?", "A", "d"]


def test_a_call_runs_what_it_calls_and_what_it_passes_on() -> None:
    resolver = resolve("def f(): pass\ndef g(): pass\nf(g, 1, key=lambda: 2)")
    call, scope, _ = resolver.symbols.calls[-1]
    kinds = [resolver.symbols.scopes[found].name for found in called_scopes(resolver, call, scope) if found >= 0]
    assert kinds[:2] == ["f", "g"]
    assert len(kinds) == 3


@pytest.mark.parametrize(
    ("source", "keys"),
    [
        ("{'a': 1, b: 2, 3: 4}", ["a", None, None]),
        ("{'a' + 'b': 1, **other}", ["ab", None]),
        ("dict(a=1, **other)", ["a", None]),
        ("[1]", []),
    ],
)
def test_keys_of_a_dictionary_that_are_no_constant_text_are_unknown(source: str, keys: list[str | None]) -> None:
    expression = ast.parse(source, mode="eval").body
    assert [key for key, _ in dict_entries(resolve("x = 1"), expression, 0)] == keys
