import pytest

from features.contract import Mark
from features.marks import MARK_IDS, MARK_WEIGHTS, MOST_MARKS, PATH_MARKS, heaviest_marks, mark_weight


@pytest.mark.parametrize(
    "mark",
    ["exec_decoded", "finding_unpacked_code", "call_execute_code", "run_network_send", "unpacked_credential",
     "folded_execution", "pickle_execution", "auxiliary_path", "known_code"],
)  # fmt: skip
def test_every_kind_of_mark_has_its_weight(mark):
    assert mark in MARK_IDS
    assert (mark in PATH_MARKS) == (mark_weight(mark) == 0)


def test_weights_are_on_one_scale():
    assert all(10 >= weight >= 0 for weight in MARK_WEIGHTS.values())
    assert mark_weight("run_execute_code") > mark_weight("call_execute_code") > mark_weight("call_build_text")
    assert 3 == mark_weight("an_id_of_another_group")


def test_the_heaviest_marks_come_first_and_are_bounded():
    marks = heaviest_marks({"eval_call": 3, "auxiliary_path": 1, "exec_decoded": 1}, "a.py")
    assert (Mark("exec_decoded", 1), Mark("eval_call", 3), Mark("auxiliary_path", 1)) == marks
    assert MOST_MARKS == len(heaviest_marks(dict.fromkeys(MARK_IDS, 1), "a.py"))


def test_a_place_among_tests_is_a_mark():
    assert (Mark("eval_call", 1), Mark("auxiliary_path", 1)) == heaviest_marks({"eval_call": 1}, "tests/a.py")


def test_the_ids_stand_in_the_order_of_their_marks():
    assert tuple(mark.id for mark in heaviest_marks(dict.fromkeys(MARK_IDS, 1), "a.py")) == MARK_IDS[:MOST_MARKS]
