"""The text in which a release describes itself."""

import pytest

from features.contract import FileType, Kind, Member, Release, Role
from features.packaging.readme import read_description


def release(*files: tuple[str, bytes]) -> Release:
    members = tuple(
        Member(path, len(data), FileType.METADATA if "INFO" in path else FileType.TEXT, Role.REST, data=data, head=data)
        for path, data in files
    )
    return Release("x-1.tar.gz", "x", "1", Kind.SDIST, "tar.gz", 9, members, root="x-1/")


def test_the_declared_description_comes_first() -> None:
    info = ("x-1/PKG-INFO", b"Metadata-Version: 2.1\nName: x\nVersion: 1\n\nDeclared.\n")
    assert read_description(release(("x-1/README.md", b"Written."), info)).strip() == "Declared."


@pytest.mark.parametrize(
    ("path", "expected"),
    [("x-1/README.md", "Written."), ("x-1/readme", "Written."), ("x-1/docs/README.md", ""), ("x-1/NOTES", "")],
)
def test_a_readme_at_the_top_stands_in_for_it(path: str, expected: str) -> None:
    assert read_description(release((path, b"Written."))) == expected


def test_bytes_that_are_no_text_are_replaced() -> None:
    assert read_description(release(("x-1/README", b"a\xff"))) == "a\ufffd"
