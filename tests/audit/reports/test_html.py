"""Tests the HTML report: each section shows the document, and nothing from a package acts."""

import html.parser
import re
from datetime import date

import pytest

from audit.contract import FindingChange, UnexaminedArtifact
from audit.decisions.contract import Waiver
from audit.reports.html import FINDINGS_SHOWN, HtmlReport
from model.contract import Verdict


class Page(html.parser.HTMLParser):
    """Collects the tags of a page and whether any of them could act."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += attrs


@pytest.fixture
def page(hostile_document):
    text = HtmlReport().render(hostile_document)
    parsed = Page()
    parsed.feed(text)
    return text, parsed


def test_html_runs_one_script_and_loads_nothing(page):
    text, parsed = page
    assert 1 == parsed.tags.count("script")
    assert not {"img", "iframe", "link", "object", "a "} & set(parsed.tags)
    assert not [name for name, _ in parsed.attributes if name.startswith("on") or name == "src"]
    assert "\u202e" not in text


def test_html_has_a_policy_without_unsafe_words(page):
    _, parsed = page
    policy = next(value for name, value in parsed.attributes if name == "content" and "default-src" in str(value))
    assert policy.startswith("default-src 'none'; style-src 'sha256-")
    assert "unsafe" not in policy


def test_html_shows_each_section(page):
    text, _ = page
    for words in (
        "New since the last run",
        "The ranking",
        "Not examined",
        "How far to trust it",
        "Waived by ops until 2027-01-01",
        "do not match the digest",
        "No index page of the mirror lists this file",
        "0 of 4,000",
        "it is no longer on the mirror",
    ):
        assert words in text


def test_html_of_an_empty_mirror_says_so(document):
    text = HtmlReport().render(document(histogram=(), unexamined=(), unexamined_totals={}))
    assert "No artifact reaches the review threshold" in text
    assert "Every artifact was examined completely" in text


def test_an_incomplete_run_says_so(document):
    assert "This run is incomplete: boojum itself failed on 3 artifacts" in HtmlReport().render(document(failed=3))
    assert "incomplete" not in HtmlReport().render(document())


def test_incompletely_read_artifacts_come_first_and_are_marked(document, hostile):
    artifact = UnexaminedArtifact("p", "1", hostile, "packages/p", "00", 1, "partial", hostile, "stopped")
    text = HtmlReport().render(document(unread={"stopped": 1}, fail_on_unread="stopped", unexamined=(artifact,)))
    assert "1 artifact was not read completely: 1 stopped (--fail-on-unread stopped)" in text
    assert 1 == text.count('<span class="tag">counted</span>')


def test_what_only_this_mirror_knows_stands_beside_the_reasons(document, finding, context):
    text = HtmlReport().render(document(finding(**context)))
    assert "Its name imitates requests, on which 1,234 projects of this mirror depend." in text
    assert "imitates" not in HtmlReport().render(document(finding()))


def test_a_waived_or_standing_finding_is_not_new(document, finding):
    waiver = Waiver(sha256=f"{1:064x}", owner="ops", reason="ours", expires=date(2027, 1, 1))
    text = HtmlReport().render(document(finding(1, waiver=waiver), finding(2, change=FindingChange.SAME)))
    assert "<title>boojum: 0 new" in text
    assert "<p>Nothing new.</p>" in text


def test_findings_over_the_bound_are_counted(document, finding):
    few = document(finding(1), totals={"malicious": 1, "review": 1_234})
    assert "1,234 more are not in this page; scores.parquet has all of them." in HtmlReport().render(few)
    many = document(*(finding(n, verdict=Verdict.REVIEW) for n in range(FINDINGS_SHOWN + 1)))
    text = HtmlReport().render(many)
    assert FINDINGS_SHOWN == text.count('<tr data-verdict="review"')
    assert "1 more are not in this page" in text


@pytest.mark.parametrize(
    ("expected", "size"),
    [("0 B", 0), ("1023 B", 1023), ("1.0 KiB", 1024), ("1.5 MiB", 3 * 2**19), ("2048.0 TiB", 2**51)],
)
def test_sizes_have_binary_units(expected, size, document, finding):
    assert f'<td class="n wide" data-sort="{size}">{expected}</td>' in HtmlReport().render(document(finding(size=size)))


def test_files_that_wait_for_a_person_stand_before_the_ranking(page):
    text, _ = page
    heads = (
        "Perhaps taken over",
        "Withheld from the blocklist",
        "Held for you",
        "not confirmed tonight",
        "The ranking",
    )
    places = [text.index(f"{head}</h2>") for head in heads]
    assert sorted(places) == places
    assert f"boojum block {3:064x} --owner" in text
    assert '<span class="tag">blocked</span>' in text


def test_a_night_without_them_has_no_such_section(document, finding):
    text = HtmlReport().render(document(finding()))
    assert "Held for you" not in text
    assert 'id="withheld"' not in text


def test_a_waiver_that_does_not_cover_and_one_that_names_nothing_are_said(document, finding, hostile):
    run = document(finding(1, waiver_note=hostile), expired_waivers=("it expired",), unmatched_waivers=(hostile,))
    text = HtmlReport().render(run)
    assert "<p>Not waived: " in text
    assert "<li>it expired</li>" in text
    assert "<img" not in text
    assert "<h2>Waivers</h2>" not in HtmlReport().render(document(finding(1)))


def test_a_finding_stands_once_and_every_link_to_it_leads_there(document, finding):
    page = HtmlReport().render(document(finding(1), finding(2, change=FindingChange.SAME)))
    anchors = re.findall(r'id="(f-[^"]+)"', page)
    assert [f"f-{1:064x}"[:18] + "-1", f"f-{2:064x}"[:18] + "-2"] == anchors
    assert set(re.findall(r'href="#(f-[^"]+)"', page)) == set(anchors)
    assert 2 == page.count("<h3>Where to look</h3>")


def test_what_to_do_is_a_command_a_line(document, finding):
    page = HtmlReport().render(document(finding(1)))
    steps = re.findall(r"<span>(boojum [^<]+)</span>", page)
    assert ["explain", "block", "waive"] == [step.split()[1] for step in steps]
    blocked = HtmlReport().render(document(finding(1, blocked=True)))
    assert "boojum block" not in blocked
