"""Describes operating points in words: the false alarms and the recall to expect of each verdict."""

import math
from collections.abc import Mapping

from audit.contract import AuditDocument
from model.contract import ModelCard, OperatingPoint, OperatingPointResult, Verdict
from model.metrics import NIGHTLY_FILES
from model.thresholds import VERDICT_RATES

A_NIGHT = "new files a night"


def describe_point(point: OperatingPoint, files: int, recall: float | None = None, population: str = A_NIGHT) -> str:
    """Return what a threshold means for a number of files, from its validation rows.

    `recall` is the share of malware campaigns never seen before that reach it, None where that was not measured.
    """
    text = _describe(point.verdict, point.nominal, point.alarms, point.rows, point.upper, files, recall, population)
    if point.extrapolated:
        text += f" {point.rows:,} files are too few to support that rate, so the threshold lies above all of them."
    return text


def describe_points(document: AuditDocument) -> list[str]:
    """Return what each operating point means for the files that a run read, or for a night where it read none."""
    files, population = judged_files(document.counts)
    recalls = document.found
    return [describe_point(point, files, recalls.get(point.verdict.value), population) for point in document.points]


def judged_files(counts: Mapping[str, int]) -> tuple[int, str]:
    """Return the number of files that a run read, or those of a night where it read none, and words for them.

    Those that it took over from an interrupted run count as well: the report is the first to show them.
    """
    read = counts.get("read", 0) + counts.get("resumed", 0)
    return (read, "files read in this run") if read else (NIGHTLY_FILES, A_NIGHT)


def describe_result(result: OperatingPointResult, files: int, population: str = A_NIGHT) -> str:
    """Return what a threshold means for a number of files, from test rows."""
    nominal = dict(VERDICT_RATES)[result.verdict]
    return _describe(
        result.verdict, nominal, result.alarms, result.benign, result.upper, files, result.campaigns, population
    )


def render_point_table(card: ModelCard, files: int = NIGHTLY_FILES) -> str:
    """Return the operating points of a model as a Markdown table."""
    recalls = campaign_recalls(card)
    lines = [
        f"| verdict | fixed at | false alarms a night of {files:,} new files | of 100 unseen campaigns |",
        "|---|---|---|---|",
    ]
    for point in card.points:
        share = f"{recalls[point.verdict] * 100:.0f} found" if point.verdict in recalls else "not measured"
        lines.append(
            f"| {point.verdict.value} | 1 in {1 / point.nominal:,.0f} | {point.alarms / point.rows * files:,.0f} "
            f"(at most {_at_most(point.upper, files)}) | {share} |"
        )
    return "\n".join(lines)


def campaign_recalls(card: ModelCard) -> dict[Verdict, float]:
    """Return recall at each operating point with every campaign counted once; {} where the card has no such figures.

    The figures are of a split that tests on later campaigns than it trains on.
    """
    measured = [result for result in card.metrics if result.section == "time" and result.fixed]
    return {point.verdict: point.campaigns for point in measured[-1].fixed} if measured else {}


def _describe(
    verdict: Verdict,
    nominal: float,
    alarms: int,
    rows: int,
    upper: float,
    files: int,
    recall: float | None,
    population: str,
) -> str:
    expected = alarms / rows * files if rows else 0.0
    found = "" if recall is None else f", and find {recall * 100:.0f} of 100 malware campaigns never seen before"
    return (
        f"{verdict.value}: fixed so that at most 1 in {1 / nominal:,.0f} harmless files reaches it. "
        f"Of {files:,} {population} expect {count_alarms(expected)} "
        f"(at most {_at_most(upper, files)}, at 95 %){found}."
    )


def count_alarms(expected: float) -> str:
    """Return a number of false alarms in words."""
    if expected < 0.5:
        return "less than one false alarm" if expected else "no false alarm"
    return f"{expected:,.0f} false alarm{'' if expected < 1.5 else 's'}"


def _at_most(upper: float, files: int) -> str:
    # The epsilon keeps a bound of exactly ten from becoming eleven.
    return f"{math.ceil(upper * files - 1e-9):,}"
