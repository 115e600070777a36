from dataclasses import replace

import numpy as np
import pytest

from model.evaluation.slices import measure_slices
from model.metrics import ScoredRows
from model.rows import LabelledRows
from model.splits import dev_split


def parts(rows: LabelledRows, dimension: str) -> list[tuple[str, int, int]]:
    split = dev_split(rows)
    scored = ScoredRows(np.zeros(len(split.test)), rows.labels[split.test], rows.groups[split.test])
    return [(part.value, part.malicious, part.benign) for part in measure_slices(rows, split, scored, (dimension,))]


def test_parts_cover_every_test_row_once(rows: LabelledRows) -> None:
    split = dev_split(rows)
    bad = int(rows.malicious[split.test].sum())
    for dimension in ("year", "kind", "size"):
        found = parts(rows, dimension)
        assert sum(malicious for _, malicious, _ in found) == bad
        assert sum(benign for _, _, benign in found) == len(split.test) - bad


def test_places_are_of_malware_and_strata_of_the_rest(rows: LabelledRows) -> None:
    assert {benign for _, _, benign in parts(rows, "payload place")} == {0}
    assert {malicious for _, malicious, _ in parts(rows, "stratum")} == {0}


def test_sizes_and_years_ascend(rows: LabelledRows) -> None:
    assert [value for value, _, _ in parts(rows, "size")] == ["under 10 kB", "10 to 100 kB"]
    old = rows.first_seen.copy()
    old[::3] = np.datetime64("2014-05-05")
    years = [value for value, _, _ in parts(replace(rows, first_seen=old), "year")]
    assert years[0] == "before 2020"
    assert years[1:] == sorted(years[1:])
    assert all(value.isdigit() for value in years[1:])


def test_recall_of_a_slice_is_at_the_threshold_of_all_benign_rows(rows: LabelledRows) -> None:
    split = dev_split(rows)
    labels, groups = rows.labels[split.test], rows.groups[split.test]
    # Malware, all of it in sdists, scores above every benign row.
    scored = ScoredRows(labels.astype(np.float64), labels, groups)
    found = {part.value: part for part in measure_slices(rows, split, scored, ("kind", "stratum"))}
    assert (1.0, 1.0, 1.0) == found["sdist"].recalls == found["sdist"].campaign_recalls
    assert (0.0, 0.0, 0.0) == found["popular"].recalls
    assert {(0, 0, 0)} == {part.alarms for part in found.values()}


def test_an_unknown_property_is_an_error(rows: LabelledRows) -> None:
    split = dev_split(rows)
    scored = ScoredRows(np.zeros(len(split.test)), rows.labels[split.test], rows.groups[split.test])
    with pytest.raises(KeyError, match="snark"):
        list(measure_slices(rows, split, scored, ("snark",)))
