"""Lists the marks of members: the signs that a member may show, with their weights.

A mark is the id of an indicator or of a rule of the other passes, `finding_<rule>`, `call_<behaviour>`,
`run_<behaviour>`, `unpacked_<category>` or `folded_<category>` of the syntax pass
(`features.code.contract.FileAnalysis`), the id of other evidence, or one of PATH_MARKS.
"""

from collections.abc import Mapping

from features.binary.rules import BINARY_RULES
from features.code.detect.rules import SYNTAX_RULES
from features.code.evaluate.api_behaviours import ACTING, BEHAVIOURS, DECODING
from features.contract import Mark
from features.files.container_rules import CONTAINER_RULES
from features.install.roles import is_auxiliary
from features.surfaces.rules import SURFACE_RULES
from features.text.indicator_file import Category
from features.text.indicators import INDICATORS

MOST_MARKS = 64
"""Marks of one member that are kept, the heaviest."""
AUXILIARY_PATH = "auxiliary_path"
"""Mark of a member among tests, documentation or examples."""
KNOWN_CODE = "known_code"
"""Mark of a member that another project published."""
PATH_MARKS = (AUXILIARY_PATH, KNOWN_CODE)
"""Marks without a weight: they belong to a member with other marks, and say nothing alone."""

_UNKNOWN_WEIGHT = 3.0
"""Weight of evidence that is neither an indicator nor a rule of a pass."""


def _weights() -> Mapping[str, float]:
    weights: dict[str, float] = {indicator.id: indicator.weight for indicator in INDICATORS}
    weights |= {rule.id: rule.weight for rule in (*BINARY_RULES, *CONTAINER_RULES, *SURFACE_RULES)}
    weights |= {f"finding_{rule.id}": rule.weight for rule in SYNTAX_RULES}
    for behaviour in BEHAVIOURS:
        weight = 1.0 if behaviour.id in ACTING | DECODING else 0.5
        weights[f"call_{behaviour.id}"] = weight
        weights[f"run_{behaviour.id}"] = 2 * weight
    weights |= {f"unpacked_{category}": 4.0 for category in Category}
    weights |= {f"folded_{category}": 2.0 for category in Category}
    weights |= dict.fromkeys(PATH_MARKS, 0.0)
    return dict(sorted(weights.items(), key=lambda pair: (-pair[1], pair[0])))


MARK_WEIGHTS = _weights()
"""Weight (0 to 10) of each mark that the passes may find, the heaviest first."""
MARK_IDS = tuple(MARK_WEIGHTS)
"""Ids of these marks in the same order: of two marks, the one at the smaller position comes first."""


def mark_weight(mark: str) -> float:
    """Return the weight of a mark; of evidence of any other id, that of a place that deserves a look."""
    return MARK_WEIGHTS.get(mark, _UNKNOWN_WEIGHT)


def heaviest_marks(counts: Mapping[str, int], path: str) -> tuple[Mark, ...]:
    """Return the marks of the member at a path from their counts, the heaviest first, at most MOST_MARKS."""
    if is_auxiliary(path):
        counts = {**counts, AUXILIARY_PATH: 1}
    ordered = sorted(counts, key=lambda mark: (-mark_weight(mark), mark))
    return tuple([Mark(mark, counts[mark]) for mark in ordered[:MOST_MARKS]])
