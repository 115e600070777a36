"""Tests that text from a package cannot act in any report."""

import html
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audit.escape import as_csv_cell, as_html, as_markdown, as_terminal, escape_unprintable

WAYS = (as_html, as_markdown, as_csv_cell, as_terminal)


@pytest.mark.parametrize(
    ("expected", "given_text"),
    [
        ("plain name", "plain name"),
        ("evil\\u{202e}gpj.exe", "evil\u202egpj.exe"),
        ("a\\u{a}b", "a\nb"),
        ("\\u{1b}[31mred", "\x1b[31mred"),
        ("zero\\u{200b}width", "zero\u200bwidth"),
        ("hard\\u{a0}space", "hard\u00a0space"),
        ("\\u{d800}", "\ud800"),
        ("naïve Ж", "naïve Ж"),
    ],
)
def test_what_is_hidden_is_spelt(expected, given_text):
    assert expected == escape_unprintable(given_text)


def test_html_cannot_open_a_tag_or_leave_an_attribute():
    assert "&lt;img src=x onerror=&quot;a&quot;&gt;&#x27;" == as_html('<img src=x onerror="a">\'')


def test_markdown_cannot_link_or_embed():
    assert r"\[x\]\(javascript\:1\) &lt;b\> \`c\` \| d" == as_markdown("[x](javascript:1) <b> `c` | d")


@pytest.mark.parametrize("formula", ["=1+1", "+1", "-1", "@A1", " =1", "'=1", '"=1', "\uff1d1", "\ufe661", "\uff0b1"])
def test_a_cell_is_never_a_formula(formula):
    assert as_csv_cell(formula).startswith("'")
    assert f"a;'{formula}" == as_csv_cell(f"a;{formula}")


@pytest.mark.parametrize("text", ["a=1", "a-b;c", "a;b=1", "", ";", "1.0; python_version < '3'"])
def test_a_cell_that_is_no_formula_stays(text):
    assert text == as_csv_cell(text)


def test_a_cut_says_so():
    assert "abc…" == escape_unprintable("abcdef", 3)


@given(st.text())
def test_no_way_lets_control_bidi_or_line_breaks_through(text):
    for way in WAYS:
        assert not [c for c in way(text) if unicodedata.category(c) in {"Cc", "Cf", "Cs", "Zl", "Zp"}]


@given(st.text())
def test_html_round_trips_to_what_is_visible(text):
    assert escape_unprintable(text) == html.unescape(as_html(text))
    assert not set("<>\"'") & set(as_html(text))
