"""The nightly job: the run, its document, its reports and its blocklist, published together."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from audit.blocking import RefusedError, build_blocklist
from audit.blocklists.canonical import parse_blocklist, render_blocklist
from audit.config import Settings, out_folder
from audit.contract import AuditDocument, Blocklist, Night, Outcome, Waiver
from audit.document import build_document
from audit.findings import alarm_severity, severity
from audit.reports.registry import REPORTS
from audit.waivers import read_waivers
from features.contract import Progress
from features.reference.known_code import KnownCode, read_known
from features.runtime.atomic_write import write_atomically
from jobs.contract import AuditRequest, RunAudit, RunFolder, StoreBrokenError
from jobs.run.audit import discard_run, publish_run, run_audit
from model.contract import ModelCard
from model.saved import load_card

BLOCKLIST = "blocklist.json"


def audit_mirror(settings: Settings, progress: Progress, *, yes: bool = False, run: RunAudit = run_audit) -> Night:
    """Run the whole job over `settings.mirror` and publish runs/<id> with everything in it.

    `run` is what makes the run itself; a bench gives one that is watched.
    """
    out = out_folder(settings)
    waivers = read_waivers(Path(settings.waivers)) if settings.waivers else {}
    # Read before the night's work, so that a wrong path is told at once.
    own_code = read_known(Path(settings.known_code)) if settings.known_code else None
    model_folder = Path(settings.model) if settings.model else None
    request = AuditRequest(
        mirror=Path(settings.mirror),
        out=out,
        model=model_folder,
        workers=settings.workers or None,
        scheduler=settings.scheduler or None,
        scheduler_file=Path(settings.scheduler_file) if settings.scheduler_file else None,
        memory_per_worker=settings.memory,
        limits=settings.limits,
        config=settings.as_manifest(),
    )
    card = load_card(model_folder)
    while True:
        staged = run(request, progress)
        try:
            return _published(staged, settings, card, waivers, own_code, progress, yes=yes)
        except BaseException as error:
            discard_run(staged)
            if not isinstance(error, StoreBrokenError):
                raise
            # A part was damaged where only a report looks, and is moved aside: there is one less to be so each time.


def _published(
    staged: RunFolder,
    settings: Settings,
    card: ModelCard,
    waivers: Mapping[str, Waiver],
    own_code: KnownCode | None,
    progress: Progress,
    *,
    yes: bool,
) -> Night:
    progress(0, 0, "writing reports")
    today = datetime.now(UTC).date()
    document = build_document(staged, card, waivers, settings.max_findings, today, own_code, settings.fail_on_unread)
    blocklist = _blocklist(document, settings, staged.manifest, staged.out, yes=yes)
    for report in REPORTS:
        write_atomically(staged.folder / report.filename, report.render(document).encode(), durable=True)
    write_atomically(staged.folder / BLOCKLIST, render_blocklist(blocklist).encode(), durable=True)
    final = publish_run(staged)
    return Night(document, final.folder, outcome(document, settings.fail_on), len(blocklist.entries), blocklist.refused)


def outcome(document: AuditDocument, fail_on: str) -> Outcome:
    """Return what the exit status of a run follows from."""
    least = alarm_severity(fail_on)
    alerts = sum(1 for f in document.findings if f.waiver is None and severity(f.verdict) >= least)
    return Outcome(alerts=alerts, failed=document.failed, unread=sum(document.unread.values()))


def _blocklist(
    document: AuditDocument, settings: Settings, manifest: Mapping[str, Any], out: Path, *, yes: bool
) -> Blocklist:
    """Return tonight's list; where it is refused, last night's goes on, so that nothing gets unblocked."""
    before = _last_blocklist(out)
    seen = {entry.sha256: entry.first_seen for entry in before.entries} if before else {}
    serial = str(manifest["mirror"].get("serial") or "")
    try:
        return build_blocklist(document, settings.blocklist, mirror_serial=serial, yes=yes, first_seen=seen)
    except RefusedError as error:
        empty = build_blocklist(replace(document, findings=(), totals={}), settings.blocklist, mirror_serial=serial)
        return replace(before or empty, refused=error.what)


def _last_blocklist(out: Path) -> Blocklist | None:
    try:
        return parse_blocklist((out / "runs" / "latest" / BLOCKLIST).read_text(encoding="utf-8"))
    except (OSError, ValueError, KeyError, TypeError):
        # None yet, or one that a person edited: tonight's list starts its own history.
        return None
