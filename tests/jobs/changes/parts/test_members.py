import pytest
from change_builders import change, member, wheel

from features.contract import FileType, Role

BASE = wheel("1.0", member("a.py"), member("b.py", size=100), member("old.txt", file_type=FileType.TEXT))
NEW = wheel(
    "1.1",
    member("a.py"),
    member("b.py", "other", Role.IMPORT, size=350),
    member("x.pth", role=Role.INSTALL, file_type=FileType.PTH, size=50),
)


@pytest.mark.parametrize(
    ("column", "expected"),
    [
        ("change_members", 3),
        ("change_members_new", 1),
        ("change_members_changed", 1),
        ("change_members_gone", 1),
        ("change_members_new_install", 1),
        ("change_members_new_pth", 1),
        ("change_members_new_python", 0),
        ("change_members_changed_import", 1),
        ("change_members_gone_text", 1),
        ("change_bytes_new", 50),
        ("change_growth_import", 250),
        ("change_growth_rest", 0),
    ],
)
def test_members_are_counted_by_role_and_type(column, expected):
    assert expected == change(BASE, NEW)[column]


def test_shares_are_of_the_members_of_either_side():
    made = change(BASE, NEW)
    shares = ("new", "changed", "kept", "gone")
    assert [pytest.approx(1 / 3)] * 4 == [made[f"change_members_{share}_share"] for share in shares]
    assert pytest.approx(50 / 1_400) == made["change_bytes_new_share"]


def test_a_release_that_renames_and_rewrites_every_file_has_only_new_ones():
    new = wheel("1.1", *(member(f"r/{name}.py", f"{name}2") for name in "ab"))
    made = change(wheel("1.0", member("a.py"), member("b.py")), new)
    assert (1.0, 1.0) == (made["change_members_new_share"], made["change_members_gone_share"])


def test_nothing_against_nothing_has_no_shares():
    assert 0.0 == change(wheel("1.0"), wheel("1.1"))["change_members_new_share"]
