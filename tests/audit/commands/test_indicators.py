"""`boojum indicators` as it is typed."""

import json

from audit import cli
from audit.exits import Exit


def test_words_choose_the_indicators(capsys):
    assert Exit.COMPLETE == cli.main(["indicators", "discord", "webhook"])
    assert "discord_webhook" in capsys.readouterr().out


def test_json_has_the_shares(capsys):
    assert Exit.COMPLETE == cli.main(["indicators", "ether_address", "--json"])
    (one,) = json.loads(capsys.readouterr().out)["indicators"]
    assert 0 < one["honest"] < one["malicious"] < 1
