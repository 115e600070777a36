"""Renews the record of what is blocked: nothing leaves it but by a person's word or a rule of the configuration.

An entry stays whether its file is on the mirror, gone or unreadable. What is new tonight enters it, except files that a
person has to decide about: those of protected projects, those over the bound of one night, and those that are held.
"""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import date

from audit.blocklists.admission import admit
from audit.blocklists.contract import Blocklist, BlocklistEntry, EntryOrigin, EntryState, LiftedEntry
from audit.blocklists.entries import (
    Night,
    enter_finding,
    findings_to_block,
    key_of,
    last_day,
    place_of,
    renew_entry,
    revision_of,
)
from audit.blocklists.personal import WAIVED, add_blocks, apply_waivers
from audit.blocklists.record import SCHEMA_VERSION
from audit.config import BlocklistSettings
from audit.contract import FINDING_VERDICTS, AuditDocument, Unconfirmed
from audit.outcome import severity

EXPIRED = "expired"
"""Reason why an entry is out of force."""


def renew_record(
    previous: Blocklist | None, night: Night, settings: BlocklistSettings, *, yes: bool = False
) -> Blocklist:
    """Return the record of a run, made from the one in force before it (None: there was none).

    `yes` blocks also files of protected projects and those over the bound of one night.
    """
    document = night.document
    confirmed = {key_of(finding): finding for finding in findings_to_block(document, settings)}
    before = previous.entries if previous else ()
    lifted_before = previous.lifted if previous else ()
    entries, lifted = apply_waivers(
        [renew_entry(entry, night, confirmed, settings) for entry in before],
        [replace(each, entry=renew_entry(each.entry, night, confirmed, settings)) for each in lifted_before],
        night,
    )
    entries, expired = _expire(add_blocks(entries, night), night.rule.today)
    blocked = {key_of(entry) for entry in entries}
    new = [finding for key, finding in confirmed.items() if finding.waiver is None and key not in blocked]
    admission = admit(new, previous, night, settings, yes=yes)
    days = {key_of(each.entry): each.entry.first_seen for each in lifted}
    entries += [enter_finding(finding, night, settings, days.get(key_of(finding), "")) for finding in admission.blocked]
    record = Blocklist(
        schema_version=SCHEMA_VERSION,
        revision="",
        generated_at=document.finished.isoformat(),
        expires_at=last_day(f"{night.rule.today}", settings),
        mirror_serial=night.mirror_serial,
        model_id=document.model,
        source_run=document.run,
        waived=0,
        entries=(),
        refused="; ".join([*admission.refusals, *_truncations(document, settings)]),
        withheld=admission.withheld,
        held=admission.held,
        mirror=night.mirror_root,
    )
    return _assemble(record, entries, [*lifted, *expired], night, settings)


def apply_decisions(record: Blocklist, night: Night, settings: BlocklistSettings) -> Blocklist:
    """Return the record of a finished run under the decisions of today: waivers lift entries, and blocks add some."""
    entries, lifted = apply_waivers(record.entries, record.lifted, night)
    return _assemble(record, add_blocks(entries, night), lifted, night, settings)


def add_withheld(record: Blocklist, night: Night, settings: BlocklistSettings) -> Blocklist:
    """Return the record of a finished run with the files that it withheld, unless they are waived now."""
    withheld = {key_of(case) for case in record.withheld}
    chosen = [finding for finding in night.document.findings if key_of(finding) in withheld and not finding.waiver]
    entries = [*record.entries, *(enter_finding(finding, night, settings) for finding in chosen)]
    return _assemble(replace(record, withheld=(), refused=""), entries, record.lifted, night, settings)


def mark_document(record: Blocklist, night: Night) -> AuditDocument:
    """Return the document of a run with what its record says of each finding, and of files that a person decides on."""
    blocked, held = {key_of(entry) for entry in record.entries}, {key_of(case): case.why for case in record.held}
    findings = tuple(
        replace(
            finding,
            blocked=key_of(finding) in blocked,
            held=held.get(key_of(finding), ""),
            takeover=key_of(finding) in blocked and night.rule.is_takeover(finding),
        )
        for finding in night.document.findings
    )
    return replace(
        night.document,
        findings=findings,
        withheld=record.withheld,
        held=record.held,
        unconfirmed=tuple(_unconfirmed(record, night)),
        blocklist_refused=record.refused,
    )


def _truncations(document: AuditDocument, settings: BlocklistSettings) -> Iterator[str]:
    """Yield a sentence where the document does not list all findings to block."""
    counted = [verdict for verdict in FINDING_VERDICTS if severity(verdict) >= severity(settings.verdict)]
    total = sum(document.totals.get(verdict.value, 0) for verdict in counted)
    if (listed := len(findings_to_block(document, settings))) < total:
        yield f"the run's document lists {listed:,} of the {total:,} findings to block (raise max_findings)"


def _expire(entries: Iterable[BlocklistEntry], today: date) -> tuple[list[BlocklistEntry], list[LiftedEntry]]:
    """Return the entries in force and those that expired; one whose file could not be looked at does not expire."""
    in_force, expired = [], []
    for entry in entries:
        if entry.expires_at and entry.expires_at < f"{today}" and entry.state is not EntryState.STANDS:
            expired.append(LiftedEntry(entry, EXPIRED, f"{today}", f"last confirmed on {entry.last_confirmed}"))
        else:
            in_force.append(entry)
    return in_force, expired


def _unconfirmed(record: Blocklist, night: Night) -> Iterator[Unconfirmed]:
    """Yield the entries of files that were looked at tonight and that no verdict would block any more."""
    for entry in record.entries:
        file = night.files.find(entry)
        if file is None or entry.state is not EntryState.ON_MIRROR or entry.why is not EntryOrigin.VERDICT:
            continue
        if entry.last_confirmed < f"{night.rule.today}":
            why = f"its verdict is {file.verdict} now"
            facts = (entry.project, entry.version, entry.filename, entry.sha256, file.verdict, file.score)
            yield Unconfirmed(*facts, why, entry.last_confirmed)


def _assemble(
    record: Blocklist,
    entries: Iterable[BlocklistEntry],
    lifted: Iterable[LiftedEntry],
    night: Night,
    settings: BlocklistSettings,
) -> Blocklist:
    """Return a record with entries in their order, each once, and with what follows from them."""
    unique = {key_of(entry): entry for entry in reversed(list(entries))}
    out_of_force = {key_of(each.entry): each for each in lifted if key_of(each.entry) not in unique}
    ordered = tuple(sorted(unique.values(), key=place_of))
    waived = {key_of(finding) for finding in findings_to_block(night.document, settings) if finding.waiver is not None}
    waived |= {key for key, each in out_of_force.items() if each.why == WAIVED}
    decided = unique.keys() | waived
    return replace(
        record,
        revision=revision_of(ordered),
        waived=len(waived),
        entries=ordered,
        lifted=tuple(sorted(out_of_force.values(), key=lambda each: place_of(each.entry))),
        withheld=tuple(case for case in record.withheld if key_of(case) not in decided),
        held=tuple(case for case in record.held if key_of(case) not in decided),
    )
