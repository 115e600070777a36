"""Renders the comparison of two runs as a table for a terminal, as JSON, CSV or Markdown."""

import csv
import io
import textwrap
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import fields

from audit.escape import as_csv_cell, as_markdown, as_terminal
from audit.news.comparison import Difference, RunComparison, Step
from audit.serialization import render_json

WIDTH = 80
"""Columns of the table."""
SHOWN = 50
"""Findings of each kind in the table and in Markdown."""


def render_table(comparison: RunComparison) -> str:
    """Return the comparison as lines that fit a terminal."""
    lines = [f"{comparison.before} -> {comparison.after}", *map(as_terminal, comparison.remarks), _counts(comparison)]
    lines = [wrapped for line in lines for wrapped in textwrap.wrap(line, WIDTH, subsequent_indent="  ")]
    for step, found, more in _by_step(comparison):
        lines += ["", step.value, *(line for each in found for line in _table_lines(each))]
        if more:
            lines.append(f"  and {more:,} more (--format csv lists them)")
    return "\n".join(lines)


def _table_lines(each: Difference) -> Iterator[str]:
    score = "" if each.score is None else f"{each.score:.4f}"
    start = f"  {_verdicts(each):<24} {score:<6}  "
    yield start + as_terminal(each.filename, WIDTH - len(start) - 1)
    if each.why:
        yield f"    {as_terminal(each.why, WIDTH - 5)}"


def _verdicts(each: Difference) -> str:
    """Return the verdict, or both where it changed."""
    if each.step is Step.GONE:
        return f"{each.before} -> gone"
    if not each.before or each.before == each.after:
        return each.after
    return f"{each.before} -> {each.after}"


def _counts(comparison: RunComparison) -> str:
    return ", ".join(f"{comparison.counts.get(step.value, 0):,} {step.value}" for step in Step)


def _by_step(comparison: RunComparison) -> Iterator[tuple[Step, Sequence[Difference], int]]:
    """Yield each step that occurs with the first of its findings and the number of the others."""
    for step in Step:
        found = [each for each in comparison.differences if each.step is step]
        if found:
            yield step, found[:SHOWN], comparison.counts.get(step.value, 0) - len(found[:SHOWN])


def render_csv(comparison: RunComparison) -> str:
    """Return comma-separated values (RFC 4180) with a header line; no cell is a formula."""
    names = [field.name for field in fields(Difference)]
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(names)
    for each in comparison.differences:
        values = (getattr(each, name) for name in names)
        writer.writerow([as_csv_cell(str(value)) if isinstance(value, str) else value for value in values])
    return text.getvalue().rstrip("\r\n")


def render_markdown(comparison: RunComparison) -> str:
    """Return the comparison as Markdown."""
    lines = [f"# {as_markdown(comparison.before)} to {as_markdown(comparison.after)}", "", f"{_counts(comparison)}."]
    lines += [f"- {as_markdown(remark)}" for remark in comparison.remarks]
    for step, found, more in _by_step(comparison):
        lines += ["", f"## {step.value.capitalize()}", ""]
        lines += [
            f"- **{_verdicts(each).replace('->', 'to')}** {as_markdown(each.filename)}"
            + (f": {as_markdown(each.why)}" if each.why else "")
            for each in found
        ]
        if more:
            lines.append(f"- and {more:,} more")
    return "\n".join(lines)


COMPARISON_FORMATS: Mapping[str, Callable[[RunComparison], str]] = {
    "table": render_table,
    "csv": render_csv,
    "json": render_json,
    "markdown": render_markdown,
}
"""Formats of `boojum compare`, in the order of its help text."""
