"""Source of other Python versions is rewritten, line by line, until it parses."""

import ast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.code.parse.fallback_parser import downlevel, downlevel_as_python2, from_python2, parse_any_version


@pytest.mark.parametrize(
    ("newer", "older"),
    [
        ("def f[T](a: T): pass", "def f(a: T): pass"),
        ("class A[T: (int, str), *U]: pass", "class A: pass"),
        ("type X = int", "X = int"),
        ("type X[T] = list[T]", "X = list[T]"),
        ("x = t'{a}'", "x = f'{a}'"),
        ("x = rt'{a}'", "x = rf'{a}'"),
        ("try: pass\nexcept a.B, c.D: pass", "try: pass\nexcept (a.B, c.D): pass"),
        ("try: pass\nexcept A, B, C: pass", "try: pass\nexcept (A, B, C): pass"),
        ("lazy import os", "import os"),
        ("lazy from os import path", "from os import path"),
        ("x = [*a for a in b]", "x = [a for a in b]"),
        ('x = f"{a["b"]}"', "x = f\"{a['b']}\""),
        ("x = f'{a('b')}' + 'c'", "x = f'{a(\"b\")}' + 'c'"),
        ("x = f\"{'\\n'.join(a)}\"", "x = f\"{'/n'.join(a)}\""),
    ],
)
def test_newer_syntax_is_written_in_an_older_way(newer, older):
    assert downlevel(newer) == older
    ast.parse(older)


def test_two_plain_exceptions_may_be_python_2():
    assert downlevel("except A, B:") == "except A, B:"
    assert downlevel("except* A, B:") == "except* (A, B):"


def test_lines_stay_where_they_are():
    newer = "def f[\n    T,\n    U,\n](a): pass\nx = f'{\n  a  # a comment }\n}'\ny = 1"
    older = downlevel(newer)
    assert older.count("\n") == newer.count("\n")
    tree = ast.parse(older)
    assert tree.body[-1].lineno == newer.count("\n") + 1


def test_doubled_braces_and_escapes_stay_as_they_are():
    assert downlevel("x = f'{{a}} \\' {b}'") == "x = f'{{a}} \\' {b}'"


def test_an_f_string_without_an_end_is_left_alone():
    assert downlevel("x = f'{a\n") == "x = f'{a\n"


@pytest.mark.parametrize(
    ("python2", "python3"),
    [
        ("print 'a', b", "print('a', b)"),
        ("print", "print()"),
        ("print('a')", "print('a')"),
        ("print >>f, 'a'", "print('a')"),
        ("print 'a',", "print('a')"),
        ("if a: print b;", "if a: print(b);"),
        ("exec code in d", "exec(code in d)"),
        ("exec 'x'", "exec('x')"),
        ("except A, e:", "except A as e:"),
        ("except (A, B), e:", "except (A, B) as e:"),
        ("raise E, 'text'", "raise E('text')"),
        ("x = 0755", "x = 0o755"),
        ("x = 10L + 0xFFl", "x = 10 + 0xFF"),
        ("x = ur'a'", "x = r'a'"),
        ("a <> b", "a != b"),
        ("x = `a`", "x = repr(a)"),
        ("\tx = 1", "        x = 1"),
    ],
)
def test_python_2_is_written_as_python_3(python2, python3):
    assert from_python2(python2) == python3


@pytest.mark.parametrize("source", ["x = 0", "x = 0.5", "x = 10", "print (a)", "print = 3", "printer x", "x = 1_0"])
def test_what_both_pythons_read_alike_stays(source):
    assert from_python2(source) == source


def test_newer_syntax_with_two_plain_exceptions_parses_as_both():
    source = "lazy import os\ntry:\n    pass\nexcept A, B:\n    pass\n"
    assert downlevel_as_python2(source) == "import os\ntry:\n    pass\nexcept A as B:\n    pass\n"
    assert downlevel_as_python2("print 'x'") == "print 'x'"


@pytest.mark.parametrize(
    ("source", "is_python2"),
    [("x = 1", False), ("print 'x'", True), ("type X = int", False), ("lazy import os\ntry: x\nexcept A, B: y", False)],
)
def test_a_tree_says_whether_it_is_python_2(source, is_python2):
    parsed = parse_any_version(source, 150)
    assert parsed.tree is not None
    assert (parsed.reason, parsed.is_python2) == ("", is_python2)


@pytest.mark.parametrize(
    ("source", "reason"), [("def (:", "syntax"), ("(" * 200 + ")" * 200, "depth"), ("print (" * 200, "depth")]
)
def test_source_of_no_version_has_a_reason(source, reason):
    assert parse_any_version(source, 150) == (None, reason, False)


def test_the_budget_of_tokens_is_a_reason():
    assert parse_any_version("a = 1\n" * 100, 150, 50) == (None, "size", False)


@given(st.text(alphabet="ftr'\"{}\\#:=!\n ab[]*,()", max_size=120))
def test_rewriting_ends_for_any_text(text):
    assert isinstance(from_python2(downlevel(text)), str)
