"""Lists the shipped indicators with the share of honest and of malicious artifacts that have each."""

import contextlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb

from features.text.indicators import INDICATORS
from model.training import SHIPPED_ROWS

_MARKED = """
    SELECT k.id, count(DISTINCT row) FILTER (label = 0), count(DISTINCT row) FILTER (label = 1)
    FROM (
        SELECT row, label, unnest(m.marks) AS k
        FROM (SELECT row_number() OVER () AS row, label, unnest(members) AS m FROM read_parquet(?))
    ) GROUP BY 1
"""
_ALL = "SELECT count(*) FILTER (label = 0), count(*) FILTER (label = 1) FROM read_parquet(?)"


@dataclass(frozen=True, slots=True)
class IndicatorRate:
    """A shipped indicator, and the shares of the labelled artifacts that have it in any member."""

    id: str
    category: str
    technique: str
    weight: int
    meaning: str
    honest: float
    malicious: float


@dataclass(frozen=True, slots=True)
class IndicatorTable:
    """The indicators in the order of the file, and how many labelled artifacts their shares are of."""

    indicators: tuple[IndicatorRate, ...]
    honest: int
    malicious: int


def list_indicators(words: Sequence[str] = (), rows: Path = SHIPPED_ROWS) -> IndicatorTable:
    """Return the indicators whose id, category, meaning or technique has all of some words; all without words."""
    with contextlib.closing(duckdb.connect(":memory:")) as connection:
        counts = {mark: (honest, bad) for mark, honest, bad in connection.execute(_MARKED, [str(rows)]).fetchall()}
        all_honest, all_bad = connection.execute(_ALL, [str(rows)]).fetchall()[0]
    listed = []
    for one in INDICATORS:
        described = f"{one.id} {one.category} {one.technique} {one.meaning}".lower()
        if all(word.lower() in described for word in words):
            honest, bad = counts.get(one.id, (0, 0))
            rates = honest / max(all_honest, 1), bad / max(all_bad, 1)
            listed.append(IndicatorRate(one.id, one.category.value, one.technique, one.weight, one.meaning, *rates))
    return IndicatorTable(tuple(listed), all_honest, all_bad)


def render_indicators(table: IndicatorTable) -> str:
    """Return a line for each indicator, with its shares in percent, and what they are shares of."""
    return "\n".join(_lines(table))


def _lines(table: IndicatorTable) -> Iterator[str]:
    if not table.indicators:
        yield "no indicator has these words"
        return
    width = max(len(one.id) for one in table.indicators)
    yield f"{'indicator':<{width}}  {'category':<11}  {'technique':<9}  {'honest':>7}  {'malware':>7}  meaning"
    for one in table.indicators:
        shares = f"{100 * one.honest:>6.2f}%  {100 * one.malicious:>6.1f}%"
        yield f"{one.id:<{width}}  {one.category:<11}  {one.technique:<9}  {shares}  {one.meaning}"
    yield (
        f"({len(table.indicators)} indicators; shares of the {table.honest:,} honest and {table.malicious:,} malicious "
        "artifacts that the shipped model is made from, in any member)"
    )
