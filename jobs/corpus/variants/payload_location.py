"""Finds the file of a package that most likely holds its payload."""

from collections.abc import Sequence
from posixpath import basename

from jobs.corpus.variants.contract import NotApplicableError, Package

PYTHON_SUFFIXES = (".py", ".pyw")
_RANK = {"setup": 0, "init": 1, "other": 2}


def python_files(package: Package) -> list[str]:
    """Return the paths of the Python files, sorted."""
    return sorted(path for path in package.files() if path.endswith(PYTHON_SUFFIXES))


def locate_payload(package: Package, payload_loc: str, suspects: Sequence[str]) -> str:
    """Return the path of the file that most likely holds the payload; raises NotApplicableError without Python.

    `payload_loc` is a list's label: "setup", "init", "other", several joined by "+", or "" where it is unknown.
    `suspects` are members by the weight of the evidence in them, the heaviest first.
    """
    python = python_files(package)
    if not python:
        raise NotApplicableError(package.filename, "has no Python file")
    labelled = set(payload_loc.split("+"))
    candidates = [path for path in python if _location(path) in labelled] or python
    for path in suspects:
        if path in candidates:
            return path
    files = package.files()
    return min(candidates, key=lambda p: (_RANK[_location(p)] if payload_loc else 0, -len(files[p]), p))


def _location(path: str) -> str:
    return {"setup.py": "setup", "__init__.py": "init"}.get(basename(path), "other")
