"""Obfuscates the source of an artifact: the file of its payload, or all files, or a payload moved to a new module."""

from posixpath import basename, dirname

from jobs.corpus.variants.contract import Package, VariantContext
from jobs.corpus.variants.obfuscations import OBFUSCATIONS, obfuscate
from jobs.corpus.variants.packing import with_files
from jobs.corpus.variants.payload_location import PYTHON_SUFFIXES, locate_payload, python_files

_MAX_FILES = 60
_MAX_BYTES = 1_500_000
"""Files, and bytes of their source, that are changed in one artifact; suspects come first."""
_MODULE_NAMES = ("_impl", "_builder", "_runner", "_setup_tools", "_base", "_engine")


class Obfuscated:
    """An artifact with obfuscated source.

    A recipe is "scope:obfuscations". The scope is "payload" (its file), "all" (all Python files) or "moved" (its file,
    moved to a new module that the old one imports); after "moved:" there may be no obfuscation.
    """

    name = "obfuscated"
    recipes = tuple(obfuscation.name for obfuscation in OBFUSCATIONS)

    def make(self, package: Package, context: VariantContext) -> Package:
        """Return the package with the chosen source obfuscated."""
        scope, _, obfuscations = context.variant.recipe.partition(":")
        target = locate_payload(package, context.variant.base.payload_loc, context.suspects)
        files = package.files()
        if scope == "moved":
            return _move_source(package, target, obfuscations, context)
        paths = [target]
        if scope == "all":
            others = [path for path in (*context.suspects, *python_files(package)) if path in files and path != target]
            paths += [path for path in dict.fromkeys(others) if path.endswith(PYTHON_SUFFIXES)]
        changed: dict[str, bytes] = {}
        remaining = _MAX_BYTES
        for path in paths[:_MAX_FILES]:
            source = files[path]
            remaining -= len(source)
            if source.strip() and (remaining > 0 or not changed):
                changed[path] = obfuscate(source, obfuscations, context.rng)
        return with_files(package, changed)


def _move_source(package: Package, target: str, obfuscations: str, context: VariantContext) -> Package:
    """Move a module's source to a new module next to it, which the old one imports."""
    files = package.files()
    folder = f"{dirname(target)}/" if "/" in target else ""
    rng = context.rng
    name = next(
        name
        for name in (*rng.sample(_MODULE_NAMES, len(_MODULE_NAMES)), *(f"_m{number}" for number in range(10_000)))
        if f"{folder}{name}.py" not in files
    )
    source = files[target]
    moved = obfuscate(source, obfuscations, rng) if obfuscations else source
    if basename(target) == "setup.py":
        importer = (
            "import os\nimport sys\n\nsys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))\n"
            f"{rng.choice((f'import {name}', f'from {name} import *'))}\n"
        )
    elif f"{folder}__init__.py" in files:
        importer = f"from .{name} import *\n"
    else:
        importer = f"from {name} import *\n"
    return with_files(package, {target: importer.encode(), f"{folder}{name}.py": moved})
