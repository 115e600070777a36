"""Renders model cards and evaluations as text, for `boojum train` and `boojum evaluate`."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from audit.escape import as_terminal
from audit.operating_points import campaign_recalls, describe_point
from model.contract import FloorResult, ModelCard, ModelResult, Verdict
from model.evaluation.contract import Evaluation, ProbeResult
from model.metrics import NIGHTLY_FILES


def render_card(card: ModelCard) -> str:
    """Return the text of a model card: its operating points, then its figures on rows that the model never saw."""
    lines = [f"model {card.model_id} ({card.preset}), schema {card.fingerprint}", f"trained on {card.trained_on}", ""]
    found = campaign_recalls(card)
    for point in card.points:
        lines += [f"{point.verdict.value:<11}score from {point.threshold:.6f}   {point}"]
        lines += [f"    {describe_point(point, NIGHTLY_FILES, found.get(point.verdict))}"]
    lines += ["", *render_results(card.metrics), *_render_floors("artifacts", card.floors)]
    if card.change is None:
        return "\n".join([*lines, "", "changes are not scored: it was trained without labelled changes"])
    lines += ["", f"changes, schema {card.change.fingerprint}, trained on {card.change.trained_on}", ""]
    lines += [f"{point.verdict.value:<11}score from {point.threshold:.6f}   {point}" for point in card.change.points]
    lines += ["", *render_results(card.change.metrics), *_render_floors("changes", card.change.floors)]
    return "\n".join(lines)


def _render_floors(what: str, floors: Sequence[FloorResult]) -> Iterator[str]:
    """Yield a line for each act that earns a verdict whatever stands around it, with its count."""
    for floor in floors:
        given = "no verdict" if floor.verdict is Verdict.CLEAR else f"at least {floor.verdict.value}"
        yield f"{given:<19} {floor.meaning}: {floor.alarms:,} of {floor.rows:,} honest {what}"


def render_evaluation(evaluation: Evaluation, written: Path) -> str:
    """Return the text of an evaluation: the table of results, the probes, and the path of its page."""
    probes = [probe for section in evaluation.sections for probe in section.probes]
    return "\n".join([*render_results(evaluation.results), *render_probes(probes), f"wrote {written}"])


def render_probes(probes: Sequence[ProbeResult]) -> Iterator[str]:
    """Yield a line for each probe: how many of its rows reach each threshold."""
    for probe in probes:
        reached = "".join(f"  {hits.point} {hits.hits:,} ({hits.share:.1%})" for hits in probe.reached)
        label = "malicious" if probe.label else "benign"
        yield f"{as_terminal(probe.name):<26} {label:<9} {probe.artifacts:>6,}{reached}"


def render_results(results: tuple[ModelResult, ...]) -> Iterator[str]:
    """Yield a table with one line a result: recall of artifacts and of campaigns at each false positive rate."""
    if not results:
        return
    rates = [recall.false_positives for recall in results[0].recalls]
    head = "".join(f"  at {rate:.2%} FP (campaigns)" for rate in rates)
    yield f"{'section':<10} {'split':<22} {'model':<16} {'malicious':>9} {'benign':>6} {'AUC':>6} {'F1':>6}{head}"
    for result in results:
        found = "".join(
            f"  {recall.artifacts.value:>12.1%} ({recall.campaigns.value:>6.1%})" for recall in result.recalls
        )
        yield (
            f"{result.section:<10} {result.split:<22} {result.model:<16} {result.malicious:>9,} {result.benign:>6,} "
            f"{result.auc:>6.4f} {result.f1:>6.3f}{found}"
        )
