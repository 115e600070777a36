"""Describes what a release has that its base has not: in sentences, and as a small diff of the places that are new."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from audit.contract import (
    ChangedMember,
    DeclaredChange,
    EvidenceLocation,
    Finding,
    FindingCampaign,
    ReleaseDifference,
    ScoreReason,
)
from features.evidence_text import meaning_of, technique_of

DIFF_LINES = 40
"""Lines of a place diff."""
NAMED = 4
"""Names that a sentence lists."""
_FILE_WORDS = {"new": "new file", "changed": "changed file"}


def parse_reason(item: Mapping[str, Any]) -> ScoreReason:
    """Return an element of a column of reasons."""
    return ScoreReason(item["column"], item["meaning"], item["value"], item["contribution"])


def parse_location(item: Mapping[str, Any]) -> EvidenceLocation:
    """Return an element of the column `evidence` of the view features, with the indicator's meaning."""
    return EvidenceLocation(
        member=item["member"],
        line=item["line"],
        indicator=item["indicator"],
        meaning=meaning_of(item["indicator"]),
        technique=technique_of(item["indicator"]),
        role=item["role"],
        excerpt=item["excerpt"],
        context=item.get("context") or "",
        context_line=item.get("context_line") or 0,
    )


def parse_difference(row: Mapping[str, Any]) -> ReleaseDifference:
    """Return a row of the view changes, joined with its scores."""
    return ReleaseDifference(
        base_kind=row["base_kind"],
        base_project=row["base_project"] or "",
        base_version=row["base_version"] or "",
        base_filename=row["base_filename"] or "",
        score=row.get("change_score"),
        verdict=row.get("change_verdict") or "",
        reasons=tuple(parse_reason(item) for item in row.get("change_reasons") or ()),
        places=tuple(parse_location(item) for item in row["new_places"] or ()),
        members=tuple(
            ChangedMember(item["path"], item["change"], item["role"], item["file_type"], item["size"])
            for item in row["changed_members"] or ()
        ),
        members_total=row["members_total"],
        hosts=tuple(item["host"] for item in row["new_hosts"] or ()),
        requirements=tuple(requirement_text(item) for item in row["new_requires"] or ()),
        entry_points=tuple(f"{item['name']} = {item['target']}" for item in row["new_entry_points"] or ()),
        declared=tuple(
            DeclaredChange(item["field"], item["before"] or "", item["after"] or "")
            for item in row["declared_changes"] or ()
        ),
    )


def requirement_text(item: Mapping[str, Any]) -> str:
    """Return an element of the column `requires` as a requirement is written (PEP 508)."""
    extra = f"; extra == {item['extra']!r}" if item.get("extra") else ""
    if item.get("url"):
        return f"{item['name']} @ {item['url']}{extra}"
    return f"{item['name']}{item.get('specifier') or ''}{extra}"


def name_base(difference: ReleaseDifference) -> str:
    """Return what an artifact was compared with, as words before or after a verb; the names are hostile text."""
    match difference.base_kind:
        case "release":
            return f"its release before ({difference.base_version})"
        case "sibling":
            return f"the other file of its release ({difference.base_filename})"
        case _:
            return f"{difference.base_filename}, which shares files with it"


def describe_difference(finding: Finding) -> Iterator[str]:
    """Yield what is new in a finding against its base, and its campaign, as sentences of hostile text, unescaped."""
    if finding.difference is not None:
        yield from difference_sentences(finding.difference)
    if finding.campaign is not None:
        yield from _describe_campaign(finding.campaign)


def difference_sentences(difference: ReleaseDifference) -> Iterator[str]:
    """Yield what an artifact has that its base has not, as sentences; the names in them are hostile text, unescaped."""
    base = name_base(difference)
    if difference.places:
        yield f"{base[0].upper()}{base[1:]} had none of the {_count(len(difference.places), 'place')} marked below."
    if difference.members_total:
        named = ", ".join(f"{_FILE_WORDS[each.change]} {each.path}" for each in difference.members[:NAMED])
        yield f"Against {base} {_count(difference.members_total, 'member')} differ: {named}{_more(difference)}."
    for what, names in (
        ("host", difference.hosts),
        ("requirement", difference.requirements),
        ("entry point", difference.entry_points),
    ):
        if names:
            yield f"New {what}{'' if len(names) == 1 else 's'}: {_listed(names)}."
    for each in difference.declared:
        before, after = each.before or "nothing", each.after or "nothing"
        yield f"Its {each.field.replace('_', ' ')} changed from {before} to {after}."


def _describe_campaign(campaign: FindingCampaign) -> Iterator[str]:
    others = campaign.artifacts - 1
    yield (
        f"It shares unusual code with {_count(others, 'artifact')} of {campaign.projects} projects "
        f"(campaign {campaign.number}): {_listed(campaign.filenames)}."
    )


def place_diff(difference: ReleaseDifference) -> list[tuple[str, str]]:
    """Return the new places as the lines of a diff: (sign, text), unescaped.

    The sign is "@" for the heading of a place, "+" for a line that is new, and " " for its context. A place without
    text has its heading only.
    """
    lines: list[tuple[str, str]] = []
    for member, places in _by_member(difference.places).items():
        shown: dict[int, tuple[str, str]] = {}
        for place in places:
            for number, text in enumerate(place.context.split("\n") if place.context else (), place.context_line):
                if number == place.line:
                    shown[number] = ("+", text)
                else:
                    shown.setdefault(number, (" ", text))
            if not place.context and place.excerpt:
                shown[place.line] = ("+", place.excerpt)
        lines.append(("@", member))
        last = None
        for number in sorted(shown):
            if last is not None and number != last + 1:
                lines.append(("@", f"{member}, line {number}"))
            lines.append(shown[number])
            last = number
    return lines[:DIFF_LINES]


def _by_member(places: Sequence[EvidenceLocation]) -> dict[str, list[EvidenceLocation]]:
    found: dict[str, list[EvidenceLocation]] = {}
    for place in places:
        found.setdefault(place.member, []).append(place)
    return found


def _more(difference: ReleaseDifference) -> str:
    rest = difference.members_total - min(NAMED, len(difference.members))
    return f" and {rest:,} more" if rest else ""


def _listed(names: Sequence[str]) -> str:
    rest = len(names) - NAMED
    return ", ".join(names[:NAMED]) + (f" and {rest:,} more" if rest > 0 else "")


def _count(number: int, noun: str) -> str:
    return f"1 {noun}" if number == 1 else f"{number:,} {noun}s"
