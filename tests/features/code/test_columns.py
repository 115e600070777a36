"""The columns of the code group."""

from features.code.columns import CODE_SECTIONS, COLUMNS, TEXT_SECTIONS
from features.contract import Role
from features.text.indicators import INDICATORS

MEANINGS = {column.name: column.meaning for column in COLUMNS}


def test_columns_are_distinct_and_belong_to_the_code_group() -> None:
    assert len(MEANINGS) == len(COLUMNS)
    assert all(name.startswith("code_") for name in MEANINGS)


def test_every_meaning_is_filled_in_and_completes_a_sentence() -> None:
    assert not [name for name, meaning in MEANINGS.items() if "{" in meaning or meaning.endswith(".")]
    assert not [name for name, meaning in MEANINGS.items() if len(meaning.split()) < 3]


def test_sections_are_the_roles_and_two_of_text() -> None:
    assert [section.name for section in CODE_SECTIONS] == [role.value for role in Role]
    assert [section.name for section in TEXT_SECTIONS] == ["text", "prose"]


def test_every_indicator_has_a_column_in_each_section_of_code() -> None:
    for section in CODE_SECTIONS:
        assert {f"code_{section.name}_{indicator.id}" for indicator in INDICATORS} <= set(MEANINGS)


def test_a_meaning_says_where_and_when() -> None:
    assert MEANINGS["code_install_weight_per_kb"] == "the density of high-severity patterns in its install code"
    assert MEANINGS["code_import_run_execute_process"] == "code that starts another program on import"
    assert MEANINGS["code_prose_files"] == "the number of files in documentation and metadata"
