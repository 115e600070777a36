"""Places in the code, weighed: those that a person should see first."""

from collections.abc import Iterable
from typing import NamedTuple

from features.code.contract import CodeLocation
from features.code.detect.rules import LOAD_TIME_RULES
from features.contract import Evidence, Role
from features.evidence_selection import select_diverse_evidence
from features.install.roles import is_auxiliary
from features.text.indicator_scan import Place
from features.text.indicators import INDICATORS

SHOWN = 24
"""Places kept for one artifact."""
RUNS = 1.25
"""How much more a line weighs that is known to run when the package is installed or imported."""

_ROLE = {Role.INSTALL: 1.6, Role.IMPORT: 1.3, Role.REST: 1.0}


class Candidate(NamedTuple):
    """A place before it is weighed against others."""

    member: str
    line: int
    indicator: str
    role: Role
    excerpt: str
    weight: float


def of_places(path: str, role: Role, factor: float, places: Iterable[Place]) -> Iterable[Candidate]:
    """Yield candidates of the indicator pass."""
    factor *= _ROLE[role] * (0.5 if is_auxiliary(path) else 1.0)
    for place in places:
        indicator = INDICATORS[place.indicator]
        boost = 1 + 0.12 * min(place.near - 1, 6)
        yield Candidate(path, place.line, indicator.id, role, place.excerpt, indicator.weight * boost * factor)


def of_spots(path: str, role: Role, factor: float, near: int, spots: Iterable[CodeLocation]) -> Iterable[Candidate]:
    """Yield candidates of the syntax pass; `near` is how many categories meet in the file."""
    factor *= _ROLE[role] * (0.5 if is_auxiliary(path) else 1.0) * (1 + 0.06 * min(max(near - 1, 0), 8))
    for spot in spots:
        yield Candidate(path, spot.line, spot.id, role, spot.excerpt, spot.weight * factor)


def ranked(candidates: Iterable[Candidate]) -> tuple[Evidence, ...]:
    """Return one piece of evidence for each line, the most telling first.

    A line keeps its heaviest finding; each other one that meets there adds a quarter of its own weight, to at
    most twice the heaviest.
    """
    by_line: dict[tuple[str, int], list[Candidate]] = {}
    for candidate in candidates:
        by_line.setdefault((candidate.member, candidate.line), []).append(candidate)
    merged: list[Evidence] = []
    for group in by_line.values():
        group.sort(key=lambda c: (-c.weight, c.indicator))
        first = group[0]
        others = {c.indicator: c.weight for c in reversed(group[1:]) if c.indicator != first.indicator}
        weight = min(first.weight + 0.25 * sum(others.values()), 2 * first.weight)
        weight *= RUNS if any(candidate.indicator in LOAD_TIME_RULES for candidate in group) else 1.0
        if weight > 0:
            merged.append(
                Evidence(first.member, first.line, first.indicator, first.role, first.excerpt, round(weight, 3))
            )
    return select_diverse_evidence(merged, SHOWN)
