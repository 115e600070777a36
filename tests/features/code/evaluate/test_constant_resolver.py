"""Folding gives the value that Python gives, or none."""

import ast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.code.evaluate.resolve import Resolver
from features.code.parse.tree_walk import build_symbol_table


def folded(expression: str, before: str = "") -> object:
    tree = ast.parse(f"{before}\nresult({expression})")
    found = build_symbol_table(tree)
    call = next(c for c, _, _ in found.calls if isinstance(c.func, ast.Name) and c.func.id == "result")
    return Resolver(found).constant_value(call.args[0], 0)


@pytest.mark.parametrize(
    "expression",
    [
        "'a' + 'b' + 'c'",
        "b'a' + b'b'",
        "'%s-%s' % ('a', 3)",
        "'%d%%' % 3",
        "'{}{}'.format('a', 'b')",
        "'{1}{0}'.format('a', 'b')",
        "f'{1}a{\"b\"}'",
        "''.join(['a', 'b'])",
        "'-'.join(('a', 'b'))",
        "''.join(chr(x) for x in [97, 98])",
        "''.join([chr(x ^ 3) for x in [97, 98]])",
        "''.join(chr(ord(c) + 1) for c in 'abc')",
        "''.join(map(chr, [97, 98]))",
        "''.join(map(lambda c: chr(c - 1), [97, 98]))",
        "''.join(reversed('abc'))",
        "'abc'[::-1]",
        "'abc'[1:]",
        "'abc'[0]",
        "chr(97)",
        "bytes([97, 98]).decode()",
        "bytes.fromhex('6162')",
        "'abc'.replace('b', 'x')",
        "'ab' * 3",
        "'a b'.split()",
        "'ABC'.lower()",
        "int('ff', 16)",
        "str(12)",
        "('a', 'b')[1]",
        "__import__('base64').b64decode('YWI=')",
        "__import__('codecs').decode('nop', 'rot13')",
        "__import__('zlib').decompress(b'x\\x9cKLJ\\x06\\x00\\x02M\\x01\\'')",
    ],
)
def test_a_folded_expression_is_what_python_makes_of_it(expression):
    result = eval(expression)
    assert folded(expression) == (tuple(result) if isinstance(result, list) else result)


def test_text_added_in_steps():
    assert folded("x", "x = 'a'\nx += 'b'\nx += 'c'") == "abc"


@pytest.mark.parametrize(
    "before", ["x = 'a'\nx = 'b'", "x = 'a'\nfor i in y:\n    x += 'b'", "x = y", "def f(x):\n    pass"]
)
def test_what_is_not_one_value_is_none(before):
    assert folded("x", before) is None


@pytest.mark.parametrize(
    "expression", ["'a' * 10**9", "x()", "1 % 0", "'a'[9]", "'{0.a}'.format('b')", "'%5s' % 'a'", "open('a')"]
)
def test_what_is_too_large_or_unknown_is_none(expression):
    assert folded(expression) is None


@given(st.lists(st.text(max_size=8), min_size=1, max_size=30))
def test_a_sum_of_literals_is_their_concatenation(parts):
    assert folded(" + ".join(map(repr, parts))) == "".join(parts)
