"""Where a model is good and where it is not: recall and alarms by a property of the test rows."""

from collections.abc import Iterator, Sequence

import numpy as np

from model.evaluation.contract import SliceResult
from model.metrics import FALSE_POSITIVE_RATES, ScoredRows, campaign_recall, threshold_at
from model.rows import LabelledRows, Strings
from model.splits import Split

SIZES = ((10_000, "under 10 kB"), (100_000, "10 to 100 kB"), (1_000_000, "100 kB to 1 MB"))
"""Upper bounds in bytes of the parts by size."""

MANY = "1 MB and more"

FIRST_YEAR = 2020
"""Years before it are one part: no known malware is that old, and few benign rows are."""


def slices(rows: LabelledRows, split: Split, scored: ScoredRows, dimensions: Sequence[str]) -> Iterator[SliceResult]:
    """Yield one slice for each value of each dimension among the test rows of a split.

    Thresholds are those at which all benign test rows together have the given false positives. Malware has a
    payload place and benign rows a stratum; a slice of one class counts none of the other.
    """
    bad = scored.labels == 1
    thresholds = [threshold_at(scored.scores[~bad], rate) for rate in FALSE_POSITIVE_RATES]
    for dimension in dimensions:
        values = _values(rows, dimension)[split.test]
        for value in sorted(set(values) - {""}, key=_rank):
            here = values == value
            found = [scored.scores[here & bad] > threshold for threshold in thresholds]
            groups = scored.groups[here & bad]
            yield SliceResult(
                split=split.name,
                by=dimension,
                value=str(value),
                malicious=int((here & bad).sum()),
                campaigns=len(np.unique(groups)),
                benign=int((here & ~bad).sum()),
                rates=FALSE_POSITIVE_RATES,
                recalls=tuple(round(float(hits.mean()), 6) if len(hits) else 0.0 for hits in found),
                campaign_recalls=tuple(round(campaign_recall(hits, groups), 6) if len(hits) else 0.0 for hits in found),
                alarms=tuple(int((scored.scores[here & ~bad] > t).sum()) for t in thresholds),
            )


def _rank(value: str) -> tuple[int, str]:
    """Return what values are sorted by: sizes and years ascend, all others stand by name."""
    sizes = [name for _, name in SIZES] + [MANY]
    return (sizes.index(value) if value in sizes else not value.startswith("before "), value)


def _values(rows: LabelledRows, dimension: str) -> Strings:
    """Return the value of a dimension for every row, "" where it does not apply."""
    match dimension:
        case "payload place":
            return np.where(rows.malicious, rows.payload, "")
        case "stratum":
            return np.where(rows.malicious, "", rows.stratum)
        case "kind":
            return rows.kind
        case "year":
            years = rows.first_seen.astype("datetime64[Y]").astype(str)
            old = rows.first_seen < np.datetime64(f"{FIRST_YEAR}-01-01")
            return np.where(years == "NaT", "", np.where(old, f"before {FIRST_YEAR}", years)).astype(object)
        case "size":
            names = np.full(len(rows), MANY, dtype=object)
            for bound, name in reversed(SIZES):
                names[rows.size < bound] = name
            return names
    raise KeyError(dimension)
