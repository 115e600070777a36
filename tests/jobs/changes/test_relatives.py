import pytest
from change_builders import Mirror, digest, member, release

from jobs.changes.relatives import MOST_PROJECTS


@pytest.fixture
def mirror(tmp_path):
    return Mirror(tmp_path)


def package(name, version="1.0", *, files=6, changed=(), extra=(), **details):
    """Return a wheel of a project with the contents of `popular`, but for some that are changed."""
    contents = [f"{number}-{name}" if number in changed else str(number) for number in range(files)]
    members = [member(f"{name}/{number}.py", content) for number, content in enumerate(contents)]
    return release(f"{name}-{version}-py3-none-any.whl", *members, *extra, **details)


def test_a_copy_with_a_changed_file_is_near_to_what_it_copies(mirror):
    counts = mirror.night(package("popular", day=0), package("popularr", changed=(3,), day=9))
    assert 1 == counts.relatives
    assert {"popularr-1.0-py3-none-any.whl": "popular-1.0-py3-none-any.whl"} == mirror.bases("relative")
    assert [("popular", 1, 0)] == mirror.rows("base_project", "change_members_changed", "change_members_new")


def test_the_nearest_release_is_taken(mirror):
    releases = [package("popular", f"1.{at}", changed=range(at, 4), day=at) for at in range(4)]
    mirror.night(*releases, package("copy", changed=(3,), day=9))
    assert "popular-1.3-py3-none-any.whl" == mirror.bases("relative")["copy-1.0-py3-none-any.whl"]


def test_the_nearest_project_is_taken(mirror):
    mirror.night(package("far", changed=(0, 1, 2), day=0), package("near", changed=(0,), day=1), package("copy", day=9))
    assert "near-1.0-py3-none-any.whl" == mirror.bases("relative")["copy-1.0-py3-none-any.whl"]


def test_a_copy_that_arrives_later_is_found_and_what_had_none_is_not_asked_again(mirror):
    mirror.night(package("popular", day=0), package("other", files=3, changed=range(3), day=0))
    counts = mirror.night(package("copy", day=9))
    assert (1, 1) == (counts.projects, counts.relatives)
    assert ["copy-1.0-py3-none-any.whl"] == list(mirror.bases("relative"))


def test_a_project_with_a_release_before_has_no_relative(mirror):
    mirror.night(package("popular", day=0), package("copy", day=8), package("copy", "1.1", day=9))
    assert ["copy-1.0-py3-none-any.whl"] == list(mirror.bases("relative"))


def test_what_was_uploaded_later_is_no_relative(mirror):
    mirror.night(package("popular", day=0), package("copy", day=9))
    assert "popular-1.0-py3-none-any.whl" not in mirror.bases("relative")


def test_a_content_that_many_projects_have_says_nothing(mirror):
    crowd = [package(f"p{number}", day=0) for number in range(MOST_PROJECTS + 1)]
    assert 0 == mirror.night(*crowd).relatives


def test_one_shared_file_makes_no_relative(mirror):
    mirror.night(package("popular", day=0), package("other", changed=(1, 2, 3, 4, 5), day=9))
    assert {} == mirror.bases("relative")


def test_a_small_share_of_many_files_makes_no_relative(mirror):
    own = [member(f"other/own{number}.py") for number in range(40)]
    mirror.night(package("popular", day=0), package("other", extra=own, day=9))
    assert {} == mirror.bases("relative")


def test_a_flagged_artifact_is_no_relative_and_one_that_becomes_it_is_replaced(mirror):
    files = [package("first", day=0), package("second", changed=(0,), day=1), package("copy", day=9)]
    flagged = {digest("first-1.0-py3-none-any.whl")}
    mirror.night(*files)
    assert "first-1.0-py3-none-any.whl" == mirror.bases("relative")["copy-1.0-py3-none-any.whl"]
    mirror.night(flagged=flagged)
    assert "second-1.0-py3-none-any.whl" == mirror.bases("relative")["copy-1.0-py3-none-any.whl"]


def test_a_relative_that_leaves_the_mirror_is_given_up(mirror):
    mirror.night(package("popular", day=0), package("copy", day=9))
    mirror.remove("popular-1.0-py3-none-any.whl")
    mirror.night()
    assert {} == mirror.bases("relative")
