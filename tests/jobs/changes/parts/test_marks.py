from change_builders import change, member, wheel

from features.contract import Role

BASE = wheel("1.0", member("a.py", "1", exec_call=1), member("b.py", "2", os_system=1))


def test_a_mark_that_the_base_shows_nowhere_is_new():
    made = change(BASE, wheel("1.1", member("a.py", "3", exec_call=1, finding_decode_then_execute=2)))
    assert (1, 9.0, 9.0, 1) == tuple(made[f"change_marks_new{of}"] for of in ("", "_weight", "_greatest", "_heavy"))


def test_a_mark_that_moves_to_another_file_is_not_new():
    made = change(BASE, wheel("1.1", member("renamed.py", "3", exec_call=1, os_system=2)))
    assert (0, 2) == (made["change_marks_new"], made["change_marks_more"])


def test_a_mark_is_new_at_a_time_at_which_the_base_did_not_show_it():
    made = change(BASE, wheel("1.1", member("setup.py", "3", Role.INSTALL, exec_call=1)))
    assert (0, 1, 0, 0) == tuple(made[f"change_marks_{of}"] for of in ("new", "install", "import", "rest"))


def test_a_mark_counts_once_however_many_files_show_it():
    made = change(BASE, wheel("1.1", *(member(f"{name}.py", name, host_to_network=1) for name in "xyz")))
    assert (1, 3) == (made["change_marks_new"], made["change_members_marked"])


def test_marks_in_tests_and_in_known_code_count_apart():
    made = change(BASE, wheel("1.1", member("tests/t.py", shell_true=1, auxiliary_path=1)))
    assert (1, 0) == (made["change_marks_new"] - 1, made["change_marks_foreign"])
    made = change(
        BASE, wheel("1.1", member("t.py", shell_true=1), member("tests/t.py", shell_true=1, auxiliary_path=1))
    )
    assert 1 == made["change_marks_foreign"]


def test_the_gravest_member_is_told():
    new = wheel("1.1", member("x.py", finding_decode_then_execute=1), member("y.py", exec_call=1))
    made = change(BASE, new)
    assert made["change_member_weight"] == made["change_member_new_weight"] == 9.0
    assert 1.0 > made["change_member_weight_share"] > 0.5
