"""The columns over letters."""

from features.text.columns import COLUMNS


def test_columns_are_distinct_and_belong_to_the_text_group() -> None:
    names = [column.name for column in COLUMNS]
    assert len(names) == len(set(names))
    assert all(name.startswith("text_") for name in names)


def test_every_meaning_names_its_scope() -> None:
    meanings = {column.name: column.meaning for column in COLUMNS}
    assert meanings["text_names"] == "the number of distinct identifiers in its code"
    assert meanings["text_install_names"] == "the number of distinct identifiers in its install code"
    assert not [name for name, meaning in meanings.items() if "{" in meaning or meaning.endswith(".")]
