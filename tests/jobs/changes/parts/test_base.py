import pytest
from change_builders import change, member, sdist, wheel

from features.contract import FileType, Status


@pytest.mark.parametrize("kind", ["release", "sibling", "relative"])
def test_the_kind_of_the_base_is_told(kind):
    made = change(sdist("1.0"), wheel("1.1"), kind)
    assert [kind] == [each for each in ("release", "sibling", "relative") if made[f"change_base_{each}"]]


def test_what_was_read_in_part_is_told_of_both_sides():
    made = change(sdist("1.0", status=Status.PARTIAL), sdist("1.1"))
    assert (False, True) == (made["change_partial"], made["change_base_partial"])
    made = change(sdist("1.0"), sdist("1.1", status=Status.PARTIAL))
    assert (True, False) == (made["change_partial"], made["change_base_partial"])


def test_lists_that_were_cut_are_told_of_both_sides():
    made = change(sdist("1.0", limits=("listed_members",)), sdist("1.1"))
    assert (False, True) == (made["change_cut"], made["change_base_cut"])


def test_modules_that_only_the_wheel_has_are_counted_from_either_side():
    source = sdist("1.0", member("demo-1.0/src/demo/a.py", "x"), member("demo-1.0/tests/t.py"))
    built = wheel("1.0", member("demo/a.py", "y"), member("demo/b.py"), member("demo/x.so", file_type=FileType.NATIVE))
    names = ("change_wheel_only", "change_wheel_other", "change_sdist_only")
    assert (2, 1, 1) == tuple(change(source, built, "sibling")[name] for name in names)
    assert (2, 1, 1) == tuple(change(built, source, "sibling")[name] for name in names)


def test_of_two_releases_nothing_is_said_about_wheel_and_sdist():
    assert change(sdist("1.0"), wheel("1.1"))["change_wheel_only"] is None
    assert change(wheel("1.0"), wheel("1.0"), "sibling")["change_wheel_only"] is None
