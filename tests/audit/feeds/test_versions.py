"""Versions against the versions and ranges of records."""

import pytest

from audit.feeds.versions import canonical_version, is_everything, is_in_range, is_open, parse_events


def test_equal_versions_have_one_form_and_what_is_none_stays():
    assert "1" == canonical_version("1.0.0") == canonical_version("v1")
    assert "not a version" == canonical_version(" Not a Version ")


@pytest.mark.parametrize(
    ("expected", "version"), [(False, "1.82.6"), (True, "1.82.7"), (True, "1.82.8"), (False, "1.82.9"), (False, "odd")]
)
def test_a_range_begins_where_it_is_introduced_and_ends_before_it_is_fixed(expected, version):
    assert expected == is_in_range(version, parse_events([{"fixed": "1.82.9"}, {"introduced": "1.82.7"}]))


def test_the_last_affected_version_is_affected_and_a_range_may_have_two_spans():
    events = parse_events([{"introduced": "0"}, {"last_affected": "1.0"}, {"introduced": "2.0"}, {"fixed": "2.1"}])
    affected = [version for version in ("0.1a1", "1.0", "1.1", "2.0", "2.1") if is_in_range(version, events)]
    assert ["0.1a1", "1.0", "2.0"] == affected
    assert not is_open(events)


def test_a_range_without_an_end_is_open_and_one_from_zero_is_everything():
    assert is_everything(parse_events([{"introduced": "0"}]))
    assert is_open(parse_events([{"introduced": "2.0"}]))
    assert not is_everything(parse_events([{"introduced": "2.0"}]))


def test_a_bound_that_is_no_version_is_an_error():
    with pytest.raises(ValueError, match="zzz"):
        parse_events([{"introduced": "zzz"}])
