import ast
from random import Random

import pytest

from jobs.corpus.variants import expression_hiding as module
from jobs.corpus.variants.expression_hiding import alias_calls, hide_strings
from jobs.corpus.variants.python_source import SOURCE_ERRORS
from tests.jobs.corpus.variants.sample_sources import PYTHON2, run_source


def evaluated(source: bytes, name: str) -> object:
    found: dict[str, object] = {}
    exec(source, found)
    return found[name]


@pytest.mark.parametrize("value", ["plain text", "gr\u00fcn", "\ud800 surrogate", b"bytes \xff", "x" * 300])
def test_a_hidden_literal_has_its_value(value):
    hidden = [hide_strings(f"a = {value!r}\n".encode(), Random(seed)) for seed in range(30)]
    assert {value} == {evaluated(source, "a") for source in hidden}
    assert any(repr(value).encode() not in source for source in hidden)


@pytest.mark.parametrize("literal", ["'ab'", "b''", "'" + "x" * 6_001 + "'"], ids=["short", "empty", "long"])
def test_short_and_very_long_literals_stay(literal):
    for seed in range(20):
        assert f"a = {literal}\n".encode() == hide_strings(f"a = {literal}\n".encode(), Random(seed))


@pytest.mark.parametrize(
    "source",
    [
        '"""A docstring."""\n',
        'def f(a: "annotation") -> "annotation":\n    """A docstring."""\n',
        'async def f(a: "annotation") -> "annotation":\n    return a\n',
        'a: "annotation"\n',
        'match a:\n    case "pattern":\n        pass\n',
    ],
    ids=["docstring", "function", "coroutine", "variable", "pattern"],
)
def test_literals_that_must_be_literals_stay(source):
    for seed in range(20):
        assert ast.unparse(ast.parse(source)) == hide_strings(source.encode(), Random(seed)).decode().strip()


def test_the_value_of_an_annotated_assignment_is_hidden():
    hidden = [hide_strings(b'a: "annotation" = "hidden text"\n', Random(seed)) for seed in range(20)]
    assert all(b"annotation" in source for source in hidden)
    assert any(b"hidden text" not in source for source in hidden)


def test_no_more_literals_are_hidden_than_the_bound(monkeypatch):
    monkeypatch.setattr(module, "_MAX_STRINGS", 2)
    source = "".join(f"a{n} = 'some text {n}'\n" for n in range(9)).encode()
    assert 7 <= hide_strings(source, Random(1)).count(b"some text")


@pytest.mark.parametrize(
    ("source", "can_vanish"),
    [
        ("import os\nprint(os.sep)\n", True),
        ("from os import sep as s, linesep\nprint(s)\n", True),
        ("import os.path as p\nprint(p.sep)\n", False),
    ],
)
def test_an_aliased_import_gives_the_same_object(source, can_vanish):
    aliased = [alias_calls(source.encode(), Random(seed)) for seed in range(30)]
    assert {"/\n"} == {run_source(made) for made in aliased}
    assert can_vanish == any(b"import " not in made.replace(b"__import__", b"") for made in aliased)


@pytest.mark.parametrize(
    "source", ["from __future__ import annotations\n", "from . import a\n", "from os import *\n", "os.remove\n", "print = 1\n"]
)  # fmt: skip
def test_imports_that_cannot_be_aliased_stay(source):
    for seed in range(20):
        assert source.encode() == alias_calls(source.encode(), Random(seed))


def test_a_builtin_is_hidden_and_a_function_of_its_name_is_not():
    assert b"eval(" not in alias_calls(b"print(eval('1'))\n", Random(1))
    own = b"def eval(a):\n    return a\nx = eval('1')\n"
    assert b"x = eval('1')" in alias_calls(own, Random(1))


@pytest.mark.parametrize("hide", [hide_strings, alias_calls])
def test_python_2_is_an_error_for_the_caller(hide):
    with pytest.raises(SOURCE_ERRORS):
        hide(PYTHON2, Random(1))
