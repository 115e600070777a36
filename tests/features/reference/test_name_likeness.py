"""A project's name compared with popular ones."""

import pytest

from features.reference.name_changes import NameChange
from features.reference.name_likeness import COLUMNS, name_figures, rank_bits


@pytest.mark.parametrize(
    ("rank", "expected"), [(None, None), (0, 0), (1, 1), (2, 1), (3, 2), (6, 2), (7, 3), (14, 3), (15, 4)]
)
def test_ranks_are_logarithmic(rank: int | None, expected: int | None) -> None:
    assert rank_bits(rank) == expected


def test_every_column_has_a_value_and_every_way_a_column() -> None:
    nouns = {column.name.removeprefix("text_name_") for column in COLUMNS}
    assert set(name_figures("sheep-meadow")) == nouns
    assert {way.value for way in NameChange} <= nouns


def test_a_popular_name_is_not_an_imitation_of_itself() -> None:
    figures = name_figures("requests")
    assert (figures["popular"], figures["slip"], figures["slip_rank"]) == (True, False, None)


def test_a_typo_of_a_well_known_name_shows() -> None:
    figures = name_figures("reqeusts")
    assert (figures["popular"], figures["transposition"], figures["slip"], figures["slip_known"]) == (
        False, True, True, True,
    )  # fmt: skip
    assert figures["slip_rank"] == figures["imitated_rank"] == name_figures("requests")["popular_rank"]


def test_an_honest_name_resembles_nothing() -> None:
    figures = name_figures("sheep-meadow")
    assert (figures["imitations"], figures["imitated_rank"], figures["slip"]) == (0, None, False)
