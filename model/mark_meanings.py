"""Says in words what a mark of a member means."""

from functools import cache


def mark_meaning(mark: str) -> str:
    """Return a clause about the code that shows a mark, such as "runs a shell command through os.system"."""
    return _meanings().get(mark) or mark.replace("_", " ")


def mark_severity(mark: str) -> float:
    """Return the severity of a mark, from 0 to 10."""
    from features.marks import mark_weight  # noqa: PLC0415 - as in _meanings

    return mark_weight(mark)


@cache
def _meanings() -> dict[str, str]:
    # Imported here: it reads the indicators, which a reader of a model's card need not wait for.
    from features.code.detect.rules import SYNTAX_RULES  # noqa: PLC0415
    from features.code.evaluate.api_behaviours import BEHAVIOURS  # noqa: PLC0415
    from features.evidence_text import meaning_of  # noqa: PLC0415
    from features.marks import MARK_IDS  # noqa: PLC0415
    from features.text.indicator_file import CATEGORY_MEANINGS, Category  # noqa: PLC0415

    found = {mark: meaning_of(mark) for mark in MARK_IDS}
    found |= {f"finding_{rule.id}": rule.meaning for rule in SYNTAX_RULES}
    for behaviour in BEHAVIOURS:
        found[f"call_{behaviour.id}"] = behaviour.meaning
        found[f"run_{behaviour.id}"] = f"{behaviour.meaning} as soon as it is loaded"
    for category in Category:
        found[f"unpacked_{category}"] = f"hides {CATEGORY_MEANINGS[category]} in encoded text"
        found[f"folded_{category}"] = f"puts {CATEGORY_MEANINGS[category]} together from pieces"
    return found
