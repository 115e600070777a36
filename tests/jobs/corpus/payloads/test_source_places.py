import ast
from random import Random

import pytest

from jobs.corpus.payloads.source_places import (
    as_function,
    find_functions,
    insert_at_line,
    insert_with_imports,
    line_after_imports,
    split_imports,
)

SOURCE = b'''"""Doc."""
import os
from sys import (
    path,
)

class A:
    def __init__(self, token):
        """Take a token."""
        self.token = token

    def one(self): return 1

@staticmethod
def draw(a, *, b=1):
    @property
    def inner():
        pass
    return inner

async def wait():
    return 1
'''


def test_functions_and_methods_with_lines_of_their_own_are_found():
    found = {(p.owner, p.name): p for p in find_functions(SOURCE)}
    assert {("A", "__init__"), ("", "draw"), ("", "wait")} == set(found)
    assert 10 == found["A", "__init__"].line
    assert ("self", "token") == found["A", "__init__"].arguments
    assert "    " == found["", "draw"].indent
    assert 16 == found["", "draw"].line
    assert found["", "wait"].is_async


@pytest.mark.parametrize("source", [b"print 'old'\n", b"\xff\xfe", b""])
def test_what_is_not_python_3_has_no_functions(source):
    assert [] == find_functions(source)


def test_statements_are_put_before_a_line():
    place = find_functions(SOURCE)[0]
    made = insert_at_line(SOURCE, place.line, "import json\nx = 1\n", place.indent)
    assert b"        import json\n        x = 1\n        self.token = token\n" in made
    with pytest.raises(SyntaxError):
        insert_at_line(SOURCE, 4, "x = 1\n")


def test_imports_go_behind_imports_and_the_rest_to_the_end():
    assert 6 == line_after_imports(SOURCE)
    made = insert_with_imports(SOURCE, "import json\nx = json.dumps(1)\n").decode()
    assert ")\nimport json\n" in made
    assert made.endswith("\nx = json.dumps(1)\n")
    assert ("", "from a import (\n    b,\n)\nb()\n") == split_imports("from a import (\n    b,\n)\nb()\n")


def test_code_is_wrapped_in_a_function():
    made = as_function("import os\nos.name\n", "start", Random(1), quiet=True)
    assert "def start():\n    try:\n        import os" in made
    assert isinstance(ast.parse(as_function("x = 1\n", "start", Random(1), quiet=False)).body[0], ast.FunctionDef)
