"""Weighs the suspicious places in the code of a release, and selects those that a person should see first."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from features.code.analysed_file import PROSE_SECTION, TEXT_SECTION, AnalysedFile
from features.code.contract import CodeLocation
from features.code.detect.rules import LOAD_TIME_RULES
from features.contract import Evidence, Role
from features.evidence_selection import select_diverse_evidence
from features.install.roles import is_auxiliary
from features.text.indicator_scan import IndicatorPlace
from features.text.indicators import INDICATORS, POSITIONS

MAX_EVIDENCE = 24
"""Pieces of evidence kept for one release."""
RUNS_FACTOR = 1.25
"""Factor on the weight of a line that is known to run when the package is installed or imported."""
KNOWN_FACTOR = 0.3
"""Factor on code that another project published; forged digests can lower evidence but not hide it."""
AUXILIARY_FACTOR = 0.5
"""Factor on tests, documentation and examples."""
SECTION_FACTORS: Mapping[str, float] = {TEXT_SECTION: 0.6, PROSE_SECTION: 0.15}
"""Factors on indicators in text that is not code, unless a shell or another interpreter runs it."""
BROWSER_FACTOR = 0.3
"""Factor on JavaScript that neither starts programs nor hides text: in a browser, command lines are only words."""
ROLE_FACTORS: Mapping[Role, float] = {Role.INSTALL: 1.6, Role.IMPORT: 1.3, Role.REST: 1.0}

_SCRIPT_NAME = re.compile(
    r"(?i)\.(?:sh|bash|zsh|bat|cmd|ps1|psm1|vbs|vbe|js|mjs|cjs|jse|hta|wsf|pl|rb|php|command|lua)$"
)
_JAVASCRIPT_NAME = re.compile(r"(?i)\.(?:js|mjs|cjs)$")
_BEYOND_BROWSERS = frozenset(
    POSITIONS[name]
    for name in ("script_process", "script_decoded", "hex_identifiers", "environment_serialised", "invisible_data")
)


class Candidate(NamedTuple):
    """A place before it is compared with others; `indicator` is the id of an indicator or of a syntax rule."""

    member: str
    line: int
    indicator: str
    role: Role
    excerpt: str
    weight: float


def find_candidates(files: Iterable[AnalysedFile]) -> list[Candidate]:
    """Return all places in the files of a release."""
    candidates: list[Candidate] = []
    for file in files:
        if not file.scan.places and file.analysis is None:
            continue
        path, role = file.member.path, file.member.role
        factor = (KNOWN_FACTOR if file.known else 1.0) * file.evidence_factor
        candidates += indicator_candidates(path, role, factor * _section_factor(file), file.scan.places)
        if file.analysis is not None:
            categories = len(file.scan.categories)
            candidates += rule_candidates(path, role, factor, categories, file.analysis.locations)
    return candidates


def _section_factor(file: AnalysedFile) -> float:
    if not _SCRIPT_NAME.search(file.member.path):
        return SECTION_FACTORS.get(file.section, 1.0)
    in_browser = _JAVASCRIPT_NAME.search(file.member.path) and file.section == TEXT_SECTION
    return BROWSER_FACTOR if in_browser and _BEYOND_BROWSERS.isdisjoint(dict(file.scan.counts)) else 1.0


def indicator_candidates(path: str, role: Role, factor: float, places: Iterable[IndicatorPlace]) -> Iterator[Candidate]:
    """Yield the hits of indicators; a hit weighs more if more categories are near it."""
    factor *= ROLE_FACTORS[role] * (AUXILIARY_FACTOR if is_auxiliary(path) else 1.0)
    for place in places:
        indicator = INDICATORS[place.indicator]
        near = 1 + 0.12 * min(place.near - 1, 6)
        yield Candidate(path, place.line, indicator.id, role, place.excerpt, indicator.weight * near * factor)


def rule_candidates(
    path: str, role: Role, factor: float, categories: int, locations: Iterable[CodeLocation]
) -> Iterator[Candidate]:
    """Yield the matches of syntax rules; they weigh more if the file has more categories of indicators."""
    factor *= ROLE_FACTORS[role] * (AUXILIARY_FACTOR if is_auxiliary(path) else 1.0)
    factor *= 1 + 0.06 * min(max(categories - 1, 0), 8)
    for location in locations:
        yield Candidate(path, location.line, location.id, role, location.excerpt, location.weight * factor)


def rank_candidates(candidates: Iterable[Candidate]) -> tuple[Evidence, ...]:
    """Return at most MAX_EVIDENCE pieces, one for each line, the heaviest first.

    A line keeps its heaviest candidate. Each other indicator of the line adds a quarter of its weight, up to twice
    the heaviest in all.
    """
    by_line: dict[tuple[str, int], list[Candidate]] = {}
    for candidate in candidates:
        by_line.setdefault((candidate.member, candidate.line), []).append(candidate)
    merged = [_merge(same_line) for same_line in by_line.values() if any(c.weight > 0 for c in same_line)]
    return select_diverse_evidence(merged, MAX_EVIDENCE)


def _merge(same_line: Sequence[Candidate]) -> Evidence:
    ordered = sorted(same_line, key=lambda candidate: (-candidate.weight, candidate.indicator))
    first = ordered[0]
    others = {c.indicator: c.weight for c in reversed(ordered[1:]) if c.indicator != first.indicator}
    weight = min(first.weight + 0.25 * sum(others.values()), 2 * first.weight)
    if any(candidate.indicator in LOAD_TIME_RULES for candidate in ordered):
        weight *= RUNS_FACTOR
    return Evidence(first.member, first.line, first.indicator, first.role, first.excerpt, round(weight, 3))
