"""Prunes an output folder and compacts its store: by `boojum prune`, and at the end of the nightly job."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from audit.config import KeepSettings, Settings, out_folder
from audit.errors import StatedError
from audit.news.baseline import find_baseline
from audit.runs import NoSuchRunError, finished_at, list_runs, read_document
from jobs.contract import JobsError
from jobs.run.compaction import compact_store, count_small
from jobs.run.pruning import KeepRules, PruneItem, PrunePlan, carry_out, plan_prune
from jobs.run.run_folder import LATEST
from jobs.store.lock import OutputLock

PATIENCE = 30.0
"""Seconds that `boojum prune` waits for those who read."""


class NothingToPruneError(StatedError):
    """An output folder without runs."""


@dataclass(frozen=True, slots=True)
class PruneResult:
    """The things removed and kept, their bytes, and by how many small files the store has become less.

    With `dry_run` nothing was removed or merged, and `merged` is what a call without it would save.
    """

    out: str
    dry_run: bool
    bytes: int
    removed: tuple[PruneItem, ...]
    kept: tuple[PruneItem, ...]
    merged: int


def prune(settings: Settings, keep_runs: int | None, keep_days: int | None, *, dry_run: bool) -> PruneResult:
    """Remove old runs and what only they use, and merge the small parts of the store.

    None means the setting, or the default of `KeepRules`. Raises OutputLockedError while a run is in progress,
    OutputReadError while somebody reads, NothingToPruneError, and other JobsError.
    """
    out = out_folder(settings)
    if not (out / "runs").is_dir():
        raise NothingToPruneError(f"no runs in {out}", "name the output folder of an audit with --out")
    rules = keep_rules(settings.keep, keep_runs, keep_days)
    lock = OutputLock(out)
    try:
        plan = _plan(out, rules, settings.report.night_hours)
        if dry_run:
            merged = count_small(out)
        else:
            carry_out(out, plan, PATIENCE)
            merged = compact_store(out, least=1, most=None, patience=PATIENCE).saved
    finally:
        lock.release()
    return PruneResult(str(out), dry_run, plan.bytes, plan.removed, plan.kept, merged)


def tend_store(settings: Settings) -> str:
    """Compact the store after a night, and prune it where the settings ask for it.

    Return a sentence where that failed, else "": the night is published, and the next one tries again.
    """
    out = out_folder(settings)
    try:
        lock = OutputLock(out)
        try:
            if settings.keep.runs or settings.keep.days:
                plan = _plan(out, keep_rules(settings.keep), settings.report.night_hours)
                carry_out(out, plan, 0.0)
            compact_store(out)
        finally:
            lock.release()
    except (JobsError, OSError) as error:
        return f"the store was not tidied, which the next night tries again: {error}"
    return ""


def keep_rules(keep: KeepSettings, runs: int | None = None, days: int | None = None) -> KeepRules:
    """Return the rules of flags over settings over defaults."""
    default = KeepRules()
    return KeepRules(
        runs=runs if runs is not None else keep.runs or default.runs,
        days=days if days is not None else keep.days or default.days,
    )


def _plan(out: Path, rules: KeepRules, night_hours: float) -> PrunePlan:
    now = datetime.now(UTC)
    return plan_prune(out, rules, now, runs_of_news(out, now, night_hours))


def runs_of_news(out: Path, now: datetime, night_hours: float) -> dict[str, str]:
    """Return the runs that tonight's news or the next night's are compared with, and why each is kept."""
    ended = {run.name: finished_at(run) for run in list_runs(out)}
    begin = now - timedelta(hours=night_hours)
    kept = {run: "a run of this night" for run, end in ended.items() if end is not None and end > begin}
    if before := find_baseline(out, now, night_hours).run:
        kept[before] = "the next night's news is compared with it"
    try:
        base = read_document(out / "runs" / LATEST).previous_run
    except NoSuchRunError:
        base = ""
    return kept | ({base: "the last run's news is compared with it"} if base else {})


def render_prune(result: PruneResult) -> str:
    """Return the result as text for a terminal: what is removed, what is kept and why."""
    return "\n".join(_lines(result))


def _lines(result: PruneResult) -> Iterator[str]:
    would = "would be " if result.dry_run else ""
    for item in result.removed:
        yield f"{'would remove' if result.dry_run else 'removed'} {item.path}  {_size(item.bytes)}  ({item.why})"
    yield from _kept(result.kept)
    number = len(result.removed)
    yield f"{number:,} {'thing' if number == 1 else 'things'}, {_size(result.bytes)}, {would}removed from {result.out}"
    if result.merged:
        yield f"the store {'would have' if result.dry_run else 'has'} {result.merged:,} small files less to open"


def _kept(items: Sequence[PruneItem]) -> Iterator[str]:
    """Yield what is kept, those of a kind and a reason in one line."""
    groups: dict[tuple[str, str], list[PruneItem]] = {}
    for item in items:
        groups.setdefault((item.kind, item.why), []).append(item)
    for (_, why), same in groups.items():
        last = f" to {same[-1].path}, {len(same):,} in all" if len(same) > 1 else ""
        yield f"kept {same[0].path}{last}  {_size(sum(item.bytes for item in same))}  ({why})"


def _size(count: int) -> str:
    size = float(count)
    for unit in ("bytes", "KiB", "MiB", "GiB"):
        if size < 1024 or unit == "GiB":
            break
        size /= 1024
    return f"{size:,.0f} {unit}" if unit == "bytes" else f"{size:,.1f} {unit}"
