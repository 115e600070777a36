"""Tests the blocklist of a run: its entries, its exceptions, and the reasons to refuse it."""

from datetime import UTC, date, datetime

import pytest

from audit.blocklists.build import TooBroadError, TruncatedError, build_blocklist
from audit.config import BlocklistSettings
from audit.decisions.contract import Waiver
from model.contract import Verdict

SETTINGS = BlocklistSettings()


def test_the_default_scope_is_the_file_and_review_is_not_blocked(document, finding):
    listed = build_blocklist(document(finding(1), finding(2, verdict=Verdict.REVIEW)), SETTINGS)
    assert [f"{1:064x}"] == [entry.sha256 for entry in listed.entries]
    entry = listed.entries[0]
    assert ("file", "deny") == (entry.scope, entry.action)
    assert "pkg:pypi/project-1@1.0?file_name=project_1-1.0.tar.gz" == entry.purl
    assert "" == entry.expires_at
    assert ("posts data to a webhook when installed",) == entry.reasons


def test_a_list_that_the_document_is_too_short_for_is_not_written(document, finding):
    cut = document(finding(1), totals={"malicious": 1, "review": 7})
    assert 1 == len(build_blocklist(cut, SETTINGS).entries)
    with pytest.raises(TruncatedError, match="lists 1 of the 8 findings to block"):
        build_blocklist(cut, BlocklistSettings(verdict="review"), yes=True)


def test_a_waiver_wins_and_is_counted(document, finding):
    waiver = Waiver(sha256=f"{1:064x}", owner="ops", reason="ours", expires=date(2027, 1, 1))
    listed = build_blocklist(document(finding(1, waiver=waiver), finding(2)), SETTINGS)
    assert (1, [f"{2:064x}"]) == (listed.waived, [entry.sha256 for entry in listed.entries])


def test_order_and_revision_do_not_depend_on_the_ranking(document, finding):
    ranked = build_blocklist(document(finding(1), finding(2)), SETTINGS)
    other = build_blocklist(document(finding(2), finding(1)), SETTINGS)
    assert ranked == other


def test_the_revision_stands_while_the_list_does(document, finding):
    tonight = document(finding(1))
    tomorrow = document(finding(1), run="another", finished=datetime(2026, 11, 23, tzinfo=UTC))
    assert build_blocklist(tonight, SETTINGS).revision == build_blocklist(tomorrow, SETTINGS).revision
    assert build_blocklist(document(finding(2)), SETTINGS).revision != build_blocklist(tonight, SETTINGS).revision


def test_first_seen_is_kept(document, finding):
    listed = build_blocklist(document(finding(1)), SETTINGS, first_seen={f"{1:064x}": "2026-01-01"})
    assert "2026-01-01" == listed.entries[0].first_seen


@pytest.mark.parametrize(
    ("expected", "settings"),
    [
        ("would block 60 files, over the bound of 50", SETTINGS),
        ("would block 60 files, over the bound of 30", BlocklistSettings(max_files=1)),
        ("names the protected project project-7", BlocklistSettings(protected=("project-7",))),
    ],
)
def test_a_broad_list_is_refused_and_yes_writes_it(document, finding, expected, settings):
    many = document(*(finding(n) for n in range(60)))
    with pytest.raises(TooBroadError, match=expected):
        build_blocklist(many, settings)
    assert 60 == len(build_blocklist(many, settings, yes=True).entries)


def test_an_entry_expires_after_the_days_of_the_settings(document, finding):
    listed = build_blocklist(document(finding(1)), BlocklistSettings(days=1), mirror_serial="7")
    assert ("2026-11-23", "2026-11-23", "7") == (listed.expires_at, listed.entries[0].expires_at, listed.mirror_serial)


def test_names_of_packages_are_quoted_in_the_purl(document, finding):
    odd = finding(1, project="a b", version="1?2", filename="x&y/z.tar.gz")
    assert "pkg:pypi/a%20b@1%3F2?file_name=x%26y%2Fz.tar.gz" == build_blocklist(document(odd), SETTINGS).entries[0].purl


def test_a_share_of_a_large_mirror_may_be_blocked(document, finding):
    many = document(*(finding(n) for n in range(60)), counts={"on_disk": 6_000})
    assert 60 == len(build_blocklist(many, SETTINGS).entries)
