"""`boojum bench`: what is measured, asked for in the nightly job's own terms, and said in words."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from audit.config import ConfigError, Settings
from audit.escape import as_terminal
from audit.nightly import audit_mirror
from features.contract import Progress
from jobs.bench.contract import AuditCost, Benchmark, Cost, Plan, Share, Spread
from jobs.bench.measure import measure
from jobs.contract import RunAudit

_MEBI = 2**20
_MEGA = 1_000_000
_TELLING = 0.005
"""Share below which a stage is not worth a line."""


@dataclass(frozen=True, slots=True)
class NightlyJob:
    """The nightly job with an operator's settings, for a bench to run where and with what it says."""

    settings: Settings

    def __call__(self, mirror: Path, out: Path, workers: int, progress: Progress, run: RunAudit) -> int:
        """Audit `mirror` into `out`; return how many artifacts were read."""
        settings = replace(
            self.settings, mirror=str(mirror), out=str(out), workers=workers, scheduler="", scheduler_file=""
        )
        return audit_mirror(settings, progress, yes=True, run=run).document.counts["read"]


def bench_mirror(settings: Settings, sample: int, repeat: int, workers: Sequence[int], progress: Progress) -> Benchmark:
    """Measure an audit of `settings.mirror`; leaves nothing behind.

    Raises ConfigError for numbers that cannot be meant, else as `jobs.bench.measure`.
    """
    if sample < 0 or repeat < 1:
        raise ConfigError(
            "command line", "--sample or --repeat is too small", "--sample 0 takes all; --repeat 1 is least"
        )
    plan = Plan(
        mirror=Path(settings.mirror),
        audit=NightlyJob(settings),
        model=Path(settings.model) if settings.model else None,
        sample=sample,
        repeat=repeat,
        workers=tuple(workers),
    )
    return measure(plan, settings.limits, progress)


def render_benchmark(bench: Benchmark) -> str:
    """Return a bench as text for a person."""
    return "\n".join(_lines(bench))


def _lines(bench: Benchmark) -> Iterator[str]:
    sample, machine = bench.sample, bench.machine
    yield (
        f"{sample.artifacts:,} of {sample.on_disk:,} artifacts on {as_terminal(bench.mirror)}: "
        f"{sample.bytes / _MEGA:,.1f} MB, inflated {sample.inflated / _MEGA:,.1f} MB"
        + (f"; {sample.unread:,} that the standard library cannot read to their end" if sample.unread else "")
    )
    yield (
        f"{machine.processors} processors ({machine.machine}), load {machine.load:.1f} when it began, "
        f"Python {machine.python}; model {bench.model}"
    )
    yield ""
    yield "seconds are the processor's; the floor is tarfile and zipfile reading every member, in the same run"
    yield (
        f"{'':<26}{'seconds':>9}{'floors':>8}  {'of repeats':<12}{'a second':>9}{'MB/s':>8}{'peak':>10}{'start-up':>10}"
    )
    for name, each in (("floor", bench.floor), ("extraction", bench.extraction), ("scoring", bench.scoring)):
        yield _cost(name, each)
    for audit in bench.audits:
        yield _audit(audit)
    yield f"{'walk of the whole mirror':<26}{bench.walk.seconds:>9.2f}   {bench.walk.microseconds_a_file:.0f} µs a file"
    for gain in bench.gains:
        yield (
            f"{gain.to} workers are {gain.reading:.2f} times as fast as {gain.start} at reading artifacts, "
            f"{gain.whole:.2f} times over the whole audit"
        )
    yield ""
    yield "where extraction's time goes"
    for share in sorted(bench.stages, key=lambda share: -share.share):
        yield _share(share, "")
        within = sorted((inner for inner in bench.inner if inner.of == share.name), key=lambda inner: -inner.share)
        yield from (f"    {inner.name:<24}{inner.share:>7.1%}" for inner in within)
    for audit in bench.audits:
        yield ""
        yield f"where the audit's time goes, {_workers(audit)}; start-up is {audit.start_up / audit.seconds:.1%} of it"
        yield from (_share(share, "") for share in sorted(audit.stages, key=lambda share: -share.share))
    yield ""
    yield f"{'by kind':<16}{'artifacts':>10}{'MB':>9}{'floor':>9}{'extraction':>12}{'floors':>8}"
    for kind in bench.kinds:
        yield (
            f"  {as_terminal(kind.kind):<14}{kind.artifacts:>10,}{kind.bytes / _MEGA:>9,.1f}{kind.floor:>9.2f}"
            f"{kind.extraction:>12.2f}{kind.ratio:>8.2f}"
        )


def _cost(name: str, cost: Cost) -> str:
    return (
        f"{name:<26}{cost.seconds.mean:>9.2f}{cost.ratio.mean:>8.2f}  {_range(cost.ratio):<12}"
        f"{cost.artifacts_a_second:>9.1f}{cost.megabytes_a_second:>8.2f}{_memory(cost.peak):>10}"
        f"{cost.start_up.mean:>8.2f} s"
    )


def _audit(audit: AuditCost) -> str:
    return (
        f"{'audit, ' + _workers(audit):<26}{audit.seconds:>9.2f}{audit.ratio:>8.2f}  {'':<12}"
        f"{audit.artifacts_a_second:>9.1f}{audit.megabytes_a_second:>8.2f}{_memory(audit.peak_worker):>10}"
        f"{audit.start_up:>8.2f} s\n"
        f"{'  without its start-up':<26}{audit.seconds - audit.start_up:>9.2f}{audit.ratio_running:>8.2f}"
        f"  (driver {_memory(audit.peak_driver)}, {audit.wall:.0f} s by the clock)"
    )


def _share(share: Share, indent: str) -> str:
    return f"{indent}  {share.name:<26}{share.share:>7.1%}{share.seconds:>9.2f} s"


def _range(spread: Spread) -> str:
    return f"{spread.low:.2f}-{spread.high:.2f}" if spread.high > spread.low else ""


def _workers(audit: AuditCost) -> str:
    return f"{audit.workers} worker{'s' if audit.workers > 1 else ''}"


def _memory(size: int) -> str:
    return f"{size / _MEBI:,.0f} MiB" if size else "unknown"
