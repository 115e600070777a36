"""What the model's own upkeep says to a person: corpora built, a model trained, an evaluation measured."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from audit.config import ConfigError, Settings
from audit.context import rank_names
from audit.escape import as_terminal
from audit.operating_points import campaign_recalls, describe_point
from audit.query import connect
from features.reference.popular_names import POPULAR_FILE
from features.runtime.atomic_write import write_atomically
from jobs.corpus.contract import BuildResult
from jobs.corpus.known import KnownReport
from jobs.corpus.rows import RowsBuilt
from jobs.corpus.sample import STRATA, SampleReport, scale_strata
from jobs.corpus.variants.building import VariantsBuilt
from jobs.run.cluster import ClusterSettings
from model.contract import ModelCard, ModelResult
from model.evaluation.contract import Evaluation, ProbeResult
from model.metrics import NIGHTLY_FILES


def parse_strata(text: str | None, total: int) -> Mapping[str, int]:
    """Return sizes by stratum that sum to about `total`: by the weights given, or those of the shipped list."""
    weights: dict[str, float] = {}
    for part in (text or "").split(",") if text else []:
        name, _, weight = part.partition("=")
        try:
            weights[name.strip()] = float(weight) if weight else 1.0
        except ValueError as error:
            raise ConfigError("--strata", f"{part!r} has no number", "write name=weight,name=weight") from error
    unknown = sorted(set(weights) - set(STRATA))
    if unknown:
        raise ConfigError("--strata", f"no stratum is called {unknown[0]!r}", f"known: {', '.join(STRATA)}")
    if not weights:
        return scale_strata(total)
    if sum(weights.values()) <= 0:
        raise ConfigError("--strata", "no weight is above zero", "write name=weight,name=weight")
    return scale_strata(total, weights)


def render_build(built: BuildResult) -> str:
    """Return what a corpus builder did, with the reasons for what is missing."""
    size = f"{built.bytes / 2**20:,.0f} MiB in {built.out}, {built.seconds:,.0f} s"
    lines = [f"{built.listed:,} listed: {built.written:,} written, {built.kept:,} were there, {size}"]
    if built.missing:
        lines.append(f"{len(built.missing):,} could not be had; see {built.out / 'missing.csv'}")
        lines += [f"  {as_terminal(one.filename, 80)}: {as_terminal(one.reason, 120)}" for one in built.missing[:5]]
    return "\n".join(lines)


def render_sample(report: SampleReport, file: Path) -> str:
    """Return what a sampling gave."""
    lines = [f"{report.rows:,} artifacts drawn into {file}"]
    lines += [f"  {number:>6,} {stratum}" for stratum, number in report.by_stratum.items()]
    lines += [f"  {stratum} is short of {number:,}" for stratum, number in report.short.items() if number]
    if report.unanswered:
        lines.append(f"  the index did not answer for {report.unanswered:,} names")
    return "\n".join(lines)


def read_names(file: Path | None, top: int | None) -> list[str]:
    """Return the names of a file, one a line (None: the popular ones); `#` begins a comment."""
    file = file or POPULAR_FILE
    try:
        lines = file.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(str(file), f"cannot be read ({error})", "name a text file, one project a line") from error
    names = [name for line in lines if (name := line.partition("#")[0].strip())]
    return names[:top]


def write_ranked_names(out: Path, file: Path, most: int, *, plain: bool) -> int:
    """Write the names that the most projects of the last run's mirror depend on, the most first; return how many.

    `plain` is names alone, one a line, as the shipped list has them; otherwise CSV of name and dependents. Raises
    QueryError where no run has finished.
    """
    connection = connect(out)
    try:
        ranked = rank_names(connection, most)
    finally:
        connection.close()
    lines = [name if plain else f"{name},{count}" for name, count in ranked]
    write_atomically(file, ("\n".join(lines if plain else ["name,dependents", *lines]) + "\n").encode(), durable=True)
    return len(ranked)


def render_known(report: KnownReport, file: Path) -> str:
    """Return what building an index of known code gave."""
    size = f"{report.bytes / 2**20:.1f} MiB, {report.seconds:,.0f} s"
    lines = [
        f"{report.digests:,} digests of {report.projects:,} projects in {file}, {size}",
        f"{report.shared:,} of them are many projects' and nobody's own",
    ]
    unread = sum(report.unread.values())
    if unread:
        lines.append(f"{unread:,} of {report.artifacts:,} artifacts could not be read:")
        lines += [f"  {count:>6,} {as_terminal(reason, 120)}" for reason, count in report.unread.items()]
    return "\n".join(lines)


def cluster_settings(settings: Settings, out: Path) -> ClusterSettings:
    """Return where the work of building rows is done, as the flags say."""
    return ClusterSettings(
        out / ".tmp",
        settings.workers or None,
        settings.memory,
        settings.scheduler or None,
        Path(settings.scheduler_file) if settings.scheduler_file else None,
    )


def render_rows(built: RowsBuilt) -> str:
    """Return what the training rows hold."""
    size = f"{built.bytes / 2**20:.1f} MiB"
    lines = [
        f"{built.malicious:,} malicious and {built.benign:,} benign rows in {built.path}, {size}",
        f"{built.unreadable:,} unreadable; {built.capped:,} near-duplicates and {built.left_out:,} noisy left out",
        f"{built.reviewed:,} of the noisy are benign ones that were read by eye and decided to be grey or malicious",
    ]
    if built.missing:
        lines.append(f"{built.missing:,} listed artifacts are in no tree: run `boojum corpus` for them again")
    return "\n".join(lines)


def render_variants(built: VariantsBuilt) -> str:
    """Return how many variants of each set were made, and why others were not."""
    made = sum(built.rows.values())
    lines = [f"{made:,} of {built.planned:,} variants made ({built.resumed:,} taken over): {built.training.parent}"]
    lines += [f"  {number:>6,} {name}" for name, number in built.rows.items()]
    if built.skipped:
        lines.append(f"{sum(built.skipped.values()):,} could not be made:")
        lines += [f"  {number:>6,} {as_terminal(reason, 100)}" for reason, number in built.skipped.items()]
    return "\n".join(lines)


def render_card(card: ModelCard) -> str:
    """Return a model card in a page: operating points, then what was measured on rows the model never saw."""
    lines = [f"model {card.model_id} ({card.preset}), schema {card.fingerprint}", f"trained on {card.trained_on}", ""]
    found = campaign_recalls(card)
    for point in card.points:
        lines += [f"{point.verdict.value:<11}score from {point.threshold:.6f}   {point}"]
        lines += [f"    {describe_point(point, NIGHTLY_FILES, found.get(point.verdict))}"]
    lines += ["", *render_results(card.metrics)]
    return "\n".join(lines)


def render_evaluation(evaluation: Evaluation, written: Path) -> str:
    """Return the evaluation's table, the sets asked about at fixed points, and where the page was written."""
    probes = [probe for section in evaluation.sections for probe in section.probes]
    return "\n".join([*render_results(evaluation.results), *render_probes(probes), f"wrote {written}"])


def render_probes(probes: Sequence[ProbeResult]) -> Iterator[str]:
    """Yield a line for each set: how many of it reach each point."""
    for probe in probes:
        reached = "".join(f"  {at.point} {at.hits:,} ({at.share:.1%})" for at in probe.reached)
        label = "malicious" if probe.label else "benign"
        yield f"{as_terminal(probe.name):<26} {label:<9} {probe.artifacts:>6,}{reached}"


def render_results(results: tuple[ModelResult, ...]) -> Iterator[str]:
    """Yield a table: one line a result, recall of artifacts and of campaigns at each rate of false positives."""
    if not results:
        return
    rates = [recall.false_positives for recall in results[0].recalls]
    head = "".join(f"  at {rate:.2%} FP (campaigns)" for rate in rates)
    yield f"{'section':<10} {'split':<22} {'model':<16} {'bad':>5} {'good':>6} {'AUC':>6} {'F1':>6}{head}"
    for result in results:
        found = "".join(
            f"  {recall.artifacts.value:>12.1%} ({recall.campaigns.value:>6.1%})" for recall in result.recalls
        )
        yield (
            f"{result.section:<10} {result.split:<22} {result.model:<16} {result.malicious:>5,} {result.benign:>6,} "
            f"{result.auc:>6.4f} {result.f1:>6.3f}{found}"
        )
