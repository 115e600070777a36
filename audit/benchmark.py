"""Runs the benchmark of the nightly job with an operator's settings, and renders its result as text."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeVar

from audit.config import Settings
from audit.errors import UsageError
from audit.escape import as_terminal
from audit.nightly import audit_mirror
from features.contract import Progress
from jobs.bench.contract import AuditCost, Benchmark, BenchRequest, Cost, FunctionShare, Spread, StageShare
from jobs.bench.measure import measure
from jobs.run.run_folder import RunAudit

_AnyShare = TypeVar("_AnyShare", StageShare, FunctionShare)
_MEBI = 2**20
_MEGA = 1_000_000


@dataclass(frozen=True, slots=True)
class NightlyJob:
    """The nightly job with an operator's settings, which the benchmark runs in processes of its own."""

    settings: Settings

    def __call__(self, mirror: Path, out: Path, workers: int, progress: Progress, run: RunAudit) -> int:
        """Audit `mirror` into `out` and return the number of artifacts read."""
        settings = replace(
            self.settings,
            mirror=str(mirror),
            out=str(out),
            workers=workers,
            scheduler="",
            scheduler_file="",
            tls_ca="",
            tls_cert="",
            tls_key="",
            insecure_scheduler=False,
        )
        return audit_mirror(settings, progress, yes=True, run=run).document.counts["read"]


def bench_mirror(
    settings: Settings, sample: int, repeat: int, worker_counts: Sequence[int], progress: Progress
) -> Benchmark:
    """Measure audits of `settings.mirror`, one for each number in `worker_counts`; leaves no files behind.

    `sample` is the number of artifacts (0 for all), `repeat` the number of measurements of floor and extraction.
    Raises UsageError for numbers out of range, and the errors of `jobs.bench.measure`.
    """
    if sample < 0 or repeat < 1:
        raise UsageError("--sample or --repeat is too small", "the least are --sample 0 (all artifacts) and --repeat 1")
    request = BenchRequest(
        mirror=Path(settings.mirror),
        audit=NightlyJob(settings),
        model=Path(settings.model) if settings.model else None,
        sample=sample,
        repeat=repeat,
        worker_counts=tuple(worker_counts),
    )
    return measure(request, settings.limits, progress)


def render_benchmark(bench: Benchmark) -> str:
    """Return the result of a benchmark as text."""
    return "\n".join([*_conditions(bench), "", *_costs(bench), "", *_stages(bench), "", *_kinds(bench)])


def _conditions(bench: Benchmark) -> Iterator[str]:
    sample, machine = bench.sample, bench.machine
    unread = f"; {sample.unread:,} that the standard library cannot read completely" if sample.unread else ""
    yield (
        f"{sample.artifacts:,} of {sample.on_disk:,} artifacts on {as_terminal(bench.mirror)}: "
        f"{sample.bytes / _MEGA:,.1f} MB, inflated {sample.inflated / _MEGA:,.1f} MB{unread}"
    )
    yield (
        f"{machine.processors} processors ({machine.machine}), load {machine.load:.1f} at the start, "
        f"Python {machine.python}; model {bench.model}"
    )


def _costs(bench: Benchmark) -> Iterator[str]:
    yield "seconds are processor time; the floor is tarfile and zipfile reading every member, in the same run;"
    yield "x floor is the ratio to it, and range that ratio over the repeats"
    yield f"{'':<26}{'seconds':>9}{'x floor':>8}  {'range':<12}{'files/s':>9}{'MB/s':>8}{'peak':>10}{'start-up':>10}"
    for name, cost in (("floor", bench.floor), ("extraction", bench.extraction), ("scoring", bench.scoring)):
        yield _cost(name, cost)
    for audit in bench.audits:
        yield from _audit_cost(audit)
    walk = bench.walk
    yield f"{'walk of the whole mirror':<26}{walk.seconds:>9.2f}   {walk.microseconds_a_file:.0f} µs per file"
    for gain in bench.gains:
        yield (
            f"{gain.to} workers read artifacts {gain.reading:.2f} times as fast as {gain.start}, "
            f"and the whole audit is {gain.whole:.2f} times as fast"
        )


def _stages(bench: Benchmark) -> Iterator[str]:
    yield "stages of extraction"
    for stage in _by_share(bench.stages):
        yield _share(stage)
        for inner in _by_share([inner for inner in bench.inner if inner.of == stage.name]):
            yield f"    {inner.name:<24}{inner.share:>7.1%}"
    for audit in bench.audits:
        yield ""
        yield f"stages of the audit, {_workers(audit)}; start-up is {audit.start_up / audit.seconds:.1%} of it"
        yield from map(_share, _by_share(audit.stages))


def _kinds(bench: Benchmark) -> Iterator[str]:
    yield f"{'by kind':<16}{'artifacts':>10}{'MB':>9}{'floor':>9}{'extraction':>12}{'x floor':>8}"
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


def _audit_cost(audit: AuditCost) -> Iterator[str]:
    yield (
        f"{'audit, ' + _workers(audit):<26}{audit.seconds:>9.2f}{audit.ratio:>8.2f}  {'':<12}"
        f"{audit.artifacts_a_second:>9.1f}{audit.megabytes_a_second:>8.2f}{_memory(audit.peak_worker):>10}"
        f"{audit.start_up:>8.2f} s"
    )
    yield (
        f"{'  without its start-up':<26}{audit.seconds - audit.start_up:>9.2f}{audit.ratio_running:>8.2f}"
        f"  (driver {_memory(audit.peak_driver)}, {audit.wall:.0f} s wall clock)"
    )


def _share(share: StageShare) -> str:
    return f"  {share.name:<26}{share.share:>7.1%}{share.seconds:>9.2f} s"


def _range(spread: Spread) -> str:
    return f"{spread.low:.2f}-{spread.high:.2f}" if spread.high > spread.low else ""


def _by_share(shares: Sequence[_AnyShare]) -> list[_AnyShare]:
    return sorted(shares, key=lambda share: -share.share)


def _workers(audit: AuditCost) -> str:
    return f"{audit.workers} worker{'s' if audit.workers > 1 else ''}"


def _memory(size: int) -> str:
    return f"{size / _MEBI:,.0f} MiB" if size else "unknown"
