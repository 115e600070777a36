"""Operating points in plain words: what a verdict means for so many new files."""

import math

from audit.contract import AuditDocument
from model.contract import ModelCard, OperatingPoint, OperatingPointResult, Verdict
from model.metrics import NIGHTLY_FILES
from model.thresholds import VERDICT_RATES

A_NIGHT = "new files a night"


def describe_point(point: OperatingPoint, files: int, found: float | None = None, of: str = A_NIGHT) -> str:
    """Return what a threshold that was fixed on validation rows means for a number of files.

    `found` is the share of malware campaigns never seen before that reaches it, where that was measured.
    """
    words = _words(point.verdict, point.nominal, point.alarms, point.rows, point.upper, files, found, of)
    if point.extrapolated:
        words += f" {point.rows:,} files are too few to support that rate, so the threshold stands above all of them."
    return words


def describe_points(document: AuditDocument) -> list[str]:
    """Return what each operating point means for the files that a run has read, or for a night where it read none."""
    read = document.counts.get("read", 0)
    files, of = (read, "files read in this run") if read else (NIGHTLY_FILES, A_NIGHT)
    return [describe_point(point, files, document.found.get(point.verdict.value), of) for point in document.points]


def describe_result(fixed: OperatingPointResult, files: int, of: str = A_NIGHT) -> str:
    """Return what a fixed threshold gave on test rows, said for a number of files."""
    nominal = dict(VERDICT_RATES)[fixed.verdict]
    return _words(fixed.verdict, nominal, fixed.alarms, fixed.benign, fixed.upper, files, fixed.campaigns, of)


def render_point_table(card: ModelCard, files: int = NIGHTLY_FILES) -> str:
    """Return the operating points of a model as a Markdown table."""
    found = campaign_recalls(card)
    lines = [
        f"| verdict | fixed at | false alarms a night of {files:,} new files | of 100 unseen campaigns |",
        "|---|---|---|---|",
    ]
    for point in card.points:
        share = f"{found[point.verdict] * 100:.0f} found" if point.verdict in found else "not measured"
        lines.append(
            f"| {point.verdict.value} | 1 in {1 / point.nominal:,.0f} | {point.alarms / point.rows * files:,.0f} "
            f"(at most {_most(point.upper, files)}) | {share} |"
        )
    return "\n".join(lines)


def campaign_recalls(card: ModelCard) -> dict[Verdict, float]:
    """Return recall by campaign at each operating point, from the split that trains on the past only."""
    forward = [result for result in card.metrics if result.section == "time" and result.fixed]
    return {point.verdict: point.campaigns for point in forward[-1].fixed} if forward else {}


def _words(
    verdict: Verdict, nominal: float, alarms: int, rows: int, upper: float, files: int, found: float | None, of: str
) -> str:
    expected = alarms / rows * files if rows else 0.0
    share = "" if found is None else f", and find {found * 100:.0f} of 100 malware campaigns never seen before"
    return (
        f"{verdict.value}: fixed so that at most 1 in {1 / nominal:,.0f} harmless files reaches it. "
        f"Of {files:,} {of} expect {_alarms(expected)} (at most {_most(upper, files)}, at 95 %){share}."
    )


def _alarms(expected: float) -> str:
    if expected < 0.5:
        return "less than one false alarm" if expected else "no false alarm"
    return f"{expected:,.0f} false alarm{'' if expected < 1.5 else 's'}"


def _most(upper: float, files: int) -> str:
    # The epsilon keeps a bound of exactly ten from becoming eleven.
    return f"{math.ceil(upper * files - 1e-9):,}"
