"""Names are looked up as Python does, and calls lead to functions of the file."""

import ast

import pytest

from features.code.evaluate.scope_lookup import ScopeLookup
from tests.features.code.conftest import build_resolver, build_symbols, last_call


def called_name(source: str) -> str | None:
    """Return the qualified name of the scope that the call which ends last leads to."""
    resolver = build_resolver(source)
    call, scope, _ = max(resolver.symbols.calls, key=lambda entry: (entry[0].end_lineno, entry[0].end_col_offset))
    index = resolver.called_scope(call.func, scope)
    return None if index < 0 else resolver.symbols.scopes[index].name.partition(":")[0]


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("def f(): pass\nf()", "f"),
        ("f = lambda: 0\nf()", "<lambda"),
        ("(lambda: 0)()", "<lambda"),
        ("def f(): pass\ng = f\nh = g\nh()", "f"),
        ("class A: pass\nA()", "A"),
        ("class A:\n    def f(self): pass\nA().f()", "A.f"),
        ("class A:\n    def f(self): pass\na = A()\na.f()", "A.f"),
        ("class A:\n    def f(self): pass\nA.f(1)", "A.f"),
        ("class A:\n    def f(self): pass\n    def g(self):\n        self.f()", "A.f"),
        ("class A:\n    def f(self): pass\n    def g(self):\n        (lambda: self.f())", "A.f"),
        ("class A:\n    @classmethod\n    def f(cls): pass\n    def g(cls):\n        cls.f()", "A.f"),
        ("a = b\nb = a\na()", None),
        ("import f\nf()", None),
        ("f()", None),
        ("def f(): pass\nf.x()", None),
    ],
)
def test_a_call_leads_to_its_function(source, expected):
    assert called_name(source) == expected


def test_names_are_bound_in_the_nearest_scope():
    lookup = ScopeLookup(build_symbols("x = 1\ndef f():\n    x = 2\n    def g():\n        return x"))
    values = [lookup.bindings("x", scope) for scope in (0, 1, 2)]
    assert [v[0].value.value for v in values if v and isinstance(v[0].value, ast.Constant)] == [1, 2, 2]


def test_the_names_of_a_class_are_hidden_from_its_methods():
    lookup = ScopeLookup(build_symbols("class A:\n    x = 1\n    def f(self):\n        return x"))
    assert lookup.bindings("x", 1) is not None
    assert lookup.bindings("x", 2) is None


def test_methods_are_found_by_name():
    lookup = ScopeLookup(build_symbols("class A:\n    x = 1\n    def f(self): pass"))
    assert (lookup.find_method(1, "f"), lookup.find_method(1, "x"), lookup.find_method(1, "g")) == (2, -1, -1)


def test_a_long_chain_of_names_ends():
    chain = "".join(f"f{n + 1} = f{n}\n" for n in range(100))
    resolver = build_resolver(f"def f0(): pass\n{chain}def result(): pass\nresult(f100)")
    call, scope = last_call(resolver)
    assert resolver.called_scope(call.args[0], scope) == -1
