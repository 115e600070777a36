"""Applies the decisions of people to the record: a waiver takes an entry out of force, a block puts a file on it."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date

from audit.blocklists.contract import BlocklistEntry, EntryOrigin, EntryState, LiftedEntry
from audit.blocklists.entries import REASONS, Key, Night, key_of, make_entry, name_reasons
from audit.blocklists.mirror_files import MirrorFile
from audit.contract import Finding
from audit.decisions.contract import Block, Scope, Waiver
from audit.decisions.matching import describe_waiver
from features.packaging.names import normalise

WAIVED = "waived"
"""Reason why an entry is out of force, until its waiver ends."""


def apply_waivers(
    entries: Iterable[BlocklistEntry], lifted: Iterable[LiftedEntry], night: Night
) -> tuple[list[BlocklistEntry], list[LiftedEntry]]:
    """Return the entries in force and those out of force: a waiver lifts an entry, which returns when it ends."""
    in_force, out_of_force = [], [each for each in lifted if each.why != WAIVED]
    days = {key_of(each.entry): each.day for each in lifted if each.why == WAIVED}
    findings = {key_of(finding): finding for finding in night.document.findings}
    for entry in (*entries, *(each.entry for each in lifted if each.why == WAIVED)):
        waiver = _waiver_of(entry, findings, night)
        if waiver is None:
            in_force.append(entry)
        else:
            day = days.get(key_of(entry), f"{night.rule.today}")
            note = f"{describe_waiver(waiver)}, until {waiver.expires}"
            out_of_force.append(LiftedEntry(entry, WAIVED, day, note))
    return in_force, out_of_force


def _waiver_of(entry: BlocklistEntry, findings: Mapping[Key, Finding], night: Night) -> Waiver | None:
    finding = findings.get(key_of(entry))
    if finding is not None:
        return finding.waiver
    file = night.files.find(entry)
    # A file that was blocked on some day was on the mirror then.
    there = file.first_seen if file is not None and file.first_seen is not None else _parse_day(entry.first_seen)
    return night.decisions.waiver_of_entry(
        entry.sha256, normalise(entry.project), entry.version, there, night.rule.today
    )


def add_blocks(entries: Iterable[BlocklistEntry], night: Night) -> list[BlocklistEntry]:
    """Return the entries with those of a person's blocks, also of files that are not on the mirror yet."""
    found = {key_of(entry): entry for entry in entries}
    findings = {key_of(finding): finding for finding in night.document.findings}
    for file in (file for files in night.files.by_sha256.values() for file in files):
        block = _block_of(file.sha256, file.project, file.version, file.first_seen, night)
        if block is not None and key_of(file) not in found:
            finding = findings.get(key_of(file))
            reasons = (_reason(block), *(name_reasons(finding) if finding is not None else ()))[:REASONS]
            found[key_of(file)] = replace(make_entry(file, night), reasons=reasons, why=EntryOrigin.PERSON)
    digests = {sha256 for sha256, _ in found}
    for block in night.decisions.blocks:
        if block.scope is Scope.FILE and block.sha256 not in digests:
            standing = _block_of(block.sha256, "", "", None, night)
            if standing is not None:
                unknown = MirrorFile("", "", "", "", block.sha256, "", None, "")
                entry = replace(make_entry(unknown, night), reasons=(_reason(standing),), why=EntryOrigin.PERSON)
                found[key_of(entry)] = replace(entry, state=EntryState.GONE)
    return [_confirm_by_person(entry, night) for entry in found.values()]


def _confirm_by_person(entry: BlocklistEntry, night: Night) -> BlocklistEntry:
    """Return an entry, as a person's if one blocks its file."""
    there = _parse_day(entry.first_seen)
    if entry.why is EntryOrigin.PERSON or _block_of(entry.sha256, entry.project, entry.version, there, night) is None:
        return entry
    return replace(entry, why=EntryOrigin.PERSON, expires_at="")


def _block_of(sha256: str, project: str, version: str, first_seen: date | None, night: Night) -> Block | None:
    return night.decisions.block_of(sha256, normalise(project), version, first_seen, night.rule.today)


def _reason(block: Block) -> str:
    return f"blocked by {block.owner}: {block.reason}"


def _parse_day(text: str) -> date | None:
    return date.fromisoformat(text) if text else None
