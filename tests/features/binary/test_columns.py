"""The columns over binaries."""

from features.binary.columns import COLUMNS, EMPTY_VALUES


def test_columns_are_distinct_and_belong_to_the_binary_group():
    names = [column.name for column in COLUMNS]
    assert len(names) == len(set(names))
    assert all(name.startswith("binary_") for name in names)
    assert all(column.meaning and not column.meaning.endswith(".") for column in COLUMNS)


def test_a_release_without_binaries_has_zeros_and_no_smallest_file():
    assert list(EMPTY_VALUES) == [column.name for column in COLUMNS]
    assert EMPTY_VALUES["binary_native"] == 0
    assert EMPTY_VALUES["binary_least_bytes"] is None
    assert set(EMPTY_VALUES.values()) == {0, None}
