"""Tests the lines of the summary about files that wait for a person."""

from dataclasses import replace
from pathlib import Path

from audit.blocklist_summary import SHOWN, case_lines, decision_commands, takeover_lines
from audit.contract import Held, Unconfirmed, Withheld
from audit.night_summary import render_night
from audit.nightly import NightlyResult
from audit.outcome import Outcome

FACTS = ("requests", "2.9.1", "requests-2.9.1.tar.gz", "a" * 64, "suspicious", 0.95)
OUT = Path("/var/lib/boo jum")


def test_a_night_without_cases_has_no_lines(document, finding):
    assert [] == [*takeover_lines(document(finding())), *case_lines(document(finding()), OUT)]


def test_a_held_file_has_the_commands_that_decide(document):
    lines = list(case_lines(document(held=(Held(*FACTS, "it is popular", 3_895),)), OUT))
    said = f'{"a" * 64} --owner "$USER" --reason "read it"'
    assert [
        "HELD FOR YOU: 1 file of a popular project is not blocked until you decide",
        "  suspicious 0.9500  requests-2.9.1.tar.gz, 3,895 days on this mirror",
        f"    boojum block {said} --out '/var/lib/boo jum'",
        f"    boojum waive {said} --expires 2027-11-22 --out '/var/lib/boo jum'",
    ] == lines


def test_withheld_files_are_counted_by_reason_and_named(document):
    withheld = (Withheld(*FACTS, "protected"), Withheld(*FACTS, "bound"), Withheld(*FACTS, "bound"))
    lines = list(case_lines(document(withheld=withheld, blocklist_refused="2 are new"), OUT))
    assert [
        "WITHHELD: 3 files are not on the blocklist: 2 over the bound, 1 of protected",
        "  projects (2 are new)",
        "  suspicious 0.9500  requests-2.9.1.tar.gz (protected)",
    ] == lines[:3]
    assert lines[-1].startswith("  `boojum audit --yes` blocks them")
    assert ["WITHHELD: too few findings"] == list(case_lines(document(blocklist_refused="too few findings"), OUT))


def test_entries_that_nothing_confirms_are_counted(document):
    lines = case_lines(document(unconfirmed=(Unconfirmed(*FACTS, "its verdict is clear now", "2026-01-01"),)), OUT)
    assert [
        "1 blocked file is not confirmed by the verdict of tonight, and blocked all the",
        "  same until waived",
    ] == list(lines)


def test_many_cases_are_cut(document):
    lines = list(case_lines(document(held=(Held(*FACTS, "it is popular"),) * (SHOWN + 3)), OUT))
    assert "  and 3 more in the report" == lines[-3]
    assert 3 * SHOWN + 4 == len(lines)
    waive = 'boojum waive requests --owner "$USER" --reason "read it" --expires 2027-11-22'
    assert f"    {waive} --out '/var/lib/boo jum'" == lines[-1]


def test_a_takeover_stands_first_and_names_of_packages_are_escaped(document, finding, hostile):
    night = document(finding(1, takeover=True, blocked=True, filename=hostile), finding(2))
    lines = render_night(NightlyResult(night, Path("/out/runs/1"), Outcome(1), 2, "")).splitlines()
    assert lines[0].startswith("TAKEOVER: 1 young file of a popular project blocked at once")
    assert lines[2].startswith("  malicious  0.9900  </script>")
    assert "\u202e" not in "".join(lines)
    waived = replace(night.findings[0], waiver=object())
    assert [] == list(takeover_lines(replace(night, findings=(waived,))))


def test_a_finding_has_the_same_commands(document, finding):
    block, waive = decision_commands(finding(1), document().finished.date())
    assert f'boojum block {1:064x} --owner "$USER" --reason "read it"' == block
    assert waive.endswith("--expires 2027-11-22")
