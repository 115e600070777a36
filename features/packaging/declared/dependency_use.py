"""Compares declared dependencies with the code of a release: whether it has code, and whether the code names them."""

import re
from collections.abc import Sequence

from features.contract import FileType, Member, Release, Role, Scalar
from features.file_type_index import by_file_type
from features.packaging.declared.dependencies import Dependency
from features.packaging.metadata import CoreMetadata
from features.packaging.names import normalise
from features.reference.identity import import_names, popular_identities
from features.reference.popular_names import popular_names

CODELESS_BYTES = 200
"""Bytes of Python, without setup.py and tests, below which a release counts as codeless."""
SEARCHED_BYTES = 2**19
"""Bytes of Python up to which dependency names are searched for; larger source contains nearly all by chance."""

_DEPENDENCIES = 40
_BLANK_BYTES = 4_096
"""Bytes up to which a file is measured without the blanks at its ends."""
_INSTALL = Role.INSTALL
_AUXILIARY = re.compile(r"(?:^|/)(?:tests?|docs?|examples?|setup\.py|conftest\.py|test_[^/]*\.py)(?:/|$)")


def dependency_use_values(
    declared: CoreMetadata, dependencies: Sequence[Dependency], release: Release
) -> dict[str, Scalar]:
    """Return whether a release has code that could use its dependencies, and how many of them it never names."""
    file_types = by_file_type(release)
    own = [member for member in file_types[FileType.PYTHON] if _is_own_code(member, release)]
    size = sum(map(_size, own))
    codeless = size < CODELESS_BYTES and not (file_types[FileType.NATIVE] or file_types[FileType.BYTECODE])
    project = normalise(declared.name)
    needed = list(
        dict.fromkeys(
            dependency.name
            for dependency in dependencies
            if dependency.name and not dependency.optional and dependency.name != project
        )
    )
    popular = popular_names()
    values: dict[str, Scalar] = {
        "codeless": codeless,
        "codeless_requires": len(needed) if codeless else 0,
        "codeless_requires_unknown": sum(name not in popular for name in needed) if codeless else 0,
    }
    if needed and size <= SEARCHED_BYTES and all(member.kept for member in own):
        searched = needed[:_DEPENDENCIES]
        unused = _find_unused(searched, b"\n".join([member.data for member in own]))
        values["requires_unused"] = len(unused) / len(searched)
        values["requires_unused_unknown"] = sum(name not in popular for name in unused)
    return values


def _find_unused(names: Sequence[str], source: bytes) -> list[str]:
    identities = popular_identities()
    return [
        name for name in names if not any(form and form.encode() in source for form in import_names(name, identities))
    ]


def _size(member: Member) -> int:
    return len(member.data.strip()) if member.kept and member.size < _BLANK_BYTES else member.size


def _is_own_code(member: Member, release: Release) -> bool:
    """Return whether a Python member is neither a setup file nor a test, documentation or an example."""
    if member.role is _INSTALL:
        return False
    path = member.path
    if "test" not in path and "doc" not in path and "example" not in path and "setup.py" not in path:
        return True
    return _AUXILIARY.search(path.removeprefix(release.root)) is None
