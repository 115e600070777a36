"""Turns the comparison of a project's name with popular ones into columns."""

import math
from collections.abc import Mapping

from features.contract import Column, Dtype, Scalar
from features.reference.name_changes import NameChange
from features.reference.popular_names import LONG, WELL_KNOWN, compare_name, popular_names
from features.runtime.cache import cached_text

_B, _I32 = Dtype.BOOL, Dtype.INT32

_COLUMNS: tuple[tuple[str, Dtype, str], ...] = (
    ("popular", _B, "whether it is a popular project itself"),
    ("popular_rank", _I32, "the popularity rank of the project itself"),
    ("imitated_rank", _I32, "the popularity rank of the project whose name its own resembles"),
    ("imitations", _I32, "the number of ways in which its name resembles a popular one"),
    ("insertion", _B, "a popular name with a letter added"),
    ("deletion", _B, "a popular name with a letter missing"),
    ("substitution", _B, "a popular name with a letter replaced"),
    ("transposition", _B, "a popular name with two letters swapped"),
    ("repeated", _B, "a popular name with a letter doubled or no longer doubled"),
    ("keyboard", _B, "a popular name with a letter replaced by its neighbour on the keyboard"),
    ("vowel", _B, "a popular name with a vowel replaced by another"),
    ("plural", _B, "a popular name in the plural or the singular"),
    ("lookalike", _B, "a name that looks like a popular one"),
    ("separator", _B, "a popular name with other separators"),
    ("order", _B, "a popular name with its words in another order"),
    ("affix", _B, "a popular name with a common word before or after it"),
    ("combined", _B, "a name that contains a popular one"),
    ("tail", _B, "a name that ends in a popular one"),
    ("pair", _B, "a name made of two popular ones"),
    ("part", _B, "a name that contains a misspelt popular name or brand"),
    ("distant", _B, "a well-known name with two letters changed"),
    ("slip", _B, "a typo or look-alike of a popular name"),
    ("slip_known", _B, "a typo or look-alike of a long and well-known name"),
    ("slip_rank", _I32, "the popularity rank of the project of whose name its own is a typo or look-alike"),
    ("family", _I32, "the number of popular names that begin with the same word"),
    ("family_end", _I32, "the number of popular names that end in the same word"),
)

COLUMNS: tuple[Column, ...] = tuple(Column(f"text_name_{noun}", dtype, meaning) for noun, dtype, meaning in _COLUMNS)


@cached_text("name_figures", size_of=lambda figures: 100 * len(figures))
def name_figures(name: str) -> Mapping[str, Scalar]:
    """Return the values of a project name, by noun; ranks are logarithmic (`rank_bits`)."""
    imitation = compare_name(name)
    slip = imitation.slip
    slip_rank = popular_names().ranks[slip] if slip else None
    values: dict[str, Scalar] = {
        "popular": imitation.popular_rank is not None,
        "popular_rank": rank_bits(imitation.popular_rank),
        "imitated_rank": rank_bits(imitation.target_rank),
        "imitations": len(imitation.changes),
        "slip": bool(slip),
        "slip_rank": rank_bits(slip_rank),
        "slip_known": slip_rank is not None and slip_rank < WELL_KNOWN and len(slip) >= LONG,
        "family": imitation.family,
        "family_end": imitation.family_end,
    }
    return values | {way.value: way in imitation.changes for way in NameChange}


def rank_bits(rank: int | None) -> int | None:
    """Return the integer binary logarithm of a rank from 1: 0 for rank 0, 1 for 1 and 2, 3 for 7 to 14."""
    return None if rank is None else int(math.log2(rank + 1))
