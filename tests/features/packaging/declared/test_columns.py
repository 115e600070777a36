"""The columns over declared metadata."""

from features.packaging.declared.columns import COLUMNS


def test_columns_are_distinct_and_belong_to_the_metadata_group() -> None:
    names = [column.name for column in COLUMNS]
    assert len(names) == len(set(names))
    assert all(name.startswith("metadata_") for name in names)


def test_every_meaning_completes_a_sentence() -> None:
    for column in COLUMNS:
        assert len(column.meaning.split()) >= 3, column.name
        assert column.meaning[0].islower() or column.meaning.startswith("e-mail"), column.name
        assert not column.meaning.endswith("."), column.name
