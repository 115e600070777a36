"""Selects the evidence that a person sees: the places of greatest weight, few of each kind."""

import heapq
from collections import Counter
from collections.abc import Iterable

from features.contract import Evidence

SAME_PLACE = 0.1
"""Factor of a place's weight for each place already selected with the same indicator and text ..."""
SAME_MEMBER = 0.8
"""... for each one in the same member ..."""
SAME_INDICATOR = 0.75
"""... for each one with the same indicator ..."""
SAME_ROLE = 0.9
"""... and for each one that runs at the same time."""
MOST_ALIKE = 3
"""Most places with the same indicator and text; SAME_PLACE ranks even these behind others."""


def select_diverse_evidence(places: Iterable[Evidence], number: int) -> tuple[Evidence, ...]:
    """Return up to `number` distinct places, the most important first; the order of the input does not matter.

    The first is the heaviest. Each selected place lowers the weight of similar ones, so that any number of decoy lines
    of any weight leaves room for places in other members, of other roles and with other indicators. This is greedy
    selection by marginal relevance (Carbonell and Goldstein, SIGIR 1998).
    """
    shown: list[Evidence] = []
    same_content: Counter[tuple[str, str]] = Counter()
    members: Counter[str] = Counter()
    indicators: Counter[str] = Counter()
    roles: Counter[str] = Counter()
    # Weights only fall, so a place that is still first after its weight is updated is the next.
    heap = [(-place.weight, _order(place), place) for place in set(places)]
    heapq.heapify(heap)
    while heap and len(shown) < number:
        before, order, place = heap[0]
        indicator, member, _, role, excerpt = order
        content = (indicator, excerpt)
        weight = place.weight * SAME_PLACE ** same_content[content] * SAME_MEMBER ** members[member]
        weight = weight * SAME_INDICATOR ** indicators[indicator] * SAME_ROLE ** roles[role]
        if -weight > before:
            heapq.heapreplace(heap, (-weight, order, place))
            continue
        heapq.heappop(heap)
        if same_content[content] == MOST_ALIKE:
            continue
        shown.append(place)
        same_content[content] += 1
        members[member] += 1
        indicators[indicator] += 1
        roles[role] += 1
    return tuple(shown)


def _order(place: Evidence) -> tuple[str, str, int, str, str]:
    return (place.indicator, place.member, place.line, place.role, place.excerpt)
