"""Tests which nights have something to tell."""

import pytest

from audit.contract import FindingChange, Held, Withheld
from audit.decisions.contract import Waiver
from audit.news.quiet import has_news
from jobs.contract import MirrorFault

CASE = ("p", "1", "p-1.tar.gz", "00", "malicious", 0.9)


@pytest.mark.parametrize("change", [FindingChange.NEW, FindingChange.RAISED])
def test_a_new_or_graver_finding_is_news(document, finding, change):
    assert has_news(document(finding(change=change)))


@pytest.mark.parametrize(
    "fault",
    [
        {"failed": 1},
        {"unread": {"stopped": 1}},
        {"counts": {"dropped_parts": 1}},
        {"skipped_runs": ("run 1 was passed over",)},
        {"faults": (MirrorFault("shrank", "3 of 9 files are gone"),)},
        {"blocklist_refused": "too broad"},
        {"withheld": (Withheld(*CASE, "bound"),)},
        {"held": (Held(*CASE, "popular"),)},
    ],
)
def test_a_fault_and_what_waits_for_a_person_is_news(document, fault):
    assert has_news(document(**fault))


def test_a_night_like_the_one_before_has_none(document, finding):
    waiver = Waiver(sha256="00", owner="ops", reason="ours", expires=document().finished.date())
    same, milder, waived = (
        finding(1, change=FindingChange.SAME),
        finding(2, change=FindingChange.LOWERED),
        finding(3, waiver=waiver),
    )
    assert not has_news(document(same, milder, waived, backlog=7))


def test_a_file_that_is_held_speaks_once_and_one_that_is_held_anew_again(document):
    held = document(held=(Held(*CASE, "popular"),))
    assert not has_news(held, {"00"})
    assert has_news(held, {"01"})
