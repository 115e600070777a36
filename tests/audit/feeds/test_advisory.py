"""Advisories as people paste them."""

import pytest

from audit.feeds.advisory import parse_advisory


def named(text):
    return {each.project: (*each.versions, *each.specifiers) for each in parse_advisory(text).projects}


@pytest.mark.parametrize(
    ("expected", "text"),
    [
        ({"litellm": ("1.82.7", "1.82.8")}, "Versions 1.82.7 and 1.82.8 of `LiteLLM` were compromised."),
        ({"litellm": ("1.82.7", "1.82.8")}, "litellm 1.82.7 and 1.82.8 are malicious"),
        ({"ctx": ("<=2.3",)}, "the package ctx, versions up to 2.3"),
        ({"ctx": ("<2.3",)}, "all versions of 'ctx' before 2.3"),
        ({"ctx": (">=1.0,<=1.4",)}, "`ctx` from 1.0 to 1.4"),
        ({"evil-thing": ()}, "Do not run pip install evil_thing"),
        ({"a-b": ("1.0",)}, "see pkg:pypi/a_b@1.0"),
        ({"ctx": ("0.2.6",), "requests2": ()}, "- ctx (0.2.6)\n- requests2\n"),
        ({"ctx": ("0.2.6",)}, "`ctx` was taken over.\nAffected versions: 0.2.6"),
    ],
)
def test_names_in_context_and_versions_in_words(expected, text):
    assert expected == named(text)


def test_words_of_prose_are_no_names():
    assert {} == named("The attacker sent requests to a black server and used six numbers since Python 3.12.")


def test_digests_hosts_and_addresses_also_defanged():
    text = f"{'AB' * 32} {'cd' * 16} hxxps://evil[.]example/x 203.0.113[.]7 c2(dot)example see https://github.com/a/b setup.py"
    advisory = parse_advisory(text)
    assert ("ab" * 32,) == advisory.digests
    assert {"evil.example", "203.0.113.7", "c2.example"} == set(advisory.hosts)
    assert ["cd" * 16, "github.com"] == [what for what, _ in advisory.not_understood]
