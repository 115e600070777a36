"""Tests the list of indicators with their rates."""

from audit.hunting.indicators import list_indicators, render_indicators
from features.text.indicators import INDICATORS


def test_every_indicator_has_its_rates_over_the_shipped_rows():
    table = list_indicators()
    assert [one.id for one in INDICATORS] == [one.id for one in table.indicators]
    assert table.honest > table.malicious > 1_000
    rates = {one.id: one for one in table.indicators}
    assert rates["discord_webhook"].honest < 0.01 < rates["discord_webhook"].malicious
    assert rates["requests_get"].honest > rates["discord_webhook"].honest


def test_words_choose_and_the_line_of_counts_says_of_what():
    table = list_indicators(["wallet", "ethereum"])
    assert ["ether_address"] == [one.id for one in table.indicators]
    assert f"{table.honest:,} honest" in render_indicators(table)
    assert "no indicator has these words" == render_indicators(list_indicators(["no such word"]))
