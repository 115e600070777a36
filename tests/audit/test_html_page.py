"""Tests the template environment and the policy that all HTML pages share."""

import base64
import hashlib

import pytest
from jinja2 import UndefinedError

from audit.html_page import STYLE, page_environment, page_policy


def digest(text):
    return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def test_the_policy_allows_the_given_style_and_script_and_nothing_else():
    assert (
        f"default-src 'none'; style-src 'sha256-{digest('a {}')}'; script-src 'sha256-{digest('let b')}'; "
        "base-uri 'none'; form-action 'none'"
    ) == page_policy("a {}", "let b")


def test_a_page_without_a_script_allows_none():
    assert "script-src" not in page_policy(STYLE)


def test_values_are_escaped_and_show_makes_odd_characters_visible(hostile):
    environment = page_environment()
    assert "&lt;b&gt;" == environment.from_string("{{ x }}").render(x="<b>")
    shown = environment.from_string("{{ x|show(9) }}, {{ 3|show }}").render(x="\u202e<b>")
    assert "\\u{202e}&lt;…, 3" == shown
    assert "<img" not in environment.from_string("{{ x|show }}").render(x=hostile)


def test_a_name_that_a_template_does_not_get_is_an_error():
    with pytest.raises(UndefinedError):
        page_environment().from_string("{{ nothing }}").render()
