import ast

import pytest

from jobs.corpus.variants.registry import KINDS, find_kind
from tests.test_layout import ROOT


def classes_with_make() -> set[str]:
    """Return the names of the classes below `jobs/corpus/variants` that have a method `make`."""
    names = set()
    for path in (ROOT / "jobs" / "corpus" / "variants").glob("*.py"):
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.ClassDef) and any(getattr(part, "name", "") == "make" for part in node.body):
                names.add(node.name)
    return names - {"VariantKind"}


def test_every_kind_on_disk_is_registered_once():
    assert sorted(classes_with_make()) == sorted(type(kind).__name__ for kind in KINDS)


def test_a_kind_is_found_by_its_name():
    for kind in KINDS:
        assert find_kind(kind.name) is kind
        assert kind.recipes


def test_an_unknown_kind_is_an_error():
    with pytest.raises(KeyError, match="odd"):
        find_kind("odd")


def test_names_that_lists_and_seeds_contain_stay():
    assert [kind.name for kind in KINDS] == ["obfuscated", "transplanted", "injected", "codeless", "repacked"]
