import ast
from random import Random

import pytest

from jobs.corpus.variants.python_source import SOURCE_ERRORS
from jobs.corpus.variants.rewriting import add_dead_code, push_aside, rename_locals, stuff_lines
from tests.jobs.corpus.variants.sample_sources import PYTHON2, run_source

REWRITERS = (rename_locals, add_dead_code, stuff_lines, push_aside)
HEADED = b'"""Doc."""\nfrom __future__ import annotations\na = 1\nb = 2\nc = 3\nprint(a + b + c)\n'


@pytest.mark.parametrize("rewrite", REWRITERS, ids=lambda rewrite: rewrite.__name__)
def test_docstring_and_imports_from_the_future_stay_first(rewrite):
    for seed in range(20):
        made = rewrite(HEADED, Random(seed))
        tree = ast.parse(made)
        assert "Doc." == ast.get_docstring(tree)
        assert "from __future__ import annotations" == ast.unparse(tree.body[1])
        assert "6\n" == run_source(made)


@pytest.mark.parametrize("rewrite", REWRITERS, ids=lambda rewrite: rewrite.__name__)
def test_python_2_is_an_error_for_the_caller(rewrite):
    with pytest.raises(SOURCE_ERRORS):
        rewrite(PYTHON2, Random(1))


def test_names_that_other_modules_can_use_stay():
    source = b"import os\nPUBLIC = 1\ndef shown(argument):\n    local = argument\n    return os.sep, local\nclass Seen:\n    attribute = 2\n"
    made = rename_locals(source, Random(1)).decode()
    assert all(word in made for word in ("PUBLIC", "shown", "argument", "os.sep", "Seen", "attribute"))
    assert "local" not in made


@pytest.mark.parametrize(
    "body",
    [
        "hidden = 1\n    return locals()",
        "global hidden\n    hidden = 1",
        "import os as hidden\n    hidden = 1",
        "hidden = 1\n    def hidden(): pass",
        "hidden = 1\n    class A:\n        x = hidden",
        "try:\n        hidden = 1\n    except OSError as hidden:\n        pass",
        "match 1:\n        case hidden:\n            hidden = 2",
    ],
    ids=["reads names", "global", "import", "function", "class", "exception", "pattern"],
)
def test_a_name_with_a_second_meaning_stays(body):
    made = rename_locals(f"def f():\n    {body}\n".encode(), Random(1)).decode()
    assert "hidden" in made


def test_a_variable_is_renamed_in_inner_scopes_too():
    source = b"def f():\n    count = 1\n    def g():\n        return count\n    return g() + sum(count for _ in 'ab')\nprint(f())\n"
    made = rename_locals(source, Random(1))
    assert b"count" not in made
    assert "3\n" == run_source(made)


def test_each_style_of_name_is_drawn():
    made = [rename_locals(b"def f():\n    local = 1\n", Random(seed)).decode() for seed in range(40)]
    names = {ast.parse(source).body[0].body[0].targets[0].id for source in made}  # type: ignore[attr-defined]
    assert any(set(name) <= {"l", "I"} for name in names)
    assert any(name.startswith("_0x") for name in names)
    assert any(name[0].isalpha() and name[1:].isdigit() for name in names)


def test_dead_code_is_between_and_after_the_statements():
    made = ast.parse(add_dead_code(HEADED, Random(3))).body
    assert len(made) > 6
    assert "print(a + b + c)" != ast.unparse(made[-1])


def test_lines_are_stuffed_with_comments_and_blanks():
    made = max((stuff_lines(HEADED, Random(seed)) for seed in range(9)), key=len)
    assert made.count(b"\n") > 100
    assert b"# TODO: tidy this up" in made


def test_statements_are_pushed_off_the_screen():
    made = max((push_aside(HEADED, Random(seed)) for seed in range(9)), key=lambda source: source.count(b";"))
    [long] = [line for line in made.decode().splitlines() if "; " in line][:1]
    assert len(long) > 120
    assert " " * 120 in long


def test_a_compound_statement_is_not_pushed_aside():
    source = b"x = 0\nif x:\n    x = 1\nx = 2\n"
    for seed in range(20):
        made = push_aside(source, Random(seed)).decode()
        assert "\nif x:\n    x = 1\n" in made
