"""Which places of many a person should see: the heaviest, and no more of a kind than it takes to say it."""

import heapq
from collections import Counter
from collections.abc import Iterable

from features.contract import Evidence

SAME_PLACE = 0.1
"""What is left of a place's weight for each one shown before that says the same: its indicator and its text ..."""
SAME_MEMBER = 0.8
"""... for each one in the same member ..."""
SAME_INDICATOR = 0.75
"""... for each one with the same indicator ..."""
SAME_ROLE = 0.9
"""... and for each one that runs at the same time."""
MOST_ALIKE = 3
"""Places that say the same, at most; SAME_PLACE puts even these behind what says something else."""


def select_diverse_evidence(places: Iterable[Evidence], number: int) -> tuple[Evidence, ...]:
    """Return up to `number` distinct places, the most telling first, in an order that does not depend on theirs.

    The first is the heaviest. Each one that is shown takes weight from those like it, so that lines made to be
    found, however many and however loud, leave room for what stands elsewhere, runs at another time or does
    something else.
    """
    shown: list[Evidence] = []
    same: Counter[tuple[str, str]] = Counter()
    members: Counter[str] = Counter()
    indicators: Counter[str] = Counter()
    roles: Counter[str] = Counter()
    # What a place weighs only falls, so one that is still ahead after weighing it again is the next.
    heap = [(-place.weight, _order(place), place) for place in set(places)]
    heapq.heapify(heap)
    while heap and len(shown) < number:
        before, order, place = heap[0]
        indicator, member, _, role, excerpt = order
        said = (indicator, excerpt)
        weight = place.weight * SAME_PLACE ** same[said] * SAME_MEMBER ** members[member]
        weight = weight * SAME_INDICATOR ** indicators[indicator] * SAME_ROLE ** roles[role]
        if -weight > before:
            heapq.heapreplace(heap, (-weight, order, place))
            continue
        heapq.heappop(heap)
        if same[said] == MOST_ALIKE:
            continue
        shown.append(place)
        same[said] += 1
        members[member] += 1
        indicators[indicator] += 1
        roles[role] += 1
    return tuple(shown)


def _order(place: Evidence) -> tuple[str, str, int, str, str]:
    return (place.indicator, place.member, place.line, place.role, place.excerpt)
