"""Its own lists, and the names that a release installs."""

import pytest

from features.contract import FileType, Kind
from features.files.manifests import manifest_values


def test_a_record_is_compared_with_the_files(make_member, make_release):
    record = b"demo.py,sha256=AAAA,6\nabsent.py,,\nnot a line\ndemo-1.0.dist-info/RECORD,,\n"
    members = [
        make_member("demo.py", b"x = 1\n"),
        make_member("added.py", b"y = 1\n"),
        make_member("demo-1.0.dist-info/RECORD", record, FileType.METADATA),
    ]
    values = manifest_values(make_release(*members, kind=Kind.WHEEL, filename="demo-1.0-py3-none-any.whl"))
    nouns = ("record_unlisted", "record_absent", "record_different", "record_malformed", "sources_unlisted")
    assert [values[noun] for noun in nouns] == [1, 1, 1, 1, None]


def test_without_a_record_there_is_nothing_to_compare(make_member, make_release):
    assert "record_unlisted" not in manifest_values(make_release(make_member("demo.py", b"x")))


@pytest.mark.parametrize(
    ("project", "package", "stdlib", "popular"),
    [
        ("sheep", "sheep", 0, 0),
        ("sheep", "requests", 0, 1),
        ("sheep-requests", "requests", 0, 0),
        ("requests", "numpy", 0, 0),
        ("sheep", "json", 1, 0),
    ],
)
def test_names_of_others_are_counted(project, package, stdlib, popular, make_member, make_release):
    release = make_release(make_member(f"x/{package}/__init__.py", b"x"), root="x/", project=project)
    values = manifest_values(release)
    assert (values["packages"], values["packages_stdlib"], values["packages_popular"]) == (1, stdlib, popular)
