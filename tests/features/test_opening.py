"""A distribution file is opened as a release, or it says why it cannot be."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from features.contract import Kind, Role, Status
from features.limits import Limits
from features.opening import open_release, partial_reason

LIMITS = Limits()
Make = Callable[..., Path]


def test_a_whole_sdist_is_a_release_without_a_reason(make_sdist: Make) -> None:
    path = make_sdist({"setup.py": "import os\n", "demo/__init__.py": ""})
    result = open_release(path, "Demo_Pkg-1.0.tar.gz", LIMITS)
    assert (Status.OK, "", Kind.SDIST, (), ()) == (
        result.status,
        result.reason,
        result.kind,
        result.limits,
        result.omissions,
    )
    release = result.release
    assert release is not None
    assert ("demo-pkg", "1.0", "demo-1.0/", "tar.gz") == (
        release.project,
        release.version,
        release.root,
        release.container,
    )
    roles = {member.path.removeprefix("demo-1.0/"): member.role for member in release.members}
    assert {"PKG-INFO": Role.REST, "setup.py": Role.INSTALL, "demo/__init__.py": Role.IMPORT} == roles
    assert {} == release.anomalies


@pytest.mark.parametrize(
    ("is_mislabelled", "filename"),
    [
        (False, "demo-1.0.tar.gz"),
        (False, "demo-1.0.tgz"),
        (True, "demo-1.0.zip"),
        (True, "demo-1.0.tar"),
        (True, "demo-1.0.tar.bz2"),
        (True, "demo-1.0-py3-none-any.whl"),
        (False, "demo"),
    ],
)
def test_content_that_contradicts_the_name_is_mislabelled(
    is_mislabelled: bool, filename: str, make_sdist: Make
) -> None:
    release = open_release(make_sdist({"setup.py": ""}), filename, LIMITS).release
    assert release is not None
    assert is_mislabelled is ("mislabelled" in release.anomalies)


def test_an_sdist_in_a_zip_that_is_named_as_a_wheel_is_mislabelled(make_sdist: Make) -> None:
    path = make_sdist({"setup.py": ""}, compression="zip")
    release = open_release(path, "demo-1.0-py3-none-any.whl", LIMITS).release
    assert release is not None
    assert (Kind.SDIST, {"mislabelled": 1}) == (release.kind, release.anomalies)


def test_a_limit_makes_a_release_partial(make_sdist: Make) -> None:
    path = make_sdist({"setup.py": "x = 1\n" * 100})
    result = open_release(path, path.name, replace(LIMITS, member_bytes=100))
    assert (Status.PARTIAL, ("member_bytes",), ()) == (result.status, result.limits, result.omissions)
    assert "Examined in part; limits reached: member_bytes." == result.reason


def test_damage_and_members_that_were_not_examined_are_named(make_wheel: Make) -> None:
    path = make_wheel({"a.py": "x = 1\n"})
    data = bytearray(path.read_bytes())
    for at in (data.find(b"PK\x03\x04") + 6, data.find(b"PK\x01\x02") + 8):
        data[at] |= 1
    path.write_bytes(data)
    result = open_release(path, path.name, LIMITS)
    assert (Status.PARTIAL, ("members not examined whole: 1 encrypted",)) == (result.status, result.omissions)


def test_a_truncated_archive_is_partial(make_sdist: Make) -> None:
    path = make_sdist({"setup.py": "x = 1\n" * 100}, compression="")
    path.write_bytes(path.read_bytes()[:2000])
    result = open_release(path, path.name, LIMITS)
    assert "damaged: truncated" == result.omissions[0]


def test_links_leave_nothing_unexamined(tmp_path: Path) -> None:
    import io
    import tarfile

    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w") as archive:
        link = tarfile.TarInfo("demo-1.0/link")
        link.type, link.linkname = tarfile.SYMTYPE, "nowhere"
        archive.addfile(link)
        archive.addfile(tarfile.TarInfo("demo-1.0/setup.py"), io.BytesIO())
    path = tmp_path / "demo-1.0.tar"
    path.write_bytes(made.getvalue())
    result = open_release(path, path.name, LIMITS)
    assert (Status.OK, "") == (result.status, result.reason)


def test_a_file_without_members_has_no_release_but_its_digests(tmp_path: Path) -> None:
    path = tmp_path / "demo-1.0.tar.gz"
    path.write_bytes(b"no archive " * 50)
    result = open_release(path, path.name, LIMITS)
    assert (None, Status.UNREADABLE, "It is not an archive.") == (result.release, result.status, result.reason)
    assert (64, 64) == (len(result.sha256), len(result.blake2b_256))


def test_a_missing_file_has_neither(tmp_path: Path) -> None:
    result = open_release(tmp_path / "none.whl", "none.whl", LIMITS)
    assert (None, Status.UNREADABLE, "") == (result.release, result.status, result.sha256)


def test_a_given_deadline_counts_instead_of_the_limit(make_sdist: Make) -> None:
    path = make_sdist({f"d/{at}.py": "x" for at in range(300)})
    assert ("seconds",) == open_release(path, path.name, LIMITS, deadline=-1.0).limits


@pytest.mark.parametrize(
    ("expected", "limits", "omissions"),
    [
        ("", (), ()),
        ("Examined in part; limits reached: members, seconds.", ("members", "seconds"), ()),
        ("Examined in part; damaged: truncated.", (), ("damaged: truncated",)),
        ("Examined in part; limits reached: ratio; a; b.", ("ratio",), ("a", "b")),
        ("", ("text_source_bytes",), ()),
        ("Examined in part; limits reached: ratio.", ("text_source_bytes", "ratio"), ()),
        ("Examined in part; a.", ("text_source_bytes",), ("a",)),
    ],
)
def test_a_reason_names_limits_and_omissions(
    expected: str, limits: tuple[str, ...], omissions: tuple[str, ...]
) -> None:
    assert expected == partial_reason(limits, omissions)
