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
        (
            {"litellm": ("1.82.7", "1.82.8"), "ctx": ("<=0.3",)},
            "litellm 1.82.7 and 1.82.8; versions up to 0.3 of 'ctx'",
        ),
        ({"ab": ("1.0", "1.1"), "cd": ("2.0",)}, "Versions 1.0 and 1.1 of `ab` and 2.0 of `cd` are bad."),
        ({"ctx": ("1.0", "1.1", "1.2")}, "ctx 1.0, 1.1 and 1.2 steal tokens"),
        ({"ctx": (">=1.0,<=1.2",)}, "versions 1.0 through 1.2 of ctx"),
        ({"ctx": ()}, "ctx (all versions)"),
        ({"ctx": ()}, "All versions of ctx are malicious."),
        ({"ctx": ("1.0",)}, "ctx@1.0 was yanked"),
        ({"ctx": ("1.0",)}, "Run pip install ctx==1.0 to see it"),
        ({"ctx": ("1.0",), "foo-bar": ("2",)}, "* ctx==1.0\n* foo_bar==2\n"),
        ({"ctx": (">=1.0,<1.3",)}, "Package: ctx (pip)\nAffected versions: >= 1.0, < 1.3\nPatched versions: 1.3"),
        ({"ctx": ("<1.3",)}, "ctx before 1.3 runs code; upgrade to 1.3."),
        ({"ctx": (">=1.0,<1.3",)}, "`ctx` from 1.0 before 1.3"),
        ({"litellm": ("1.82.7",)}, "litellm 1.82.7 runs a .pth file on Python 3.12 and CPython 3.11 with pip 24.0."),
        ({"litellm": ("1.82.7",)}, "`litellm` on Ubuntu 22.04, versions 1.82.7 (CVSS 9.8)"),
        ({"ctx": ("0.2.2", "0.2.6")}, f"| Package | Version | SHA256 |\n| ctx | 0.2.2, 0.2.6 | {'ab' * 32} |"),
        ({"ctx": ()}, f"| Name | SHA256 |\n|---|---|\n| ctx | {'ab' * 32} |"),
        ({"ctx": ("0.2.6",)}, "package,version\nctx,0.2.6\n"),
        ({"ctx": (), "req2": (), "foo": ("1.0",)}, "Malicious packages: ctx, req2 and foo (1.0)"),
        ({"ctx": ("0.1",)}, "In version 0.1, `ctx` reads the environment."),
        ({"ctx": ("==1.2.*",)}, "ctx 1.2.x is affected"),
        ({"ctx": (">1.0",)}, "every release of ctx after 1.0"),
        ({"ctx": ("0.3",)}, "The ctx PyPI package (0.3) sends tokens to hxxps://c2[.]example/a?v=1.2"),
    ],
)
def test_names_in_context_and_versions_in_words(expected, text):
    assert expected == named(text)


def test_words_of_prose_are_no_names():
    assert {} == named("The attacker sent requests to a black server and used six numbers since Python 3.12.")


def test_versions_of_a_runtime_and_of_the_remedy_are_named_as_not_used():
    advisory = parse_advisory("`ctx` 0.3 on Python 3.12, fixed in 0.4")
    assert (("3.12", "a version of Python, not looked for"), ("0.4", "taken for the version that mends it")) == (
        advisory.not_understood
    )


def test_a_host_with_all_below_it_is_a_host():
    assert ("evil.example",) == parse_advisory("It sends to *.evil[.]example").hosts


def test_digests_hosts_and_addresses_also_defanged():
    text = f"{'AB' * 32} {'cd' * 16} hxxps://evil[.]example/x 203.0.113[.]7 c2(dot)example see https://github.com/a/b setup.py"
    advisory = parse_advisory(text)
    assert ("ab" * 32,) == advisory.digests
    assert {"evil.example", "203.0.113.7", "c2.example"} == set(advisory.hosts)
    assert ["cd" * 16, "github.com"] == [what for what, _ in advisory.not_understood]
