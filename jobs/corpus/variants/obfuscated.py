"""Copies of an artifact whose source is obfuscated: the payload's file, all files, or moved to another module."""

from posixpath import basename, dirname

from jobs.corpus.variants.contract import Order, Package
from jobs.corpus.variants.packing import with_files
from jobs.corpus.variants.payloadfile import payload_file, python_files
from jobs.corpus.variants.recipes import RECIPES, obfuscate

_MOST_FILES = 60
_MOST_BYTES = 1_500_000
"""Files and bytes of source that are changed in one artifact, those first that most was found in."""
_NAMES = ("_impl", "_builder", "_runner", "_setup_tools", "_base", "_engine")


class Obfuscated:
    """Recipe "scope:recipes"; scope is payload, all or moved, recipes as in `obfuscate`, or none where moved."""

    name = "obfuscated"
    recipes = tuple(recipe.name for recipe in RECIPES)

    def make(self, package: Package, order: Order) -> Package:
        """Return the package with the chosen source obfuscated."""
        scope, _, recipes = order.variant.recipe.partition(":")
        target = payload_file(package, order.variant.base.payload_loc, order.heavy)
        files = package.files()
        if scope == "moved":
            return _moved(package, target, recipes, order)
        paths = [target]
        if scope == "all":
            rest = [path for path in (*order.heavy, *python_files(package)) if path in files and path != target]
            paths += [path for path in dict.fromkeys(rest) if path.endswith((".py", ".pyw"))]
        changed: dict[str, bytes] = {}
        left = _MOST_BYTES
        for path in paths[:_MOST_FILES]:
            source = files[path]
            left -= len(source)
            if source.strip() and (left > 0 or not changed):
                changed[path] = obfuscate(source, recipes, order.random)
        return with_files(package, changed)


def _moved(package: Package, target: str, recipes: str, order: Order) -> Package:
    """Move a module's source to a new one beside it, which it imports instead."""
    files = package.files()
    folder = f"{dirname(target)}/" if "/" in target else ""
    name = next(
        name
        for name in (*order.random.sample(_NAMES, len(_NAMES)), *(f"_m{number}" for number in range(10_000)))
        if f"{folder}{name}.py" not in files
    )
    source = files[target]
    moved = obfuscate(source, recipes, order.random) if recipes else source
    if basename(target) == "setup.py":
        line = (
            "import os\nimport sys\n\nsys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))\n"
            f"{order.random.choice((f'import {name}', f'from {name} import *'))}\n"
        )
    elif f"{folder}__init__.py" in files:
        line = f"from .{name} import *\n"
    else:
        line = f"from {name} import *\n"
    return with_files(package, {target: line.encode(), f"{folder}{name}.py": moved})
