"""Measures recall and false alarms by a property of the test rows: year, payload place, kind, size or stratum."""

from collections.abc import Iterator, Sequence

import numpy as np

from model.evaluation.contract import SliceResult
from model.members import Index
from model.metrics import FALSE_POSITIVE_RATES, ScoredRows, campaign_recall, threshold_at
from model.rows import LabelledRows, Strings
from model.splits import Split

SIZES = ((10_000, "under 10 kB"), (100_000, "10 to 100 kB"), (1_000_000, "100 kB to 1 MB"))
"""Upper bounds in bytes of the slices by size, and their names."""

LARGEST = "1 MB and more"

FIRST_YEAR = 2020
"""Earlier years are one slice: no known malware is that old, and few benign rows are."""


def measure_slices(
    rows: LabelledRows, split: Split, scored: ScoredRows, properties: Sequence[str], model: str = ""
) -> Iterator[SliceResult]:
    """Yield one slice for each value of each property among the test rows of a split.

    The thresholds are those at which all benign test rows together reach each false positive rate. Only malware has a
    payload place and only benign rows a stratum, so the slices of these have rows of one class.
    """
    malicious = scored.labels == 1
    thresholds = [threshold_at(scored.scores[~malicious], rate) for rate in FALSE_POSITIVE_RATES]
    for name in properties:
        values = _values(rows, name)[split.test]
        for value in sorted(set(values) - {""}, key=_sort_key):
            inside = values == value
            found = [scored.scores[inside & malicious] > threshold for threshold in thresholds]
            groups = scored.groups[inside & malicious]
            benign = scored.scores[inside & ~malicious]
            yield SliceResult(
                split=split.name,
                by=name,
                value=str(value),
                malicious=len(groups),
                campaigns=len(np.unique(groups)),
                benign=len(benign),
                rates=FALSE_POSITIVE_RATES,
                recalls=tuple(round(float(hits.mean()), 6) if len(hits) else 0.0 for hits in found),
                campaign_recalls=tuple(round(campaign_recall(hits, groups), 6) if len(hits) else 0.0 for hits in found),
                alarms=tuple(int((benign > threshold).sum()) for threshold in thresholds),
                model=model,
            )


def _sort_key(value: str) -> tuple[int, str]:
    """Return a key that sorts sizes ascending, "before <year>" first, and everything else by name."""
    sizes = [*(name for _, name in SIZES), LARGEST]
    return (sizes.index(value) if value in sizes else not value.startswith("before "), value)


def _values(rows: LabelledRows, name: str) -> Strings:
    """Return the value of a property for every row, "" where it does not apply; raises KeyError for other names."""
    match name:
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
            return size_names(rows.size)
    raise KeyError(name)


def size_names(sizes: Index) -> Strings:
    """Return the name of the slice of each size in bytes, shape (n,)."""
    names = np.full(len(sizes), LARGEST, dtype=object)
    for bound, label in reversed(SIZES):
        names[sizes < bound] = label
    return names
