"""Makes releases of a few files, for the tests of surfaces."""

from collections.abc import Callable

import pytest

from features.contract import FileType, Kind, Member, Release, Role

MakeRelease = Callable[..., Release]


@pytest.fixture
def make_release() -> MakeRelease:
    def make(files: dict[str, str | bytes], kind: Kind = Kind.WHEEL, project: str = "demo", root: str = "") -> Release:
        members = []
        for path, content in files.items():
            data = content if isinstance(content, bytes) else content.encode()
            is_python = path.endswith(".py")
            is_metadata = path.endswith(("METADATA", "PKG-INFO"))
            file_type = FileType.PYTHON if is_python else FileType.METADATA if is_metadata else FileType.TEXT
            members.append(Member(root + path, len(data), file_type, Role.REST, data, data[:4096]))
        return Release("demo-1.0", project, "1.0", kind, "zip", 1, tuple(members), root)

    return make
