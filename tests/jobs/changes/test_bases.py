from itertools import pairwise

import pytest
from change_builders import digest, files, release, sdist, wheel
from hypothesis import given
from hypothesis import strategies as st
from packaging.version import Version

from features.contract import Status
from jobs.changes.bases import choose_bases, parse_tags, tag_likeness


def bases(*releases, flagged=frozenset(), kind="release"):
    """Return {file name: file name of its base} of one kind."""
    pairs = choose_bases(files(*releases), flagged).to_pylist()
    return {pair["filename"]: pair["base_filename"] for pair in pairs if pair["base_kind"] == kind}


def versions(*releases, flagged=frozenset()):
    """Return {version: version of its base}, for sdists of one project."""
    pairs = choose_bases(files(*releases), flagged).to_pylist()
    return {pair["version"]: pair["base_version"] for pair in pairs if pair["base_kind"] == "release"}


def test_the_base_is_the_version_below():
    assert {"1.9": "1.2", "1.10": "1.9"} == versions(sdist("1.9"), sdist("1.10"), sdist("1.2"))


def test_a_project_with_one_release_has_no_base():
    assert 0 == len(choose_bases(files(sdist("1.0")), set()))


def test_no_files_have_no_bases():
    assert 0 == len(choose_bases(files(), set()))


def test_projects_do_not_mix():
    assert {} == bases(release("a-1.0.tar.gz"), release("b-1.1.tar.gz"))


def test_spellings_of_one_name_are_one_project():
    first = release("Demo_App-1.0.tar.gz", project="Demo_App")
    second = release("demo-app-1.1.tar.gz", project="demo.app")
    assert {"demo-app-1.1.tar.gz": "Demo_App-1.0.tar.gz"} == bases(first, second)


def test_a_file_of_the_same_kind_comes_first_and_the_other_kind_second():
    old = (sdist("1.0"), wheel("1.0"))
    assert {
        "demo-1.1-py3-none-any.whl": "demo-1.0-py3-none-any.whl",
        "demo-1.1.tar.gz": "demo-1.0.tar.gz",
        "demo-1.2.tar.gz": "demo-1.1.tar.gz",
    } == bases(*old, sdist("1.1"), wheel("1.1"), sdist("1.2"))
    assert {"demo-1.1-py3-none-any.whl": "demo-1.0.tar.gz"} == bases(sdist("1.0"), wheel("1.1"))
    assert {"demo-1.1.tar.gz": "demo-1.0-py3-none-any.whl"} == bases(
        wheel("1.0"), release("demo-1.0-cp312-cp312-linux_x86_64.whl"), sdist("1.1")
    )


def test_a_wheel_is_compared_with_the_nearest_tags():
    old = [
        release(f"demo-1.0-{tags}.whl")
        for tags in ("cp312-cp312-win_amd64", "cp312-cp312-manylinux_2_17_x86_64", "cp311-cp311-manylinux_2_17_x86_64")
    ]
    new = release("demo-1.1-cp313-cp313-manylinux_2_28_x86_64.whl")
    same = release("demo-1.1-cp311-cp311-manylinux_2_17_x86_64.whl")
    windows = release("demo-1.1-cp313-cp313-win_amd64.whl")
    found = bases(*old, new, same, windows)
    assert "demo-1.0-cp312-cp312-manylinux_2_17_x86_64.whl" == found["demo-1.1-cp313-cp313-manylinux_2_28_x86_64.whl"]
    assert "demo-1.0-cp311-cp311-manylinux_2_17_x86_64.whl" == found["demo-1.1-cp311-cp311-manylinux_2_17_x86_64.whl"]
    assert "demo-1.0-cp312-cp312-win_amd64.whl" == found["demo-1.1-cp313-cp313-win_amd64.whl"]


def test_tags_of_one_system_are_alike_whatever_its_version():
    tags = [parse_tags(f"d-1-cp312-cp312-{platform}.whl") for platform in ("macosx_11_0_arm64", "macosx_14_0_arm64")]
    assert (True, True, True, True, False) == tag_likeness(*tags)
    assert ("", "", "x") == parse_tags("x")[:3]


def test_equal_versions_are_one_release():
    found = versions(sdist("0.9"), sdist("1.0"), sdist("1.0.0"), sdist("1.1"))
    assert {"1.0": "0.9", "1.0.0": "0.9"} == {version: found[version] for version in ("1.0", "1.0.0")}
    assert found["1.1"] in {"1.0", "1.0.0"}
    assert {"demo-1.0.tar.gz": "demo-1.0.0.tar.gz", "demo-1.0.0.tar.gz": "demo-1.0.tar.gz"} == bases(
        sdist("1.0"), sdist("1.0.0"), kind="sibling"
    )


def test_epochs_local_versions_post_releases_and_pre_releases_keep_their_order():
    assert {"1.0": "1.0rc1", "1.0+cpu": "1.0", "1.0.post1": "1.0+cpu", "1!0.1": "1.0.post1"} == versions(
        sdist("1!0.1"), sdist("1.0.post1"), sdist("1.0+cpu"), sdist("1.0"), sdist("1.0rc1")
    )


def test_a_base_that_arrives_late_takes_its_place():
    early = [sdist("1.0", day=0), sdist("1.2", day=9)]
    assert {"1.2": "1.0"} == versions(*early)
    assert {"1.1": "1.0", "1.2": "1.1"} == versions(*early, sdist("1.1", day=20))


def test_a_low_version_that_is_uploaded_last_has_the_release_before_it_in_time():
    releases = [sdist("9.9.8", day=0), sdist("9.9.9", day=10)]
    assert "9.9.9" == versions(*releases, sdist("0.0.1", day=20))["0.0.1"]


def test_a_first_version_has_no_base_only_because_its_file_is_some_minutes_younger():
    assert {"1.1": "1.0"} == versions(sdist("1.1", day=0), sdist("1.0", day=0.01))


def test_versions_that_cannot_be_read_follow_what_was_uploaded_before_them():
    releases = [sdist("1.0", day=0), sdist("2.0", day=10), release("demo-odd.x.tar.gz", day=5, project="demo")]
    pairs = choose_bases(files(*releases), set()).to_pylist()
    assert {("demo-odd.x.tar.gz", "1.0"), ("demo-2.0.tar.gz", "1.0")} == {
        (pair["filename"], pair["base_version"]) for pair in pairs
    }


def test_what_was_uploaded_first_has_no_base_if_its_version_cannot_be_read():
    assert {} == bases(release("demo-odd.x.tar.gz", day=0, project="demo"))
    assert {} == bases(
        release("demo-odd.x.tar.gz", day=0, project="demo"), sdist("1.0", day=5, status=Status.UNREADABLE)
    )


def test_versions_that_cannot_be_read_come_by_name_where_no_time_is_known():
    odd = [release(f"{name}.tar.gz", project="demo") for name in ("b", "a", "c")]
    artifacts = [sdist("1.0"), *odd]
    rows = files(*artifacts)
    named = rows.set_column(rows.column_names.index("version"), "version", [["1.0", "zz-b", "zz-a", "zz-c"]])
    found = {pair["version"]: pair["base_version"] for pair in choose_bases(named, set()).to_pylist()}
    assert {"zz-a": "1.0", "zz-b": "zz-a", "zz-c": "zz-b"} == found


def test_what_cannot_be_read_is_no_base_and_has_none():
    found = versions(sdist("1.0"), sdist("1.1", status=Status.UNREADABLE), sdist("1.2"))
    assert {"1.2": "1.0"} == found


def test_what_was_read_in_part_is_a_base():
    assert {"1.1": "1.0"} == versions(sdist("1.0", status=Status.PARTIAL), sdist("1.1"))


def test_a_flagged_release_is_no_base_with_any_of_its_files():
    releases = [sdist("1.0"), wheel("1.1"), sdist("1.1"), sdist("1.2")]
    found = bases(*releases, flagged={digest("demo-1.1-py3-none-any.whl")})
    assert "demo-1.0.tar.gz" == found["demo-1.2.tar.gz"]
    assert "demo-1.0.tar.gz" == found["demo-1.1-py3-none-any.whl"]


def test_where_every_release_before_is_flagged_there_is_no_base():
    assert {} == bases(sdist("1.0"), sdist("1.1"), flagged={digest("demo-1.0.tar.gz")})


def test_a_yanked_release_is_a_base_only_if_no_other_is_there():
    assert {"1.1": "1.0", "1.2": "1.0"} == versions(sdist("1.0"), sdist("1.1", yanked=True), sdist("1.2"))
    assert {"1.1": "1.0"} == versions(sdist("1.0", yanked=True), sdist("1.1"))


def test_an_sdist_and_a_wheel_of_a_release_are_siblings():
    found = bases(sdist("1.0"), wheel("1.0"), kind="sibling")
    assert {"demo-1.0.tar.gz": "demo-1.0-py3-none-any.whl", "demo-1.0-py3-none-any.whl": "demo-1.0.tar.gz"} == found


def test_an_sdist_prefers_the_pure_wheel():
    native = release("demo-1.0-cp312-cp312-linux_x86_64.whl")
    assert "demo-1.0-py3-none-any.whl" == bases(native, wheel("1.0"), sdist("1.0"), kind="sibling")["demo-1.0.tar.gz"]
    assert native[0].filename == bases(native, sdist("1.0"), kind="sibling")["demo-1.0.tar.gz"]


def test_a_second_wheel_without_an_sdist_is_compared_with_the_first():
    first = release("demo-1.0-cp312-cp312-linux_x86_64.whl", day=0)
    second = release("demo-1.0-cp312-cp312-win_amd64.whl", day=3)
    assert first[0].filename == bases(first, second, kind="sibling")[second[0].filename]


def test_a_flagged_file_is_no_sibling_but_has_one():
    found = bases(sdist("1.0"), wheel("1.0"), flagged={digest("demo-1.0.tar.gz")}, kind="sibling")
    assert {"demo-1.0.tar.gz": "demo-1.0-py3-none-any.whl"} == found


def test_a_path_that_occurs_twice_counts_as_it_was_read_last():
    twice = [sdist("1.0", status=Status.UNREADABLE), sdist("1.0"), sdist("1.1")]
    assert {"1.1": "1.0"} == versions(*twice)


def test_the_rhythm_of_a_project_is_that_of_its_releases_before():
    releases = [sdist(f"1.{number}", day=10 * number) for number in range(4)] + [sdist("1.4", day=400)]
    pairs = {pair["version"]: pair for pair in choose_bases(files(*releases), set()).to_pylist()}
    assert (4, 10.0) == (pairs["1.4"]["earlier_releases"], pairs["1.4"]["usual_days"])
    assert (1, None) == (pairs["1.1"]["earlier_releases"], pairs["1.1"]["usual_days"])


def test_ten_thousand_releases_of_one_project_each_have_the_one_before():
    numbers = range(10_000)
    rows = files(*(sdist(f"1.{number}", day=number, yanked=True) for number in numbers))
    flagged = {digest(f"demo-1.{number}.tar.gz") for number in numbers if number > 5}
    assert 9_999 == len(choose_bases(rows, set()))
    assert {"1.5"} == set(choose_bases(rows, flagged)["base_version"].to_pylist()[5:])


@given(st.lists(st.from_regex(r"[0-3]\.[0-9]{1,2}(?:rc[1-3]|\.post[1-3])?", fullmatch=True), unique_by=Version))
def test_every_version_but_the_lowest_has_the_next_lower_one(numbers):
    ordered = [str(version) for version in sorted(map(Version, numbers))]
    assert {new: old for old, new in pairwise(ordered)} == versions(*(sdist(number) for number in ordered))


@pytest.mark.parametrize("size", [3, 20])
def test_the_order_of_the_rows_does_not_matter(size):
    releases = [sdist(f"1.{number}", day=number) for number in range(size)]
    assert versions(*releases) == versions(*reversed(releases))
