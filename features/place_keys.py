"""Identifies a place by what stands there, so that it is found again in another release."""

import heapq
from collections.abc import Iterable

from xxhash import xxh3_64_intdigest

from features.contract import Evidence

EXCERPT_CHARS = 200
"""Characters of an excerpt, with the sign that it was cut."""
MOST_KEYS = 1_024
"""Keys of places that a row keeps."""


def bounded_excerpt(excerpt: str) -> str:
    """Return an excerpt as the feature table keeps it, cut to EXCERPT_CHARS."""
    return excerpt if len(excerpt) <= EXCERPT_CHARS else excerpt[: EXCERPT_CHARS - 1] + "…"


def place_key(indicator: str, excerpt: str) -> int:
    """Return the key (64 bits) of a place: its indicator and its excerpt without white space, wherever it stands."""
    text = f"{indicator}\0{''.join(bounded_excerpt(excerpt).split())}"
    return xxh3_64_intdigest(text.encode("utf-8", "surrogatepass"))


def key_places(places: Iterable[tuple[float, str, str]]) -> list[tuple[float, int]]:
    """Return (weight, key) of the heaviest distinct (weight, indicator, excerpt), at most MOST_KEYS, these first."""
    heaviest: dict[tuple[str, str], float] = {}
    for weight, indicator, excerpt in places:
        place = indicator, excerpt
        if weight > heaviest.get(place, 0.0):
            heaviest[place] = weight
    chosen = heapq.nsmallest(MOST_KEYS, heaviest.items(), key=lambda found: (-found[1], found[0]))
    return [(weight, place_key(*place)) for place, weight in chosen]


def key_evidence(evidence: Iterable[Evidence]) -> list[tuple[float, int]]:
    """Return (weight, key) of pieces of evidence, as `key_places` does."""
    return key_places((place.weight, place.indicator, place.excerpt) for place in evidence)
