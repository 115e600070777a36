"""Tests which findings enter the record, and which wait for a person."""

import pytest

from audit.blocklists.admission import admit
from audit.blocklists.renewal import renew_record
from audit.config import BlocklistSettings

FEW = BlocklistSettings(max_files=2, max_share=0)


def numbers(findings):
    return [finding.rank for finding in findings]


@pytest.mark.parametrize("name", ["project-2", "Project_2", "PROJECT.2"])
def test_a_protected_project_is_withheld_in_any_spelling_and_the_rest_is_written(night, finding, name):
    tonight = night(finding(1), finding(2))
    settings = BlocklistSettings(protected=(name,))
    done = admit(tonight.document.findings, None, tonight, settings, yes=False)
    assert [1] == numbers(done.blocked)
    assert [("project-2", "protected")] == [(case.project, case.why) for case in done.withheld]
    assert [1, 2] == numbers(admit(tonight.document.findings, None, tonight, settings, yes=True).blocked)


def test_yes_blocks_nothing_that_is_held(night, finding):
    tonight = night(finding(1), popular={"project-1": "it is popular"})
    done = admit(tonight.document.findings, None, tonight, BlocklistSettings(), yes=True)
    assert ([], [1_000 - 4]) == (numbers(done.blocked), [case.age for case in done.held])


def test_partial_admits_the_best_ranks_up_to_the_bound(night, finding):
    tonight = night(*(finding(number) for number in range(1, 6)))
    done = admit(tonight.document.findings, None, tonight, BlocklistSettings(max_files=2, partial=True), yes=False)
    assert [1, 2, 3, 4, 5] == numbers(done.blocked)  # 1 % of 3,000 files is the greater bound
    small = night(*(finding(number) for number in range(1, 6)), counts={"on_disk": 10})
    done = admit(small.document.findings, None, small, BlocklistSettings(max_files=2, partial=True), yes=False)
    assert ([1, 2], [3, 4, 5]) == (numbers(done.blocked), [int(case.sha256, 16) for case in done.withheld])
    assert ("5 are new, and the bound of one night is 2",) == done.refusals


def test_an_old_record_does_not_count_against_the_bound(record, night, finding):
    listed = record(finding(1), finding(2), settings=FEW)
    for day, number in enumerate(range(3, 9), start=1):
        listed = renew_record(listed, night(finding(number), day=day), FEW)
    assert (8, "") == (len(listed.entries), listed.refused)


def test_what_was_withheld_before_does_not_keep_tonights_few_from_being_blocked(record, night, finding):
    many = [finding(number) for number in range(1, 5)]
    first = record(*many, settings=FEW)
    assert (0, 4) == (len(first.entries), len(first.withheld))
    second = renew_record(first, night(*many, finding(9), day=1), FEW)
    assert [9] == [int(entry.sha256, 16) for entry in second.entries]
    assert 4 == len(second.withheld)
    flood = [*many, *(finding(number) for number in range(10, 13))]
    third = renew_record(second, night(*flood, day=2), FEW)
    assert (1, 7) == (len(third.entries), len(third.withheld))
    raised = renew_record(third, night(*flood, day=3), BlocklistSettings(max_files=7))
    assert (8, ()) == (len(raised.entries), raised.withheld)
