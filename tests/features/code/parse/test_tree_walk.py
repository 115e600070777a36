"""One walk over a tree collects its scopes, bindings, calls, constants and conditions."""

import ast

import pytest

from features.code.parse.symbol_table import (
    CONDITION_UNIT,
    IN_LOOP,
    IN_MAIN_GUARD,
    IN_SILENT_TRY,
    UNDER_COMMAND_TEST,
    UNDER_HOST_TEST,
    BindingKind,
    ScopeKind,
    SymbolTable,
)
from features.code.parse.tree_walk import LONG_NUMBER_LIST
from tests.features.code.conftest import build_symbols


def flags_of_call(source: str) -> int:
    """Return the flags of the last call, without its condition."""
    return build_symbols(source).calls[-1][2] % CONDITION_UNIT


def kinds(symbols: SymbolTable, name: str, scope: int = 0) -> list[BindingKind]:
    return [binding.kind for binding in symbols.scopes[scope].bindings[name]]


def test_scopes_have_parents_names_and_owners():
    symbols = build_symbols("class A:\n    def f(self, x):\n        return lambda y: x\n")
    assert [(s.parent, s.kind, s.name.partition("<")[0], s.owner) for s in symbols.scopes] == [
        (-1, ScopeKind.MODULE, "", -1),
        (0, ScopeKind.CLASS, "A", -1),
        (1, ScopeKind.FUNCTION, "A.f", 1),
        (2, ScopeKind.LAMBDA, "A.f.", -1),
    ]
    assert symbols.scopes[2].parameters == ["self", "x"]
    assert len(symbols.scopes[2].returns) == 1


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("x = 1", [BindingKind.VALUE]),
        ("x: int = 1", [BindingKind.VALUE]),
        ("x: int", None),
        ("x = 'a'\nx += 'b'", [BindingKind.VALUE, BindingKind.ADDED]),
        ("x = 1\nx *= 2", [BindingKind.VALUE, BindingKind.ELEMENT]),
        ("for x in y: pass", [BindingKind.ELEMENT]),
        ("with y as x: pass", [BindingKind.VALUE]),
        ("x, z = 1, 2", [BindingKind.VALUE]),
        ("x, z = y", [BindingKind.ELEMENT]),
        ("x, *z = 1, 2", [BindingKind.ELEMENT]),
        ("(x := 1)", [BindingKind.VALUE]),
        ("[0 for x in y]", [BindingKind.ELEMENT]),
        ("def x(): pass", [BindingKind.SCOPE]),
        ("class x: pass", [BindingKind.SCOPE]),
        ("import x", [BindingKind.IMPORT]),
    ],
)
def test_each_way_to_bind_a_name_has_a_kind(source, expected):
    symbols = build_symbols(source)
    bound = symbols.scopes[0].bindings.get("x")
    assert (None if bound is None else [binding.kind for binding in bound]) == expected


@pytest.mark.parametrize(
    ("source", "name", "dotted"),
    [
        ("import a.b", "a", "a"),
        ("import a.b as c", "c", "a.b"),
        ("from a import b", "b", "a.b"),
        ("from a import b as c", "c", "a.b"),
        ("from . import b", "b", ".b"),
        ("from ..a import b", "b", "..a.b"),
    ],
)
def test_imports_bind_dotted_names(source, name, dotted):
    assert build_symbols(source).scopes[0].bindings[name][0].dotted_name == dotted


def test_what_is_imported_from_a_package_may_be_a_module():
    symbols = build_symbols("from a import b\nfrom c import *\nimport d.e")
    assert [name for name, _, _ in symbols.imports] == ["a", "a.b", "c", "d.e"]
    assert symbols.star_imports == ["c"]


def test_attributes_are_stored_by_name_whatever_the_object():
    symbols = build_symbols("self.x = 1\nother.x, y = 2, 3")
    assert [binding.kind for binding in symbols.attribute_bindings["x"]] == [BindingKind.VALUE, BindingKind.VALUE]
    assert [ast.unparse(target) for target, _, _ in symbols.attribute_stores] == ["self.x", "other.x"]


def test_the_bindings_of_one_name_are_bounded():
    assert len(build_symbols("x = 1\n" * 100).scopes[0].bindings["x"]) == 24


@pytest.mark.parametrize(
    ("source", "flags"),
    [
        ("f()", 0),
        ("if __name__ == '__main__':\n    f()", IN_MAIN_GUARD),
        ("if __name__ == '__main__':\n    pass\nelse:\n    f()", 0),
        ("try:\n    f()\nexcept E:\n    pass", IN_SILENT_TRY),
        ("try:\n    f()\nexcept E:\n    raise", 0),
        ("try:\n    pass\nexcept E:\n    pass\nelse:\n    f()", 0),
        ("try:\n    f()\nfinally:\n    pass", 0),
        ("for x in y:\n    f()", IN_LOOP),
        ("while x:\n    f()", IN_LOOP),
        ("if os.name:\n    f()", UNDER_HOST_TEST),
        ("if os.name:\n    pass\nf()", 0),
        ("if 'publish' in argv:\n    f()", UNDER_COMMAND_TEST),
        ("for x in y:\n    try:\n        f()\n    except E:\n        pass", IN_LOOP | IN_SILENT_TRY),
        ("for x in y:\n    def g():\n        f()", 0),
        ("for x in y:\n    class A:\n        f()", IN_LOOP),
    ],
)
def test_flags_say_under_what_a_call_runs(source, flags):
    assert flags_of_call(source) == flags


def conditions_around_last_call(source: str) -> list[str]:
    symbols = build_symbols(source)
    index = symbols.calls[-1][2] // CONDITION_UNIT
    found = []
    while index:
        test, _, index = symbols.conditions[index]
        found.append(ast.unparse(test))
    return found


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("f()", []),
        ("if a:\n    if b:\n        f()", ["b", "a"]),
        ("if a:\n    pass\nelse:\n    f()", []),
        ("def g():\n    if a:\n        return\n    f()", ["a"]),
        ("if a:\n    g()\nf()", []),
        ("if a:\n    raise E\nelse:\n    g()\nf()", []),
        ("if a:\n    def g():\n        f()", []),
    ],
)
def test_conditions_are_linked_from_the_inside_out(source, expected):
    assert conditions_around_last_call(source) == expected


def test_the_number_of_conditions_is_bounded():
    symbols = build_symbols("if a:\n    f()\n" * 2_100)
    assert len(symbols.conditions) == 2_000
    assert symbols.calls[-1][2] == 0


@pytest.mark.parametrize(
    ("source", "measure", "expected"),
    [
        ("def f(): pass\nasync def g(): pass", "functions", 2),
        ("class A: pass", "classes", 1),
        ("f = lambda: 0", "lambdas", 1),
        ("def f():\n    'text'\nclass A:\n    'text'\ndef g():\n    1", "docstrings", 2),
        ("try: f()\nexcept: pass", "silent_tries", 1),
        ("try: f()\nexcept: pass", "bare_excepts", 1),
        ("try: f()\nexcept E: raise", "bare_excepts", 0),
        ("x[::-1]\nx[::2]", "reversals", 1),
        ("x ^ y\nx ^= y", "xors", 1),
        (f"x = {[1] * LONG_NUMBER_LIST}", "number_lists", 1),
        (f"x = {[1] * (LONG_NUMBER_LIST - 1)}", "number_lists", 0),
        (f"x = {[1] * LONG_NUMBER_LIST + ['a']}", "number_lists", 0),
    ],
)
def test_measures_count_how_code_is_put_together(source, measure, expected):
    assert build_symbols(source).counts.get(measure, 0) == expected


def test_of_an_expression_that_builds_text_the_outermost_counts():
    symbols = build_symbols("x = 'a' + b + 'c' * 2\ny = f'{z}'\nw = 1 - 2")
    assert [ast.unparse(node) for node, _, _ in symbols.text_builds] == ["'a' + b + 'c' * 2", "f'{z}'"]


def test_constants_are_texts_that_are_not_empty():
    symbols = build_symbols("f('a', b'b', 1, '', None)")
    assert [node.value for node, _ in symbols.constants] == ["a", b"b"]


def test_calls_come_in_source_order():
    symbols = build_symbols("a(b(), c=d())\n@e()\ndef f(x=g()):\n    h()\ni()")
    names = [call.func.id for call, _, _ in symbols.calls if isinstance(call.func, ast.Name)]
    assert names == ["a", "b", "d", "g", "e", "h", "i"]
    assert dict(zip(names, [scope for _, scope, _ in symbols.calls], strict=True))["h"] == 1


def test_identifiers_hold_names_and_parameters():
    assert build_symbols("def f(a, *b, c=1, **d):\n    return e.g").identifiers == {"a", "b", "c", "d", "e"}


def test_a_default_is_bound_to_its_parameter():
    symbols = build_symbols("def f(a, b='x'): pass")
    (binding,) = symbols.scopes[1].bindings["b"]
    assert (binding.kind, binding.scope) == (BindingKind.VALUE, 0)
    assert symbols.scopes[1].bindings["a"] == []
