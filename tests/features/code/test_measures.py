"""The table of measures."""

import re

from features.code.measures import MAXIMUM_MEASURES, MEASURES


def test_ids_are_unique_and_sql_friendly():
    ids = [measure.id for measure in MEASURES]
    assert len(ids) == len(set(ids))
    assert all(re.fullmatch(r"[a-z][a-z0-9_]+", measure_id) for measure_id in ids)


def test_lengths_and_depths_are_not_added_up():
    assert {"literal_chars", "longest_line", "decode_layers", "unpacked_layers"} == MAXIMUM_MEASURES
