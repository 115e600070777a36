"""Scans one text for indicators and their clusters, and decides whether it needs a syntax analysis."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from features.text.indicator_file import Category
from features.text.indicator_hits import Hit, excerpt, lines_of, scan
from features.text.indicators import INDICATORS, POSITIONS

STRONG = 5
"""Weight from which an indicator is rarely harmless."""
INTERESTING = 3
"""Weight from which a single indicator makes a text interesting."""
DESERVING = 6
"""Total weight of two or more indicators from which even a long text deserves a syntax analysis."""
NEAR = 30
"""Lines within which indicators count as one cluster."""
KEPT = 64
"""Places that are kept of one text."""

_WEIGHTS = tuple(indicator.weight for indicator in INDICATORS)
_CATEGORIES = tuple(indicator.category for indicator in INDICATORS)
_HIDING = (Category.ENCODING, Category.OBFUSCATION)
_EXECUTES = POSITIONS["exec_call"]
_UNUSUAL = frozenset(
    POSITIONS[indicator]
    for indicator in (
        "rare_process", "object_by_name", "named_executor", "unsafe_loading", "reduce_execution", "replaced_bytecode",
        "acting_decorator", "unusual_importer", "python_api_call", "database_extension", "run_by_tool",
        "embedded_interpreter", "expression_code", "rare_network", "address_read", "hook_variable", "pip_inside",
        "code_object", "ctypes_library", "interactive_console", "atexit_hook",
    )
)  # fmt: skip


class IndicatorPlace(NamedTuple):
    """A hit that may become evidence; `near` counts the categories within NEAR lines of it, including its own."""

    indicator: int
    line: int
    excerpt: str
    near: int


@dataclass(frozen=True, slots=True)
class TextScan:
    """The result of the indicator pass over one text; it depends on the bytes of the text alone.

    `counts` are (position in INDICATORS, hits), ascending. `weight` is the sum of the weights of its distinct
    indicators; `cluster_weight` is the greatest such sum within NEAR lines. `places` are the heaviest hits, in source
    order; `lines` are all lines with hits, distinct and ascending.
    """

    size: int
    counts: tuple[tuple[int, int], ...] = ()
    weight: int = 0
    cluster_weight: int = 0
    places: tuple[IndicatorPlace, ...] = ()
    lines: tuple[int, ...] = ()
    categories: frozenset[Category] = field(default=frozenset(), init=False)
    """Categories of its indicators."""
    strong: int = field(default=0, init=False)
    """Number of distinct indicators of at least STRONG."""
    interesting: bool = field(default=False, init=False)
    """True if a short text of any role needs a syntax analysis."""
    deserving: bool = field(default=False, init=False)
    """True if a long text needs a syntax analysis: one name is weak evidence, two together may be an act."""
    unusual: bool = field(default=False, init=False)
    """True if it names a way to execute, load or connect that is rare, and so enough by itself in an import file."""

    def __post_init__(self) -> None:
        # Computed once, because the cached result is read for every release that contains the text.
        if not self.counts:
            return
        positions = [position for position, _ in self.counts]
        categories = frozenset([_CATEGORIES[position] for position in positions])
        # Executing text and network use together: a loader that is split into two functions has no heavier indicator.
        fetches = _EXECUTES in positions and Category.NETWORK in categories
        weights = [_WEIGHTS[position] for position in positions if _CATEGORIES[position] is not Category.LURE]
        values = {
            "categories": categories,
            "strong": sum([_WEIGHTS[position] >= STRONG for position in positions]),
            "interesting": fetches
            or any(
                _WEIGHTS[position] >= INTERESTING or (_WEIGHTS[position] >= 2 and _CATEGORIES[position] in _HIDING)
                for position in positions
            ),
            "deserving": fetches or (len(weights) > 1 and sum(weights) >= DESERVING),
            "unusual": not _UNUSUAL.isdisjoint(positions),
        }
        for name, value in values.items():
            object.__setattr__(self, name, value)


def scan_text(data: bytes) -> TextScan:
    """Return the result of the indicator pass over UTF-8 text."""
    hits = scan(data)
    if not hits:
        return TextScan(len(data))
    counts = Counter(hit.indicator for hit in hits)
    weight = sum(_WEIGHTS[position] for position in counts)
    lines = lines_of(data, (hit.end - 1 for hit in hits))
    distinct = tuple(sorted(set(lines)))
    if max(_WEIGHTS[position] for position in counts) < 2 and weight < 4:
        return TextScan(len(data), tuple(sorted(counts.items())), weight, weight, lines=distinct)
    cluster_weight, near = _find_clusters(hits, lines)
    places = _heaviest_places(data, hits, lines, near)
    return TextScan(len(data), tuple(sorted(counts.items())), weight, cluster_weight, places, distinct)


def _find_clusters(hits: Sequence[Hit], lines: Sequence[int]) -> tuple[int, list[int]]:
    """Return the greatest weight within NEAR lines, and for each hit the number of categories around it."""
    inside: Counter[int] = Counter()
    around: Counter[Category] = Counter()
    near: list[int] = []
    weight = cluster_weight = 0
    begin = end = 0
    for line in lines:
        while end < len(hits) and lines[end] <= line + NEAR:
            position = hits[end].indicator
            inside[position] += 1
            around[_CATEGORIES[position]] += 1
            weight += _WEIGHTS[position] if inside[position] == 1 else 0
            end += 1
        while lines[begin] < line - NEAR:
            position = hits[begin].indicator
            inside[position] -= 1
            around[_CATEGORIES[position]] -= 1
            weight -= _WEIGHTS[position] if inside[position] == 0 else 0
            begin += 1
        cluster_weight = max(cluster_weight, weight)
        near.append(sum(1 for count in around.values() if count > 0))
    return cluster_weight, near


def _heaviest_places(
    data: bytes, hits: Sequence[Hit], lines: Sequence[int], near: Sequence[int]
) -> tuple[IndicatorPlace, ...]:
    seen: set[tuple[int, int]] = set()
    order = sorted(range(len(hits)), key=lambda at: (-_WEIGHTS[hits[at].indicator] * (1 + near[at]), at))
    chosen: list[int] = []
    for at in order:
        key = (hits[at].indicator, lines[at])
        if key not in seen and len(chosen) < KEPT:
            seen.add(key)
            chosen.append(at)
    return tuple(
        IndicatorPlace(hits[at].indicator, lines[at], excerpt(data, hits[at].start, hits[at].end), near[at])
        for at in sorted(chosen)
    )
