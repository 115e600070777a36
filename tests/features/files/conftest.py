"""Builders of members and releases for the tests of the files room."""

from collections.abc import Callable

import pytest

from features.contract import FileType, Kind, Member, Release, Role
from features.files.release_paths import ReleasePaths


def _member(
    path: str, data: bytes = b"", file_type: FileType = FileType.PYTHON, role: Role = Role.REST, problem: str = ""
) -> Member:
    digest = (data or path.encode())[:16]
    return Member(path, len(data), file_type, role, data=data, head=data[:4096], digest=digest, problem=problem)


def _release(
    *members: Member, kind: Kind = Kind.SDIST, root: str = "", filename: str = "demo-1.0.tar.gz", project: str = "demo"
) -> Release:
    return Release(filename, project, "1.0", kind, "tar.gz", 100, members, root=root)


@pytest.fixture
def make_member() -> Callable[..., Member]:
    return _member


@pytest.fixture
def make_release() -> Callable[..., Release]:
    return _release


@pytest.fixture
def make_paths() -> Callable[..., ReleasePaths]:
    """Return a builder of the paths of a release: empty Python files where only paths are given."""

    def build(*members: Member | str, **release: object) -> ReleasePaths:
        made = [_member(given) if isinstance(given, str) else given for given in members]
        return ReleasePaths.from_release(_release(*made, **release))  # type: ignore[arg-type]

    return build
