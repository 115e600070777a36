"""What an evidence id means in words, whichever pass it came from."""

from functools import cache


@cache
def _known() -> dict[str, tuple[str, str]]:
    # Late, because a report of a finished run needs the words and not the matcher.
    from features.binary.rules import BINARY_RULES  # noqa: PLC0415
    from features.code.detect.rules import SYNTAX_RULES  # noqa: PLC0415
    from features.text.indicators import INDICATORS  # noqa: PLC0415

    indicators = {entry.id: (entry.meaning, entry.technique) for entry in INDICATORS}
    findings = (*SYNTAX_RULES, *BINARY_RULES)
    return indicators | {entry.id: (entry.meaning, entry.technique) for entry in findings}


def meaning_of(indicator: str) -> str:
    """Return what an indicator or finding means, as a clause; of an id that is not known, the id."""
    return _known().get(indicator, (indicator.replace("_", " "), ""))[0]


def technique_of(indicator: str) -> str:
    """Return the ATT&CK technique of an indicator, or ""."""
    return _known().get(indicator, ("", ""))[1]
