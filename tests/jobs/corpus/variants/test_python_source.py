import ast
import warnings

import pytest

from jobs.corpus.variants.python_source import SOURCE_ERRORS, count_pinned_statements, parse, source_text, unparse


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        (b"x = '\xc3\xbc'\r\ny = 1\rz = 2\n", "x = '\u00fc'\ny = 1\nz = 2\n"),
        (b"# coding: latin-1\nx = '\xfc'\n", "# coding: latin-1\nx = '\u00fc'\n"),
        (b"\xef\xbb\xbfx = 1\n", "x = 1\n"),
        (b"", ""),
    ],
    ids=["line ends", "cookie", "byte order mark", "empty"],
)
def test_source_is_decoded_by_its_cookie(source, expected):
    assert expected == source_text(source)


@pytest.mark.parametrize(
    "source", [b"print 'old'\n", b"\0", b"\xff\xfe", b"# coding: no-such-code\n", b"x = " + b"-" * 200_000 + b"1"],
    ids=["python 2", "nul", "not utf-8", "unknown cookie", "deep"],
)  # fmt: skip
def test_hostile_source_raises_one_of_the_listed_errors(source):
    with pytest.raises(SOURCE_ERRORS):
        parse(source)


def test_a_warning_of_the_parser_is_no_error():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert isinstance(parse(b"x = '\\d'\n"), ast.Module)


def test_a_changed_tree_becomes_source():
    tree = parse(b"x = 1\n")
    tree.body.append(ast.Expr(ast.Call(ast.Name("print", ast.Load()), [], [])))
    assert b"x = 1\nprint()\n" == unparse(tree)


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        (b"", 0),
        (b"x = 1\n", 0),
        (b'"""Doc."""\nx = 1\n', 1),
        (b"from __future__ import annotations\nx = 1\n", 1),
        (b'"""Doc."""\nimport os\nfrom __future__ import annotations\n', 3),
    ],
)
def test_docstring_and_imports_from_the_future_are_pinned(source, expected):
    assert expected == count_pinned_statements(parse(source))
