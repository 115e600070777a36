"""Tests which findings of popular projects are held, and which are blocked at once."""

from dataclasses import replace
from datetime import UTC, date, datetime

import duckdb
import pytest

from audit.blocklists.holding import LEAST_DEPENDENTS, HoldRule, find_popular, find_telling_acts
from audit.contract import ReleaseDifference, ScoreReason
from model.contract import FloorResult, Verdict
from model.saved import load_card

TODAY = date(2026, 11, 22)
POPULAR = {"project-1": "it is popular"}
ACT = ScoreReason("floor_stolen", "code that sends passwords", None, 3.0)


def rule(**changes):
    return replace(HoldRule(TODAY, 14, "suspicious", POPULAR, frozenset(("floor_stolen",)), TODAY), **changes)


def changed(verdict):
    return ReleaseDifference("release", "project-1", "0.9", "project_1-0.9.tar.gz", 0.9, verdict)


@pytest.fixture
def young(finding):
    """A release that was uploaded yesterday."""

    def made(**changes):
        return finding(1, **{"spoke": "artifact", "upload_time": datetime(2026, 11, 21, tzinfo=UTC), **changes})

    return made


def test_a_file_that_was_served_for_long_is_held_whatever_speaks_against_it(finding):
    old = finding(1, spoke="change", reasons=(ACT,), difference=changed("malicious"))
    assert "it is popular, and this mirror has served the file for 996 days" == rule().reason_to_hold(old)
    assert not rule().is_takeover(old)
    assert "" == rule(popular={}).reason_to_hold(old)


@pytest.mark.parametrize(
    "changes",
    [
        {"spoke": "change"},
        {"difference": changed("suspicious")},
        {"difference": changed("malicious")},
        {"reasons": (ACT,)},
    ],
)
def test_a_young_release_that_a_change_or_an_act_accuses_is_blocked_at_once(young, changes):
    assert "" == rule().reason_to_hold(young(**changes))
    assert rule().is_takeover(young(**changes))
    assert not rule(popular={}).is_takeover(young(**changes))


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"spoke": "campaign"},
        {"difference": changed("review")},
        {"difference": changed("")},
        {"reasons": (replace(ACT, column="floor_pickle_calls"),)},
    ],
)
def test_a_young_release_that_only_its_own_score_accuses_is_held(young, changes):
    held = "it is popular, and neither a change nor a single act speaks against the file"
    assert held == rule().reason_to_hold(young(**changes))
    assert not rule().is_takeover(young(**changes))


@pytest.mark.parametrize(("expected", "day"), [(True, 8), (False, 9), (False, 22), (False, 23)])
def test_a_file_is_old_after_the_days_of_the_configuration(young, expected, day):
    assert expected is rule().is_old(young(upload_time=datetime(2026, 11, day, tzinfo=UTC)))


def test_a_file_that_came_later_counts_from_its_first_night_and_one_of_the_first_night_from_its_upload(finding):
    since = date(2026, 11, 1)
    ages = {
        first: rule(since=since).days_on_mirror(finding(1, first_seen=first))
        for first in (None, since, date(2026, 11, 20))
    }
    assert {None: 996, since: 996, date(2026, 11, 20): 2} == ages
    assert 21 == rule(since=since).days_on_mirror(finding(1, first_seen=since, upload_time=None))
    assert None is rule().days_on_mirror(finding(1, upload_time=None))
    assert not rule().is_old(finding(1, upload_time=None))


def test_popular_are_the_shipped_names_in_any_spelling_and_the_most_depended_on(finding):
    many = 2 * LEAST_DEPENDENTS
    with duckdb.connect() as connection:
        connection.execute(
            "CREATE TABLE requires AS "
            f"SELECT 'user-' || i AS project, 'our-base' AS name FROM range({many}) t(i) UNION ALL "
            f"SELECT 'user-' || i || '-' || j, 'above-' || j FROM range({many + 1}) t(i), range(100) u(j)"
        )
        findings = [
            finding(1, project="Requests"),
            finding(2, project="our-base", dependents=many),
            finding(3, project="above-7", dependents=many + 1),
            finding(4, project="small", dependents=LEAST_DEPENDENTS - 1),
        ]
        found = find_popular(connection, findings)
        connection.execute("DELETE FROM requires WHERE name = 'above-9'")
        assert "our-base" in find_popular(connection, findings)
    assert {
        "Requests": "it is one of the 5,000 projects that most others depend on",
        "above-7": f"{many + 1} projects of this mirror depend on it",
    } == found


def test_telling_acts_are_those_whose_floor_alone_blocks():
    def floor(name, verdict):
        return FloorResult(name, name, verdict, 0, 1, 0.0)

    card = replace(load_card(None), floors=(floor("a", Verdict.SUSPICIOUS), floor("b", Verdict.REVIEW)))
    assert {"floor_a"} == find_telling_acts(card, "suspicious")
    assert {"floor_a", "floor_b"} == find_telling_acts(card, Verdict.REVIEW)
