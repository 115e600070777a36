"""Tests what an entry of the record says."""

import pytest

from audit.blocklists.entries import last_day
from audit.blocklists.renewal import renew_record
from audit.config import BlocklistSettings

SETTINGS = BlocklistSettings()


def test_names_of_packages_are_quoted_in_the_purl(record, finding):
    [entry] = record(finding(1, project="a b", version="1?2", filename="x&y/z.tar.gz")).entries
    assert "pkg:pypi/a%20b@1%3F2?file_name=x%26y%2Fz.tar.gz" == entry.purl


def test_order_and_revision_do_not_depend_on_the_ranking_and_stand_while_the_list_does(record, night, finding):
    ranked = record(finding(1), finding(2))
    assert ranked == record(finding(2), finding(1))
    assert ranked.revision == renew_record(ranked, night(finding(2), day=1), SETTINGS).revision
    assert ranked.revision != record(finding(1)).revision


@pytest.mark.parametrize(
    ("expected", "day", "days"),
    [("", "2026-11-22", 0), ("", "", 7), ("2026-12-02", "2026-11-22", 10), ("", "2026-11-22", 10**7)],
)
def test_the_last_day_of_an_entry(expected, day, days):
    assert expected == last_day(day, BlocklistSettings(days=days))
