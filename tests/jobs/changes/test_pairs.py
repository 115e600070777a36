from change_builders import member, sdist, table, wheel

from jobs.changes.contract import BaseKind
from jobs.changes.pairs import Pairs

PAIRS = Pairs(
    table(wheel("1.1", member("a.py")), sdist("1.1", limits=("listed_members",))),
    table(wheel("1.0", member("b.py"), limits=("listed_members", "seconds")), wheel("1.0")),
    ["release", "sibling"],
)


def test_facts_of_a_pair_are_told_for_all_rows_at_once():
    assert 2 == len(PAIRS)
    assert [True, False] == PAIRS.same_kind.tolist()
    assert [False, True] == PAIRS.cut.tolist()
    assert [True, False] == PAIRS.base_cut.tolist()
    assert [False, True] == PAIRS.is_base(BaseKind.SIBLING).tolist()


def test_columns_of_both_sides_are_read_together():
    assert [["wheel", "sdist"], ["wheel", "wheel"]] == [side.to_pylist() for side in PAIRS.text("kind")]
    assert [[0], [0]] == [items.rows.tolist() for items in PAIRS.items("members")]
