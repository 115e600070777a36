"""Expressions stand for dotted names, through every way that Python has to fetch a name."""

import pytest

from features.code.evaluate.resolve import Resolver
from tests.features.code.conftest import build_resolver, last_call


def dotted(source: str, expression: str) -> str:
    resolver = build_resolver(f"{source}\nresult({expression})")
    call, scope = last_call(resolver)
    return resolver.dotted_name(call.args[0], scope)


@pytest.mark.parametrize(
    ("source", "expression", "expected"),
    [
        ("import os", "os.system", "os.system"),
        ("import os.path as p", "p.join", "os.path.join"),
        ("from os import system as s", "s", "os.system"),
        ("from . import a", "a.b", ".a.b"),
        ("from os import *", "system", "os.system"),
        ("import builtins", "builtins.exec", "exec"),
        ("from builtins import exec as e", "e", "exec"),
        ("", "print", "print"),
        ("def print(): pass", "print", ""),
        ("import socket", "socket.socket().send", "socket.socket.send"),
        ("x = unknown()", "x.read", "unknown.read"),
        ("def f(x): pass", "(1 + 2).bit_length", "?.bit_length"),
        ("import os", "getattr(os, 'system')", "os.system"),
        ("import os", "getattr(os, name)", "getattr"),
        ("import os", "getattr(unknown(), 'x')", "unknown.x"),
        ("", "__import__('os')", "os"),
        ("", "__import__('os.path')", "os"),
        ("", "__import__('os.path', fromlist=['x'])", "os.path"),
        ("import importlib", "importlib.import_module('os.path')", "os.path"),
        ("", "__import__(name)", "__import__"),
        ("", "__import__('not a name')", "__import__"),
        ("import os", "vars(os)['system']", "os.system"),
        ("import os", "os.__dict__['system']", "os.system"),
        ("import sys", "sys.modules['os']", "os"),
        ("import sys", "sys.modules.get('os')", "os"),
        ("import os", "globals()['os']", "os"),
        ("import os", "os.environ['x']", "os.environ"),
        ("import os", "[print, os.system][1]", "os.system"),
        ("import os", "[print, os.system][2]", ""),
        ("import os", "{'a': os.system}['a']", "os.system"),
        ("import functools, os", "functools.partial(os.system, 'x')", "os.system"),
        ("import os", "(os if x else None).system", "os.system"),
        ("import os", "(x or os).system", "x.system"),
        ("import os\ndef f():\n    return os.system", "f()", "os.system"),
        ("import os", "(lambda: os.system)()", "os.system"),
        ("", "type(lambda: 0)", "types.FunctionType"),
        ("", "type(f.__code__)", "types.CodeType"),
        ("", "(lambda: 0).__class__", "types.FunctionType"),
        ("", "'text'.join", "str.join"),
        ("", "b'bytes'.join", "bytes.join"),
        ("import os", "(y := os).system", "os.system"),
        ("class A:\n    def f(self):\n        import os\n        self.o = os\n", "1", ""),
        ("import os", "object.__getattribute__(os, 'system')", "os.system"),
        ("import os", "os.__getattribute__('system')", "os.system"),
        ("import os", "os.system.__call__", "os.system"),
    ],
)
def test_an_expression_has_the_name_that_it_stands_for(source, expression, expected):
    assert dotted(source, expression) == expected


def test_an_attribute_of_self_is_what_it_was_set_to():
    resolver = build_resolver(
        "import os\nclass A:\n    def f(self):\n        self.o = os\n    def g(self):\n        result(self.o.system)"
    )
    call, scope = last_call(resolver)
    assert resolver.dotted_name(call.args[0], scope) == "os.system"


def test_names_that_lead_back_to_themselves_end():
    assert dotted("a = b\nb = a", "a.x") == "?.x"


def test_a_very_long_name_is_none():
    assert dotted("import a", "a." + ".".join(["b" * 50] * 5)) == ""


def computed(source: str) -> list[str]:
    resolver: Resolver = build_resolver(source)
    for call, scope, _ in resolver.symbols.calls:
        resolver.dotted_name(call, scope)
    return [name for _, name, _ in resolver.computed_names.values()]


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("__import__('o' + 's')", ["os"]),
        ("__import__('os')", []),
        (r"__import__('\x6f\x73\x6f\x73')", ["osos"]),
        ("n = 'os'\n__import__(n)", ["os"]),
        ("import os\ngetattr(os, 'sys' 'tem')", []),
        ("globals().get('ex' + 'ec')", ["exec"]),
    ],
)
def test_a_name_that_is_no_plain_literal_is_noted(source, expected):
    assert computed(source) == expected
