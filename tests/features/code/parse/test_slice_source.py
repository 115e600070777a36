"""A source file is reduced to the statements around its indicators."""

import ast
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from features.code.analyse_file import analyse_file
from features.code.parse.slice_source import MIN_SLICED, slice_source, split_statements
from features.contract import Role

FILLER = "\n".join(f"def filler_{n}(value):\n    return [value, {n}, 'text']\n" for n in range(120))


def kept(head, tail, needle):
    """Return the lines that are left of a long file for the lines with `needle` in them."""
    text = f"{head}\n{FILLER}\n{tail}\n"
    lines = [number for number, line in enumerate(text.split("\n"), 1) if needle in line]
    left = slice_source(text, lines)
    whole = text.split("\n")
    found = left.split("\n")
    assert abs(len(found) - len(whole)) <= 1
    assert all(one in ("", other) for one, other in zip(found, whole, strict=False))
    return [line for line in found if line]


def test_a_short_file_is_left_whole():
    text = "import os\n" + "x = 1\n" * 20
    assert text is slice_source(text, [])


def test_what_has_nothing_to_do_with_an_indicator_is_blank():
    act = "def act():\n    os.system('x')"
    assert ["import os", *act.split("\n")] == kept("import os", act, "system")


@pytest.mark.parametrize(
    "before",
    [
        "KEY = 'abc'",
        "KEY, OTHER = 'abc', 1",
        "KEY: str = 'abc'",
        "KEY = (\n'abc'\n)",
        "KEY = '''\ndef no_function():\n'''",
        "def KEY():\n    return 'abc'",
        "@decorated\n@again(\n1)\nasync def KEY():\n    return 'abc'",
        "class KEY:\n    def __init__(self):\n        pass",
    ],
)
def test_what_it_uses_stays(before):
    assert [*before.split("\n"), "def act():", "    exec(KEY)"] == kept(before, "def act():\n    exec(KEY)", "exec")


def test_what_uses_it_stays():
    found = kept("def act():\n    exec('x')", "def outer():\n    act()\nouter()", "exec(")
    assert ["def act():", "    exec('x')", "def outer():", "    act()", "outer()"] == found


def test_what_calls_a_method_or_an_imported_name_stays():
    body = "".join(f"    def method_{n}(self):\n        return 'some text that says nothing {n}'\n" for n in range(99))
    act = "    def act(self):\n        eval(self.x)"
    found = kept("", f"class Long(Base):\n    name = 'x'\n{body}{act}\ndef user(it):\n    it.act()\n", "eval(")
    assert ["class Long(Base):", "    name = 'x'", *act.split("\n"), "def user(it):", "    it.act()"] == found
    assert ["from os import system as s", "s('id')"] == kept("from os import system as s", "s('id')", "system")


def test_a_long_class_is_cut_by_its_methods():
    body = "".join(f"    def method_{n}(self):\n        return 'some text that says nothing {n}'\n" for n in range(99))
    found = kept("", f"class Long(Base):\n    name = 'x'\n{body}    def act(self):\n        eval(self.x)\n", "eval(")
    assert ["class Long(Base):", "    name = 'x'", "    def act(self):", "        eval(self.x)"] == found


def test_code_in_a_string_is_no_statement():
    text = 'text = """\nimport os\nos.system("a")\n"""'
    assert text.split("\n") == kept("", text, "system")


def test_what_the_cut_breaks_is_read_whole():
    text = f"import os\n{FILLER}\nos.system('x')\n)\n"
    lines = [text.count("\n") - 1]
    assert analyse_file(text.encode(), Role.REST) == analyse_file(text.encode(), Role.REST, lines)


@settings(max_examples=200)
@given(
    st.lists(
        st.sampled_from(["def f(a):", "    x = (", ")", "'''", '"', "@d", "class A:", "\\", "exec(x)", "", "é = 1"])
    )
)
def test_the_statements_cover_all_lines(lines):
    text = "\n".join(lines)
    found = split_statements(text)
    assert 0 == found[0].begin
    assert all(one.end == two.begin for one, two in pairwise(found))
    assert found[-1].end in (text.count("\n"), text.count("\n") + 1)


@given(st.integers(0, 119))
def test_what_is_left_has_a_tree(number):
    text = f"import os\n{FILLER}\n"
    assert len(text) > MIN_SLICED
    line = next(at for at, said in enumerate(text.split("\n"), 1) if f"filler_{number}(" in said)
    ast.parse(slice_source(text, [line]))
