"""Runs the nightly job: audits a mirror and publishes the run with its reports and its blocklist."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from audit.blocklists.canonical import BLOCKLIST, render_blocklist
from audit.blocklists.contract import EntryState
from audit.blocklists.gathering import gather_night
from audit.blocklists.record import read_last_record
from audit.blocklists.renewal import mark_document, renew_record
from audit.cluster_settings import tls_files
from audit.config import Settings, out_folder
from audit.contract import AuditDocument
from audit.decisions.file import load_decisions
from audit.decisions.matching import Decisions
from audit.decisions.mirror import trusted_digests
from audit.document import build_document
from audit.feeds.night import add_feeds, compare_feeds
from audit.feeds.store import list_feeds
from audit.keeping import tend_store
from audit.news.backlog import READING, render_backlog
from audit.news.baseline import Baseline, find_baseline, named_baseline
from audit.news.quiet import has_news
from audit.news.readings import add_readings, choose_readings
from audit.outcome import Outcome, run_outcome
from audit.reports.registry import REPORTS, report_pieces
from features.contract import Progress
from features.reference.known_code import KnownCode, read_known
from features.runtime.atomic_write import write_atomically
from jobs.contract import AuditRequest, StoreBrokenError
from jobs.run.audit import run_audit
from jobs.run.run_folder import RunAudit, RunFolder, discard_run, publish_run
from model.contract import ModelCard
from model.saved import load_card


@dataclass(frozen=True, slots=True)
class NightlyResult:
    """A published run: its document, its folder, its outcome, and the number of blocked files.

    `refused` is the reason why files of the run are not on the blocklist although no person decided so, "" if there is
    none. `gone` counts the blocked files that are not on the mirror any more. `unconfined` is that of the manifest.
    `untidied` says why the store could not be compacted or pruned, "" if it was. `has_news` is whether the run has
    something that its reader does not know.
    """

    document: AuditDocument
    folder: Path
    outcome: Outcome
    blocked: int
    refused: str
    gone: int = 0
    unconfined: tuple[str, ...] = ()
    untidied: str = ""
    has_news: bool = True


@dataclass(frozen=True, slots=True)
class _Inputs:
    """The operator's files, read before the night's work so that a wrong path is reported before it."""

    card: ModelCard
    decisions: Decisions
    own_code: KnownCode | None
    baseline: Baseline | None
    """The run that a person named with `--since`."""


def audit_mirror(
    settings: Settings,
    progress: Progress,
    *,
    yes: bool = False,
    since: str = "",
    accept_shrink: bool = False,
    run: RunAudit = run_audit,
) -> NightlyResult:
    """Audit `settings.mirror` and publish the run as runs/<id>.

    `since` names the run that the news are against, "" for the last one of an earlier night. `yes` blocks also files of
    protected projects and those over the bound of one night. `accept_shrink` takes a mirror as it is that is empty or
    much smaller than before. `run` makes the run; a benchmark passes a timed one. Raises AuditError, JobsError,
    ModelError and OSError, and leaves no incomplete run.
    """
    out, model_folder = out_folder(settings), Path(settings.model) if settings.model else None
    inputs = _Inputs(
        decisions=load_decisions(settings.waivers, out),
        own_code=read_known(Path(settings.known_code)) if settings.known_code else None,
        card=load_card(model_folder),
        baseline=named_baseline(out, since) if since else None,
    )
    read_last_record(out)  # a broken one is an error before the night's work
    list_feeds(out)  # likewise
    request = AuditRequest(
        mirror=Path(settings.mirror),
        out=out,
        model=model_folder,
        workers=settings.workers or None,
        scheduler=settings.scheduler or None,
        scheduler_file=Path(settings.scheduler_file) if settings.scheduler_file else None,
        tls=tls_files(settings),
        insecure=settings.insecure_scheduler,
        memory_per_worker=settings.memory,
        limits=settings.limits,
        config=settings.as_manifest(),
        trusted=trusted_digests(inputs.decisions, out, datetime.now(UTC).date()),
        max_shrink=settings.walk.max_shrink,
        verify_share=settings.walk.verify_share,
        accept_shrink=accept_shrink,
    )
    while True:
        staged = run(request, progress)
        try:
            night = _publish(staged, settings, inputs, progress, yes=yes)
        except BaseException as error:
            discard_run(staged)
            if not isinstance(error, StoreBrokenError):
                raise
            # A damaged part of the store was moved aside. The loop ends, because each turn leaves one part less.
        else:
            progress(0, 0, "tidying the store")
            return replace(night, untidied=tend_store(settings))


def _publish(staged: RunFolder, settings: Settings, inputs: _Inputs, progress: Progress, *, yes: bool) -> NightlyResult:
    progress(0, 0, "writing reports")
    today = datetime.now(UTC).date()
    started, night_hours = staged.manifest.started, settings.report.night_hours
    staged, feeds = compare_feeds(staged, today, settings.feeds.stale_days)
    baseline = inputs.baseline or find_baseline(staged.out, started, night_hours)
    document = build_document(
        staged,
        inputs.card,
        inputs.decisions,
        settings.max_findings,
        today,
        inputs.own_code,
        settings.fail_on_unread,
        baseline,
    )
    document = add_feeds(document, staged, feeds)
    # Read again, because this run has the output folder's lock only now.
    previous = read_last_record(staged.out)
    night = gather_night(staged, document, previous, inputs.decisions, settings.blocklist, inputs.card)
    record = renew_record(previous, night, settings.blocklist, yes=yes)
    document = mark_document(record, night)
    readings = choose_readings(document.findings, baseline, settings.report.budget, today)
    document = add_readings(document, readings, inputs.card, settings.report.budget)
    is_news = has_news(document, baseline.held)
    if settings.quiet and not is_news:
        readings = readings.unshown()
    backlog = render_backlog(document.run, readings.shown, readings.waiting)
    write_atomically(staged.folder / READING, backlog.encode(), durable=True)
    for report in REPORTS:
        if report.nightly:
            content = b"".join(report_pieces(report.name, document, staged))
            write_atomically(staged.folder / report.filename, content, durable=True)
    write_atomically(staged.folder / BLOCKLIST, render_blocklist(record).encode(), durable=True)
    published = publish_run(staged)
    return NightlyResult(
        document=document,
        folder=published.folder,
        outcome=run_outcome(document, settings.fail_on, only_new=settings.fail_on_new),
        blocked=len(record.entries),
        refused=record.refused,
        gone=sum(entry.state is EntryState.GONE for entry in record.entries),
        unconfined=staged.manifest.unconfined,
        has_news=is_news,
    )
