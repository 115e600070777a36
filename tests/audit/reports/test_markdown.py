"""Tests report.md: it shows the run, and nothing from a package acts."""

from audit.contract import UnexaminedArtifact
from audit.reports.markdown import SHOWN, MarkdownReport
from model.contract import Verdict


def test_markdown_names_what_is_new_and_hides_nothing(hostile_document):
    text = MarkdownReport().render(hostile_document)
    assert "- **malicious** 0.9900" in text
    assert "project_2" not in text.split("## Not examined")[0].split("more remain")[0]
    assert "<img" not in text
    assert "](javascript" not in text


def test_sections_come_in_order_with_a_blank_line_between(document, finding):
    text = MarkdownReport().render(document(finding()))
    heads = [line for line in text.splitlines() if line.startswith("#")]
    assert [
        "# boojum: /srv/pypi",
        "## To read tonight",
        "## Findings (first run: all are new)",
        "## Not examined",
        "## How far to trust it",
    ] == heads
    assert "\n\n\n" not in text
    assert text.endswith("It knows what was seen before 2025\\.\n")


def test_a_run_without_findings_has_a_section_that_says_none(document):
    assert "## Findings (first run: all are new)\n\nNone.\n" in MarkdownReport().render(document())


def test_an_incomplete_run_says_so(document, hostile):
    assert "**Incomplete: boojum failed on 3 artifacts" in MarkdownReport().render(document(failed=3))
    artifact = UnexaminedArtifact("p", "1", hostile, "packages/p", "00", 1, "partial", hostile, "stopped")
    text = MarkdownReport().render(document(unread={"stopped": 1}, fail_on_unread="stopped", unexamined=(artifact,)))
    assert "**Incomplete: 1 artifact was not read completely: 1 stopped (--fail-on-unread stopped); " in text
    assert "- packages/p: partial (counted), " in text


def test_what_only_this_mirror_knows_stands_below_the_finding(document, finding, context):
    text = MarkdownReport().render(document(finding(**context))).replace("\\", "")
    assert "  - Its name imitates requests, on which 1,234 projects of this mirror depend.\n" in text
    assert "  - 94% of its source files are in your own index of known code, most of them from sheep-counter.\n" in text


def test_more_severe_findings_come_first_and_the_rest_is_counted(document, finding):
    many = [finding(n, verdict=Verdict.REVIEW) for n in range(SHOWN)] + [finding(99)]
    text = MarkdownReport().render(document(finding(98), *many))
    assert text.index("**malicious**") < text.index("**review**")
    assert "- and 2 more in findings.json" in text


def test_files_that_wait_for_a_person_stand_before_the_findings(hostile_document):
    text = MarkdownReport().render(hostile_document)
    heads = [line for line in text.splitlines() if line.startswith("## ")]
    assert [
        "## Perhaps taken over",
        "## Withheld from the blocklist",
        "## Held for you",
        "## Blocked, and not confirmed tonight",
    ] == heads[:4]
    assert f'  - `boojum block {3:064x} --owner "$USER" --reason "read it"`' in text
    assert "last confirmed on 2026-01-01" in text


def test_a_waiver_that_does_not_cover_and_one_that_names_nothing_are_said(document, finding, hostile):
    run = document(finding(1, waiver_note=hostile), expired_waivers=("it expired",), unmatched_waivers=(hostile,) * 60)
    text = MarkdownReport().render(run)
    assert "  - not waived: " in text
    assert "## Waivers\n\n- it expired\n" in text
    assert "- and 11 more in findings.json" in text
    assert "<img" not in text
    assert "## Waivers" not in MarkdownReport().render(document(finding(1)))
