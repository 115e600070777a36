"""Derives from a model's card what a reading budget buys: the false alarms that fill it, and the malware it finds."""

import math
from collections.abc import Iterator

from audit.contract import AuditDocument, BudgetPoint
from audit.operating_points import campaign_recalls, count_alarms, judged_files
from model.contract import ModelCard, OperatingPoint, Verdict
from model.thresholds import clopper_pearson

CONFIDENCE = 0.95


def budget_points(card: ModelCard, files: int) -> tuple[BudgetPoint, ...]:
    """Return what each verdict brings a person who is shown `files` files, the gravest verdict first.

    The alarms of the artifact's score and of the change's are added, as if no file had both. Their bounds are each at a
    confidence that makes that of the sum at least 95 %. Where too few rows support a threshold's rate, that one
    is expected. The malware is what the artifact's score alone finds.
    """
    changes = {point.verdict: point for point in card.change.points} if card.change else {}
    recalls = campaign_recalls(card)
    campaigns = next((result.campaigns for result in reversed(card.metrics) if result.section == "time"), 0)
    return tuple(
        _budget_point(
            point.verdict,
            [point, changes[point.verdict]] if point.verdict in changes else [point],
            files,
            recalls.get(point.verdict),
            campaigns,
        )
        for point in card.points
    )


def _budget_point(
    verdict: Verdict, points: list[OperatingPoint], files: int, found: float | None, campaigns: int
) -> BudgetPoint:
    confidence = 1 - (1 - CONFIDENCE) / len(points)
    upper = sum(clopper_pearson(point.alarms, point.rows, confidence)[1] for point in points)
    least = None if found is None else clopper_pearson(math.floor(found * campaigns), campaigns, CONFIDENCE)[0]
    return BudgetPoint(
        verdict=verdict,
        alarms=sum(map(_rate, points)) * files,
        most_alarms=min(files, math.ceil(upper * files - 1e-9)),
        found=found,
        least_found=least,
    )


def _rate(point: OperatingPoint) -> float:
    """Return the expected rate of false alarms: none among too few rows is no promise of none."""
    measured = point.alarms / point.rows if point.rows else 0.0
    return max(measured, point.nominal) if point.extrapolated else measured


def describe_budget(document: AuditDocument) -> Iterator[str]:
    """Yield what the budget buys by the card, in sentences: the mildest verdict that it covers, and the next one."""
    covered = [point for point in document.budget_points if point.alarms <= document.budget]
    beyond = document.budget_points[len(covered) :]
    files, population = judged_files(document.counts)
    of = f"of {files:,} {population}"
    budget = f"{document.budget:,} readings a night cover"
    if document.budget == 1:
        budget = "1 reading a night covers"
    if covered:
        yield f"{budget} {covered[-1].verdict.value}: {of} expect {_outcome(covered[-1])}."
    if beyond:
        more = f"{beyond[0].verdict.value} takes {_outcome(beyond[0])}."
        yield more if covered else f"{budget} no verdict: {of} {more}"


def _outcome(point: BudgetPoint) -> str:
    alarms = f"{count_alarms(point.alarms)} (at most {point.most_alarms:,}, at 95 %)"
    if point.found is None or point.least_found is None:
        return alarms
    found = f"{point.found * 100:.0f} of 100 malware campaigns never seen before"
    return f"{alarms}, and find {found} (at least {math.floor(point.least_found * 100)})"
