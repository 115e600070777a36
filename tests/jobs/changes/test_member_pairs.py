import numpy as np
from change_builders import member, table, wheel
from hypothesis import given
from hypothesis import strategies as st

from features.contract import FileType, Role
from jobs.changes.pairs import Pairs

NAMES = st.sampled_from(["a.py", "b.py", "c.py", "d/e.py"])
MEMBERS = st.dictionaries(NAMES, st.sampled_from(["x", "y", "z"]), max_size=4)


def compared(base, new, kind="release", **details):
    """Return {path: state} of the members of the new release, and the paths that are gone."""
    pairs = Pairs(table(wheel("1.1", *new)), table(wheel("1.0", *base, **details)), [kind])
    members = pairs.members
    states = np.where(members.kept, "kept", np.where(members.changed, "changed", "new")).tolist()
    gone = members.base.paths.filter(members.gone).to_pylist()
    return dict(zip(members.row.paths.to_pylist(), states, strict=True)), gone


def test_members_are_kept_changed_new_or_gone():
    base = [member("a.py"), member("b.py"), member("c.py")]
    new = [member("a.py"), member("b.py", "other"), member("d.py")]
    assert ({"a.py": "kept", "b.py": "changed", "d.py": "new"}, ["c.py"]) == compared(base, new)


def test_a_member_that_moved_is_kept_and_not_gone():
    assert ({"lib/b.py": "kept"}, []) == compared([member("b.py", "x")], [member("lib/b.py", "x")])


def test_content_that_moves_to_where_it_runs_earlier_is_new():
    base = [member("docs/notes.py", "x", Role.REST)]
    assert ({"demo/__init__.py": "new"}, []) == compared(base, [member("demo/__init__.py", "x", Role.IMPORT)])


def test_content_that_moves_to_where_it_runs_later_is_kept():
    base = [member("demo/__init__.py", "x", Role.IMPORT)]
    assert {"tests/old.py": "kept"} == compared(base, [member("tests/old.py", "x", Role.REST)])[0]


def test_a_forged_digest_does_not_hide_a_member_of_another_size_or_with_other_marks():
    assert {"a.py": "changed"} == compared([member("a.py", "x")], [member("a.py", "x", size=2_000)])[0]
    assert {"a.py": "changed"} == compared([member("a.py", "x")], [member("a.py", "x", exec_decoded=1)])[0]


def test_marks_of_the_path_alone_do_not_make_a_member_differ():
    base = [member("a.py", "x", exec_call=1)]
    assert {"tests/a.py": "kept"} == compared(base, [member("tests/a.py", "x", exec_call=1, auxiliary_path=1)])[0]


def test_of_a_base_that_lists_only_a_part_what_runs_late_and_shows_nothing_counts_as_kept():
    new = [member("data/1.txt"), member("demo/__init__.py", role=Role.IMPORT), member("demo/x.py", exec_call=1)]
    states, _ = compared([member("a.py")], new, limits=("listed_members",))
    assert {"data/1.txt": "kept", "demo/__init__.py": "new", "demo/x.py": "new"} == states


def test_members_of_a_relative_are_compared_below_the_folder_of_the_package():
    base, new = [member("requests/api.py", "x")], [member("reqeusts/api.py", "y")]
    assert {"reqeusts/api.py": "changed"} == compared(base, new, kind="relative")[0]
    assert {"reqeusts/api.py": "new"} == compared(base, new)[0]


def test_pairs_of_one_table_do_not_mix():
    rows = table(wheel("1.1", member("a.py", "x")), wheel("2.1", member("a.py", "y")))
    bases = table(wheel("1.0", member("a.py", "y")), wheel("2.0", member("a.py", "y")))
    members = Pairs(rows, bases, ["release", "release"]).members
    assert [False, True] == members.kept.tolist()


def test_excess_of_marks_is_against_the_member_of_the_same_path_or_content():
    base = [member("a.py", "x", exec_call=2), member("b.py", "y", os_system=1)]
    new = [member("a.py", "z", exec_call=3, os_system=1), member("moved.py", "y", os_system=1)]
    members = Pairs(table(wheel("1.1", *new)), table(wheel("1.0", *base)), ["release"]).members
    names = members.mark_names.take(members.row_marks.ids).to_pylist()
    assert [("exec_call", 1), ("os_system", 1), ("os_system", 0)] == list(
        zip(names, members.more.tolist(), strict=True)
    )
    assert members.weights[0] > members.weights[1] == 0


def test_sizes_roles_and_types_are_read():
    base = [member("a.py", "x", size=10)]
    new = [member("a.py", "y", Role.INSTALL, FileType.PTH, size=30)]
    members = Pairs(table(wheel("1.1", *new)), table(wheel("1.0", *base)), ["release"]).members
    assert ([30], [10]) == (members.row.sizes.tolist(), members.base_sizes.tolist())
    assert ([0], [1]) == (members.row.roles.tolist(), members.row.types.tolist())


def test_artifacts_without_members_compare():
    assert ({}, []) == compared([], [])
    assert ({}, ["a.py"]) == compared([member("a.py")], [])


@given(MEMBERS, MEMBERS)
def test_every_member_of_the_row_has_one_state(old, new):
    states, gone = compared(
        [member(path, content) for path, content in old.items()], [member(*each) for each in new.items()]
    )
    contents = set(old.values())
    expected = {
        path: "kept" if content in contents else "changed" if path in old else "new" for path, content in new.items()
    }
    assert expected == states
    assert sorted(path for path in old if path not in new and old[path] not in new.values()) == sorted(gone)
