from change_builders import change, member, table, wheel

from features.contract import FileType, Role
from jobs.changes.pairs import Pairs
from jobs.changes.parts.changed_members import MOST_CHANGED, MOST_GONE, member_weights


def test_a_changed_member_tells_what_is_new_in_it():
    base = wheel("1.0", member("a.py", "x", exec_call=2, os_system=1, tokens=(1, 2)), member("b.py", tokens=(9,)))
    new = wheel(
        "1.1", member("a.py", "y", Role.IMPORT, size=7, exec_call=3, os_system=1, tokens=(2, 3, 9)), member("b.py")
    )
    assert [
        {
            "path": "a.py",
            "change": "changed",
            "role": "import",
            "file_type": "python",
            "size": 7,
            "base_size": 1_000,
            "new_marks": [{"id": "exec_call", "count": 1}],
            "marks": ["exec_call", "os_system"],
            "new_tokens": [3, 9],
        }
    ] == change(base, new)["changed_members"]


def test_of_a_new_member_everything_is_new():
    made = change(wheel("1.0"), wheel("1.1", member("x.pth", "", Role.INSTALL, FileType.PTH, 9, (4,), exec_call=1)))
    listed = made["changed_members"][0]
    assert ("new", 0, [{"id": "exec_call", "count": 1}], [4]) == tuple(
        listed[name] for name in ("change", "base_size", "new_marks", "new_tokens")
    )


def test_the_heaviest_come_first_and_decoys_do_not_push_them_out():
    decoys = [member(f"d{number:03}.py", exec_call=1) for number in range(2 * MOST_CHANGED)]
    made = change(wheel("1.0"), wheel("1.1", *decoys, member("zz.py", finding_decode_then_execute=1)))
    listed = made["changed_members"]
    assert (MOST_CHANGED, "zz.py") == (len(listed), listed[0]["path"])
    assert 2 * MOST_CHANGED + 1 == made["change_members_new"]


def test_the_same_marks_weigh_more_the_earlier_they_run():
    new = [member(str(role), role=role, exec_call=1) for role in (Role.INSTALL, Role.IMPORT, Role.REST)]
    weights = member_weights(Pairs(table(wheel("1.1", *new)), table(wheel("1.0")), ["release"]).members)
    assert weights[0] > weights[1] > weights[2] > 0


def test_gone_members_are_listed_with_their_own_paths():
    made = change(wheel("1.0", member("demo-1.0.dist-info/X"), member("a.py")), wheel("1.1", member("b.py")))
    assert ["a.py", "demo-1.0.dist-info/X"] == sorted(made["gone_members"])
    many = change(wheel("1.0", *(member(f"{number}.py") for number in range(200))), wheel("1.1"))
    assert (MOST_GONE, 200) == (len(many["gone_members"]), many["change_members_gone"])
