import ast
from pathlib import Path

import pytest

from features.code.evaluate import resolve
from features.code.parse import ast_walk as trees
from features.code.parse import symbol_table as outline

SOURCES = (
    "x = 1\n",
    "async def f(a, *b, c=1, **d) -> int:\n    return [i async for i in a if i]\n",
    "match x:\n    case {'a': 1, **rest}: pass\n    case A(b, c=None) | [1, *_]: pass\n    case True: pass\n",
    "try:\n    import a.b as c\nexcept (E, F) as e:\n    raise X from e\nelse: pass\nfinally: del q[1:2, ...]\n",
    "class A(B, metaclass=C):\n    global z\n    y: int = f'{x!r:>{w}}'\n    l = lambda q, /, r=2, *, s=3: {**q, 1: r}\n",
    "if not a or b == 1 != c and -d ** 2:\n    e += (yield f(*g, **h))\n",
)


@pytest.mark.parametrize("text", SOURCES)
def test_nodes_come_in_the_order_of_the_library(text):
    tree = ast.parse(text)
    assert list(ast.walk(tree)) == trees.walk_nodes(tree)
    assert list(ast.walk(tree))[:5] == trees.walk_nodes(tree, 5)
    assert all(list(ast.iter_child_nodes(node)) == trees.child_nodes(node) for node in ast.walk(tree))


@pytest.mark.parametrize("path", [ast.__file__, outline.__file__, resolve.__file__])
def test_so_they_do_in_long_files(path):
    tree = ast.parse(Path(path).read_text("utf-8"))
    assert list(ast.walk(tree)) == trees.walk_nodes(tree)
