"""Calls are read from text where there is no tree."""

import pytest

from features.code.parse import text_calls
from features.code.parse.text_calls import TextCall, find_calls, find_imports


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("import os", {"os": "os"}),
        ("import os.path", {"os": "os"}),
        ("import os.path as p, sys", {"p": "os.path", "sys": "sys"}),
        ("from os import system as s, path", {"s": "os.system", "path": "os.path"}),
        ("    from a.b import c", {"c": "a.b.c"}),
        ("x = 1; import os as o", {"o": "os"}),
        ("from os import (path,  # a comment\n    system as s)", {"path": "os.path", "s": "os.system"}),
        ("if x: from os import system", {"system": "os.system"}),
        ("important = 1", {}),
    ],
)
def test_imports_give_names_their_dotted_names(text, expected):
    assert find_imports(text) == expected


def test_calls_have_a_resolved_name_a_line_and_an_indentation():
    text = "from os import system as s\ns('id')\nif x:\n    a . b ('c')\n"
    assert list(find_calls(text)) == [TextCall("os.system", 2, True), TextCall("a.b", 4, False)]


def test_an_exec_statement_is_a_call():
    assert list(find_calls("x = 1\nexec 'code'\n")) == [TextCall("exec", 2, True)]
    assert list(find_calls("if x: exec code")) == [TextCall("exec", 1, True)]


def test_calls_in_strings_count_and_in_comments_do_not():
    assert [call.name for call in find_calls("x = '''\nf()\n# g()\n")] == ["f"]


def test_the_number_of_calls_is_bounded(monkeypatch):
    monkeypatch.setattr(text_calls, "_MAX_CALLS", 3)
    assert len(list(find_calls("f()\n" * 10))) == 3
