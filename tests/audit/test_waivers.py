"""Tests waivers: their required keys, the digest, and the expiry date."""

from datetime import date

import pytest

from audit.config import ConfigError
from audit.contract import Waiver
from audit.waivers import active_waiver, apply_waivers, read_waivers

GOOD = '[[waiver]]\nsha256 = "{}"\nowner = "ops"\nreason = "our own"\nexpires = 2027-01-31\n'


def write(tmp_path, text):
    file = tmp_path / "waivers.toml"
    file.write_text(text)
    return file


def test_a_waiver_is_read(tmp_path):
    digest = "AB" * 32
    found = read_waivers(write(tmp_path, GOOD.format(digest)))
    assert {digest.lower(): Waiver(digest.lower(), "ops", "our own", date(2027, 1, 31))} == found


@pytest.mark.parametrize(
    ("expected", "text"),
    [
        ("`sha256` is 'six'", GOOD.format("six")),
        ("lacks `owner`", GOOD.format("a" * 64).replace('owner = "ops"\n', "")),
        ("unknown key `note`", GOOD.format("a" * 64) + 'note = "x"\n'),
        ("`expires` is '2027-01-31'", GOOD.format("a" * 64).replace("2027-01-31", '"2027-01-31"')),
        ("has no owner or no reason", GOOD.format("a" * 64).replace('"ops"', '" "')),
        ("unknown key `waivers`", "[[waivers]]\n"),
        ("is not TOML", "[[waiver"),
    ],
)
def test_every_mistake_is_named(tmp_path, expected, text):
    with pytest.raises(ConfigError) as caught:
        read_waivers(write(tmp_path, text))
    assert expected in str(caught.value)


def test_a_waiver_ends_after_its_day():
    waivers = {"a": Waiver("a", "ops", "x", date(2027, 1, 31))}
    assert waivers["a"] == active_waiver(waivers, "a", date(2027, 1, 31))
    assert active_waiver(waivers, "a", date(2027, 2, 1)) is None
    assert active_waiver(waivers, "b", date(2027, 1, 1)) is None


def test_waivers_of_today_replace_those_of_the_run(document, finding):
    waiver = Waiver(f"{2:064x}", "ops", "x", date(2027, 1, 31))
    old = finding(1, waiver=Waiver(f"{1:064x}", "ops", "x", date(2027, 1, 31)))
    after = apply_waivers(document(old, finding(2)), {waiver.sha256: waiver}, date(2026, 12, 1))
    assert [None, waiver] == [f.waiver for f in after.findings]
    assert 1 == after.waived
