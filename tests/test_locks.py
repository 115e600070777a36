"""The lock files: the operator's is the smaller part of the developer's, and both hold what pyproject asks for."""

import re
import tomllib
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]


def locked(name: str) -> dict[str, set[str]]:
    """Return the pinned versions by normalised name, of which there is one for each marker."""
    pinned: dict[str, set[str]] = {}
    for line in (ROOT / name).read_text(encoding="utf-8").splitlines():
        if line.strip() and not line.startswith("#"):
            requirement = Requirement(line)
            pinned.setdefault(canonicalize_name(requirement.name), set()).add(str(requirement.specifier))
    return pinned


OPERATOR, DEVELOPER = locked("requirements.lock"), locked("requirements-dev.lock")


def asked(requirements: list[str]) -> set[str]:
    return {canonicalize_name(Requirement(line).name) for line in requirements}


def test_the_operator_gets_every_dependency_and_no_test_tool():
    assert asked(PROJECT["dependencies"]) <= set(OPERATOR)
    tools = asked(PROJECT["optional-dependencies"]["dev"])
    assert not tools & set(OPERATOR)
    assert tools <= set(DEVELOPER)


def test_no_lock_names_the_libraries_of_a_gpu():
    assert not [name for name in (*OPERATOR, *DEVELOPER) if re.match(r"(nvidia|cuda)", name)]


def test_both_locks_pin_the_same_versions():
    assert OPERATOR == {name: DEVELOPER[name] for name in OPERATOR}
