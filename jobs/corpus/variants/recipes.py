"""The ways in which one module's source is obfuscated, and several of them one after the other."""

from collections.abc import Callable
from dataclasses import dataclass

from jobs.corpus.variants import rewriting, wrapping
from jobs.corpus.variants.rewriting import FAULTS, parse
from jobs.corpus.variants.wrapping import Numbers


@dataclass(frozen=True, slots=True)
class SourceRecipe:
    """One way; `wraps` says that it takes any source, and hides all of it."""

    name: str
    wraps: bool
    apply: Callable[[bytes, Numbers], bytes]


RECIPES = (
    SourceRecipe("base64", True, wrapping.wrap_base64),
    SourceRecipe("hex", True, wrapping.wrap_hex),
    SourceRecipe("packed", True, wrapping.wrap_packed),
    SourceRecipe("xor", True, wrapping.wrap_xor),
    SourceRecipe("reversed", True, wrapping.wrap_reversed),
    SourceRecipe("numbers", True, wrapping.wrap_numbers),
    SourceRecipe("pieces", True, wrapping.wrap_pieces),
    SourceRecipe("rot13", True, wrapping.wrap_rot13),
    SourceRecipe("strings", False, rewriting.hide_strings),
    SourceRecipe("aliases", False, rewriting.alias_calls),
    SourceRecipe("rename", False, rewriting.rename_locals),
    SourceRecipe("junk", False, rewriting.add_junk),
    SourceRecipe("stuffing", False, rewriting.stuff_lines),
    SourceRecipe("aside", False, rewriting.push_aside),
)
"""All of them; a name on disk, in lists, is a name here."""

BY_NAME = {recipe.name: recipe for recipe in RECIPES}
WRAPPING = tuple(recipe.name for recipe in RECIPES if recipe.wraps)
REWRITING = tuple(recipe.name for recipe in RECIPES if not recipe.wraps)

_MOST_REWRITTEN = 400_000
"""Bytes of source that are rewritten; longer source is only wrapped."""


def obfuscate(source: bytes, names: str, numbers: Numbers) -> bytes:
    """Apply recipes, joined by "+", one after the other; the result is valid Python 3.

    Source that a rewriting cannot take (it is no Python 3, or it is too large) is wrapped instead.
    """
    for name in names.split("+"):
        recipe = BY_NAME[name]
        try:
            if not recipe.wraps and len(source) > _MOST_REWRITTEN:
                raise ValueError(name)
            made = recipe.apply(source, numbers)
            parse(made)
        except FAULTS:
            made = wrapping.wrap_base64(source, numbers)
        source = made
    return source


def choose_recipe(numbers: Numbers, depth: int) -> str:
    """Return `depth` recipes joined by "+": rewritings first, because what is wrapped shows nothing to rewrite."""
    if depth == 1:
        return numbers.choice((*WRAPPING, *REWRITING[:3]))
    wraps = numbers.randrange(0, min(depth, 2) + 1)
    return "+".join([*numbers.sample(REWRITING, depth - wraps), *(numbers.choice(WRAPPING) for _ in range(wraps))])
