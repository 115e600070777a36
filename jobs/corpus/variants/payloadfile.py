"""Which file of an artifact holds its payload, by what is known of it."""

from collections.abc import Sequence
from posixpath import basename

from jobs.corpus.variants.contract import Package, UnfitError

_SUFFIXES = (".py", ".pyw")


def python_files(package: Package) -> list[str]:
    """Return the paths of the Python files, sorted."""
    return sorted(path for path in package.files() if path.endswith(_SUFFIXES))


def payload_file(package: Package, payload_loc: str, heavy: Sequence[str]) -> str:
    """Return the path of the file that the payload most likely stands in; raises UnfitError without Python.

    `payload_loc` says where a list knows it ("setup", "init", "other", several joined by "+", or ""), and `heavy`
    are members by what was found in them, the worst first.
    """
    python = python_files(package)
    if not python:
        raise UnfitError(package.filename, "has no Python file")
    marked = set(payload_loc.split("+"))
    fitting = [path for path in python if _place(path) in marked] or python
    for path in heavy:
        if path in fitting:
            return path
    files = package.files()
    order = {"setup": 0, "init": 1, "other": 2}
    return min(fitting, key=lambda p: (order[_place(p)] if payload_loc else 0, -len(files[p]), p))


def _place(path: str) -> str:
    return {"setup.py": "setup", "__init__.py": "init"}.get(basename(path), "other")
