"""The table of caches: every cache has a budget, every budget a cache, and nothing is remembered beside them."""

import ast
import importlib
from pathlib import Path

import pytest

from features.runtime.cache import caches
from features.runtime.cache_budgets import CACHE_BYTES

ROOM = Path(__file__).parents[3] / "features"
MODULES = sorted(path for path in ROOM.rglob("*.py") if path.stem != "__init__")
MOST = 384 * 2**20
"""The bytes that a worker may remember between artifacts; docs and the default memory of a worker count on it."""
CLOSED = {
    "decode._keeps_ascii": "a codec of the standard library",
    "combos.matching_combos": "a set of indicator categories that was met",
    "identity._file_digest": "the shipped file",
    "known_code._file_digest": "the shipped file",
    "indicator_hits._database": "a pass",
    "string_markers._database": "a set of passes",
    "words._database": "the words of a kind of surface",
    "schema._fingerprint": "the groups of this process",
    "schema._feature_schema": "the groups of this process",
}
"""Functions that `functools` may remember by their argument, and the closed choice that it is."""


def imported_caches() -> set[str]:
    for path in MODULES:
        importlib.import_module(".".join(path.relative_to(ROOM.parent).with_suffix("").parts))
    return set(caches())


def test_every_cache_has_a_budget_and_every_budget_a_cache():
    assert set(CACHE_BYTES) == imported_caches()


def test_each_cache_keeps_to_the_budget_of_its_name():
    imported_caches()
    assert CACHE_BYTES == {name: cache.budget for name, cache in caches().items()}


def test_all_caches_together_are_bounded():
    assert sum(CACHE_BYTES.values()) <= MOST


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOM)))
def test_functools_remembers_nothing_that_comes_from_a_package(path):
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef) and (how := remembered_by_functools(node)):
            name = f"{path.stem}.{node.name}"
            arguments = [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]
            assert not arguments or name in CLOSED, f"{name} is remembered by {how}; use features.runtime.cache"


def remembered_by_functools(function: ast.FunctionDef) -> str:
    names = [ast.unparse(decorator).partition("(")[0].rpartition(".")[2] for decorator in function.decorator_list]
    return next((name for name in names if name in {"cache", "lru_cache"}), "")
