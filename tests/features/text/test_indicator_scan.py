"""The indicator pass over one text: weights, clusters, places, and what needs a syntax analysis."""

import pytest

from features.text.indicator_file import Category
from features.text.indicator_scan import KEPT, NEAR, TextScan, scan_text
from features.text.indicators import INDICATORS, POSITIONS

SYSTEM = POSITIONS["os_system"]
EVAL = POSITIONS["eval_call"]


def weight(name: str) -> int:
    return INDICATORS[POSITIONS[name]].weight


def test_a_text_without_indicators_has_only_a_size():
    assert TextScan(6) == scan_text(b"x = 1\n")
    assert not scan_text(b"").interesting


def test_hits_are_counted_by_indicator_and_weighed_once_each():
    found = scan_text(b"os.system(a)\nos.system(b)\neval(c)\n")
    assert {SYSTEM: 2, EVAL: 1}.items() <= dict(found.counts).items()
    assert sum(INDICATORS[position].weight for position, _ in found.counts) == found.weight
    assert (1, 2, 3) == found.lines
    assert Category.EXECUTION in found.categories


@pytest.mark.parametrize(("apart", "together"), [(1, True), (NEAR, True), (NEAR + 1, False)])
def test_indicators_within_some_lines_are_a_cluster(apart, together):
    webhook, dump = b"https://discord.com/api/webhooks/0/x\n", b"os.popen(a)\nexec(b)\n"
    found = scan_text(webhook + b"\n" * (apart - 1) + dump)
    alone = max(scan_text(webhook).weight, scan_text(dump).weight)
    if together:
        assert alone < found.cluster_weight
    else:
        assert found.cluster_weight < found.weight


def test_places_are_the_heaviest_of_each_line_in_source_order():
    found = scan_text(b"exec(a); exec(b); os.popen(c)\n" * (KEPT + 20))
    assert KEPT == len(found.places)
    assert sorted(found.places, key=lambda place: place.line) == list(found.places)
    lines = [(place.indicator, place.line) for place in found.places]
    assert len(lines) == len(set(lines))


def test_a_place_counts_the_categories_around_it():
    (first, *_) = scan_text(b"https://discord.com/api/webhooks/0/x\nexec(a)\n").places
    (alone, *_) = scan_text(b"https://discord.com/api/webhooks/0/x\n").places
    assert alone.near < first.near
    assert 1 <= alone.near


def test_a_weak_indicator_alone_has_no_places():
    name = next(i.id for i in INDICATORS if i.id == "os_system" and i.weight < 2)
    assert 1 == weight(name)
    found = scan_text(b"os.system(a)\n")
    assert ((), False, False) == (found.places, found.interesting, found.deserving)


def test_executing_text_and_the_network_together_deserve_a_syntax_analysis():
    loader = scan_text(b"from urllib.request import urlopen\nexec(urlopen(a).read())\n")
    assert (True, True) == (loader.interesting, loader.deserving)


def test_one_strong_indicator_is_interesting_and_two_deserve_more():
    webhook = scan_text(b"https://discord.com/api/webhooks/0/x\n")
    assert (True, False) == (webhook.interesting, webhook.deserving)
    both = scan_text(b"https://discord.com/api/webhooks/0/x\nwin32crypt.CryptUnprotectData(a)\n")
    assert (True, True) == (both.interesting, both.deserving)
