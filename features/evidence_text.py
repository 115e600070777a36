"""Looks up the meaning and the technique of an evidence id of any pass."""

from features.binary.rules import BINARY_RULES
from features.code.detect.rules import SYNTAX_RULES
from features.files.container_rules import CONTAINER_RULES
from features.surfaces.rules import SURFACE_RULES
from features.text.indicators import INDICATORS

_RULES = (*SYNTAX_RULES, *BINARY_RULES, *CONTAINER_RULES, *SURFACE_RULES)
_KNOWN = {indicator.id: (indicator.meaning, indicator.technique) for indicator in INDICATORS} | {
    rule.id: (rule.meaning, rule.technique) for rule in _RULES
}
"""Meaning and technique by id; a rule replaces an indicator of the same id, since it is more exact."""
EVIDENCE_IDS = tuple(_KNOWN)
"""Ids of the indicators and rules that evidence names."""


def meaning_of(indicator: str) -> str:
    """Return the meaning of an indicator or rule as a clause; an unknown id is returned in words."""
    return _KNOWN.get(indicator, (indicator.replace("_", " "), ""))[0]


def technique_of(indicator: str) -> str:
    """Return the ATT&CK technique of an indicator or rule, "" if it has none."""
    return _KNOWN.get(indicator, ("", ""))[1]
