"""Tests the evaluation's page: it shows all results, names missing sections, and runs nothing."""

import html.parser
import re

import pytest

from audit.evaluating.page import CONTENTS, render_page


class Page(html.parser.HTMLParser):
    """Collects tags, attributes and whether every element that was opened is closed."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.open: list[str] = []

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += attrs
        if tag not in {"meta", "br"}:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += attrs

    def handle_endtag(self, tag):
        assert tag == self.open.pop()


def words_of(text):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", text))


@pytest.fixture
def page(evaluation):
    text = render_page(evaluation)
    parsed = Page()
    parsed.feed(text)
    assert [] == parsed.open
    return text, parsed


def test_nothing_runs_and_nothing_is_loaded(page):
    text, parsed = page
    assert not {"script", "img", "iframe", "link", "object"} & set(parsed.tags)
    assert not [name for name, _ in parsed.attributes if name.startswith("on") or name in {"src", "style"}]
    assert {value for name, value in parsed.attributes if name == "href"} == {f"#{name}" for name, _ in CONTENTS}
    assert "\u202e" not in text
    assert "&lt;img src=x" in text


def test_the_policy_allows_the_style_alone(page):
    _, parsed = page
    policy = next(value for name, value in parsed.attributes if name == "content" and "default-src" in str(value))
    assert re.fullmatch(r"default-src 'none'; style-src 'sha256-\S+'; base-uri 'none'; form-action 'none'", policy)


def test_every_section_has_its_place(page):
    text, _ = page
    assert [name for name, _ in CONTENTS] == re.findall(r'<section id="(\w+)">', text)


def test_figures_are_shown_with_their_bounds(page):
    text = words_of(page[0])
    for words in (
        "2,709 malicious artifacts of 581 campaigns, 13,811 benign, and 900 variants made from the malware",
        "random optimistic",
        "recall at 0.01 % 1.07 alerts a night",
        "80.0 % † 70.0 to 90.0 campaigns 75.0 %, 60 to 90 precision 50 %",
        "suspicious: fixed so that at most 1 in 1,000 harmless files reaches it",
        "2 of 972 artifacts of popular projects reach suspicious or worse: the goal is met",
        "all groups (whole) 0.9900 80.0 % campaigns 75.0 % 80.0 % † campaigns 75.0 %",
        "without known 0.9900 +0.0000 75.0 % -5.0",
        "All of these have 2 folds instead of 4, the whole too. AUC",
        "repacked harmless: these are false alarms",
        "injected-pth releases of real projects with an inert payload in a .pth file, run at every start of Python 100 (50)",
        "80.0 % 10.0 to 20.0 groups 80.0 %",
        "Samaana and others (arXiv 2412.05259), stacked ensemble, as published",
        "samaana2024 here: their line-up on our columns nearest to theirs",
        "held_out 30 82 % 90 %",
        "10. Inappropriate threat model",
    ):
        assert words in text


def test_a_rate_that_the_rows_support_has_no_dagger(page):
    # 2,500 benign rows support 0.12 %: one of the three rates.
    row = re.search(r"<tr>\s*<td[^>]*><b>dev</b>.*?</tr>", page[0], re.DOTALL)
    assert row is not None
    assert [False, True, True] == ["†" in cell for cell in row[0].split("<td")[5:8]]


def test_a_missed_goal_is_shown(make_evaluation, evaluation):
    popular = evaluation.section("popular")
    from dataclasses import replace

    worse = replace(popular.probes[0], reached=tuple(replace(at, hits=3) for at in popular.probes[0].reached))
    sections = [replace(popular, probes=(worse,)) if s.name == "popular" else s for s in evaluation.sections]
    assert "3 of 415 artifacts of popular projects reach suspicious or worse: the goal is missed" in words_of(
        render_page(make_evaluation(sections=tuple(sections)))
    )


def test_a_missing_section_is_named(make_evaluation):
    text = render_page(make_evaluation(sections=(), localisation=()))
    words = words_of(text)
    assert words.count("Not measured") >= 8
    assert "boojum evaluate --sections groups,learners" in words
    Page().feed(text)


@pytest.mark.slow
def test_each_section_alone_makes_a_page(make_evaluation, evaluation):
    for section in evaluation.sections:
        Page().feed(render_page(make_evaluation(sections=(section,))))


def test_the_change_score_is_shown_alone_beside_the_other_and_by_property(evaluation):
    text = words_of(render_page(evaluation))
    section = text[text.index("The second score compares") : text.index("Half of the campaigns")]
    assert "the graver artifacts that have both scores" in section
    assert "linear alone" in section
    assert "by family" in section
    assert "by stratum" in section
    assert "popular honest 500 1 1 1" in section
    assert "metadata exchanged 50 80.0 %" in text
    assert "recent half 1, with the other half" in text
