"""Lists the ways in which a module's source is obfuscated, and applies several of them in turn."""

from collections.abc import Callable
from dataclasses import dataclass
from random import Random

from jobs.corpus.variants import expression_hiding, rewriting, wrapping
from jobs.corpus.variants.python_source import SOURCE_ERRORS, parse


@dataclass(frozen=True, slots=True)
class Obfuscation:
    """One way; a wrapper hides the whole source and takes any bytes, a rewriter needs Python 3."""

    name: str
    is_wrapper: bool
    apply: Callable[[bytes, Random], bytes]


OBFUSCATIONS = (
    Obfuscation("base64", True, wrapping.wrap_base64),
    Obfuscation("hex", True, wrapping.wrap_hex),
    Obfuscation("packed", True, wrapping.wrap_packed),
    Obfuscation("xor", True, wrapping.wrap_xor),
    Obfuscation("reversed", True, wrapping.wrap_reversed),
    Obfuscation("numbers", True, wrapping.wrap_numbers),
    Obfuscation("pieces", True, wrapping.wrap_pieces),
    Obfuscation("rot13", True, wrapping.wrap_rot13),
    Obfuscation("strings", False, expression_hiding.hide_strings),
    Obfuscation("aliases", False, expression_hiding.alias_calls),
    Obfuscation("rename", False, rewriting.rename_locals),
    Obfuscation("junk", False, rewriting.add_dead_code),
    Obfuscation("stuffing", False, rewriting.stuff_lines),
    Obfuscation("aside", False, rewriting.push_aside),
)
"""All obfuscations; recipes in lists contain these names."""

BY_NAME = {obfuscation.name: obfuscation for obfuscation in OBFUSCATIONS}
WRAPPERS = tuple(obfuscation.name for obfuscation in OBFUSCATIONS if obfuscation.is_wrapper)
REWRITERS = tuple(obfuscation.name for obfuscation in OBFUSCATIONS if not obfuscation.is_wrapper)

_MAX_REWRITTEN_BYTES = 400_000
"""Bytes of source that a rewriter takes; longer source is wrapped."""


def obfuscate(source: bytes, names: str, rng: Random) -> bytes:
    """Apply the obfuscations of `names`, joined by "+", in turn; the result is valid Python 3.

    Source that an obfuscation cannot take (it is not Python 3, or too large to rewrite) is wrapped in base64 instead.
    """
    for name in names.split("+"):
        obfuscation = BY_NAME[name]
        try:
            if not obfuscation.is_wrapper and len(source) > _MAX_REWRITTEN_BYTES:
                raise ValueError(name)
            result = obfuscation.apply(source, rng)
            parse(result)
        except SOURCE_ERRORS:
            result = wrapping.wrap_base64(source, rng)
        source = result
    return source


def choose_obfuscations(rng: Random, depth: int) -> str:
    """Return `depth` names joined by "+": rewriters first, because wrapped source leaves nothing to rewrite."""
    if depth == 1:
        return rng.choice((*WRAPPERS, *REWRITERS[:3]))
    wrapper_count = rng.randrange(0, min(depth, 2) + 1)
    rewriters = rng.sample(REWRITERS, depth - wrapper_count)
    return "+".join([*rewriters, *(rng.choice(WRAPPERS) for _ in range(wrapper_count))])
