"""The columns over known code."""

from features.reference.code_reuse_columns import COLUMNS


def test_columns_are_distinct_and_belong_to_the_known_group() -> None:
    names = [column.name for column in COLUMNS]
    assert len(names) == len(set(names))
    assert all(name.startswith("known_") for name in names)
    assert all(column.meaning and not column.meaning.endswith(".") for column in COLUMNS)
