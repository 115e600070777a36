"""Each report says what the document says, and nothing from a package acts in it."""

import csv
import html.parser
import io
import json
from pathlib import Path

import pytest

import audit.reports
from audit.reports.json import parse_document
from audit.reports.registry import REPORTS, report_format


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
    text = report_format("html").render(hostile_document)
    parsed = Page()
    parsed.feed(text)
    return text, parsed


def test_every_format_on_disk_is_registered():
    there = {p.stem for p in Path(audit.reports.__file__).parent.glob("*.py")} - {"__init__", "contract", "registry"}
    assert there == {report.name for report in REPORTS}


def test_file_names_are_the_promised_ones():
    assert ["report.html", "findings.json", "findings.csv", "report.md"] == [report.filename for report in REPORTS]


def test_json_round_trips(hostile_document):
    assert hostile_document == parse_document(report_format("json").render(hostile_document))


def test_json_is_ascii(hostile_document):
    assert report_format("json").render(hostile_document).isascii()


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
        "it is not on the mirror any more",
    ):
        assert words in text


def test_html_of_an_empty_mirror_says_so(document):
    text = report_format("html").render(document(histogram=(), unexamined=(), unexamined_totals={}))
    assert "No artifact reaches the review threshold" in text
    assert "Every artifact was examined completely" in text


def test_an_incomplete_run_says_so_in_every_report_for_people(document):
    incomplete = document(failed=3)
    assert "This run is incomplete" in report_format("html").render(incomplete)
    assert "**Incomplete: boojum failed on 3 artifacts" in report_format("markdown").render(incomplete)


def test_csv_has_a_line_a_finding_and_no_formula(hostile_document):
    lines = list(csv.reader(io.StringIO(report_format("csv").render(hostile_document))))
    assert 3 == len(lines)
    assert ["1", "malicious", "0.990000", "new"] == lines[1][:4]
    assert "ops" == lines[2][lines[0].index("waived_by")]
    assert not [cell for line in lines for cell in line if cell[:1] in "=+@" and cell]


def test_markdown_names_what_is_new_and_hides_nothing(hostile_document):
    text = report_format("markdown").render(hostile_document)
    assert "- **malicious** 0.9900" in text
    assert "project_2" not in text.split("## Not examined")[0].split("more stand")[0]
    assert "<img" not in text
    assert "](javascript" not in text


def test_json_keys_do_not_depend_on_the_order_of_counting(document):
    one = json.loads(report_format("json").render(document()))
    assert 1 == one["schema_version"]
    assert ["run", "previous_run"] == list(one)[1:3]


CONTEXT = {
    "imitates": "requests",
    "imitates_dependents": 1_234,
    "dependents": 1,
    "own_known_share": 0.94,
    "own_known_project": "sheep-counter",
}


@pytest.mark.parametrize("style", ["html", "markdown"])
def test_what_only_this_mirror_knows_stands_beside_the_reasons(style, document, finding):
    text = report_format(style).render(document(finding(**CONTEXT))).replace("\\", "")
    assert "imitates requests, on which 1,234 projects of this mirror depend" in text
    assert "1 project on this mirror depends on it" in text
    assert "94% of its source files are in your own index of known code, most of them from sheep-counter" in text
    assert "imitates" not in report_format(style).render(document(finding()))


def test_a_document_of_an_older_boojum_reads_without_what_it_does_not_say(document, finding):
    said = json.loads(report_format("json").render(document(finding(**CONTEXT))))
    for name in CONTEXT:
        del said["findings"][0][name]
    assert parse_document(json.dumps(said)) == document(finding())
