from collections.abc import Callable

import numpy as np
import pyarrow as pa

from model.contract import FloorResult, Verdict
from model.members import Members
from model.reasons import (
    MAX_REASONS,
    REASON_TYPE,
    Reason,
    column_reasons,
    floor_reasons,
    mark_names,
    member_words,
    reasons_array,
    strongest,
)
from model.words import UNNAMED


def reason(contribution: float, column: str = "a", meaning: str = "x") -> Reason:
    return Reason(column, meaning, None, contribution)


def test_the_strongest_come_first_and_floors_before_them() -> None:
    act = FloorResult("stolen", "sends keys", Verdict.SUSPICIOUS, 0, 10, 0.1)
    listed = strongest([reason(0.5), reason(-1.0), reason(2.0), *floor_reasons([act], 0.0)])
    assert [("floor_stolen", 0.0), ("a", 2.0), ("a", 0.5)] == [(one.column, one.contribution) for one in listed]
    assert MAX_REASONS == len(strongest(reason(n + 1.0) for n in range(20)))


def test_words_that_cannot_be_shown_stand_only_alone() -> None:
    unnamed = reason(3.0, meaning=UNNAMED)
    assert [reason(0.5)] == strongest([unnamed, reason(0.5)])
    assert [unnamed] == strongest([unnamed])


def test_columns_that_lower_a_score_are_no_reasons() -> None:
    found = column_reasons(np.array([0.5, -2.0, 1.0]), np.array([3.0, 1.0, np.nan]), ["a", "b", "c"], "place {}".format)
    assert [Reason("c", "place 2", None, 1.0), Reason("a", "place 0", 3.0, 0.5)] == found


def test_a_member_is_named_by_what_it_is_and_does(read_members_of: Callable[..., Members]) -> None:
    members = read_members_of([{"os_system": 1, "finding_secrets_to_network": 1, "known_code": 1}], "pth", "install")
    names = mark_names(members, 0, ["finding_secrets_to_network", "known_code", "os_system", "setuid"])
    assert ["finding_secrets_to_network", "os_system"] == names
    words = member_words(members, 0, np.array([-0.5, 1.0]), names)
    assert words.endswith("; runs a shell command through os.system")
    assert words.startswith("start-up file that runs at install or at every start; sends passwords, cookies or keys")
    assert "native file" == member_words(read_members_of([{"os_system": 1}], "native", "rest"), 0, np.zeros(0), [])


def test_reasons_become_lists_of_structs() -> None:
    array = reasons_array([[reason(1.0)], [], [reason(2.0), reason(3.0)]])
    assert pa.list_(REASON_TYPE) == array.type
    assert [[1.0], [], [2.0, 3.0]] == [[one["contribution"] for one in row] for row in array.to_pylist()]
    assert [] == reasons_array([]).to_pylist()
