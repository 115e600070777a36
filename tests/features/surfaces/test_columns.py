from features.surfaces.columns import COLUMNS
from features.surfaces.kinds import SurfaceKind
from features.surfaces.rules import WEIGHTS


def test_every_kind_and_every_rule_has_a_column() -> None:
    names = {column.name.removeprefix("surfaces_") for column in COLUMNS}
    assert names == {*map(str, SurfaceKind), *WEIGHTS, "top_weight", "not_searched"}
    assert len(names) == len(COLUMNS)
