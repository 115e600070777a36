"""`boojum block`: the block that it writes, its list, and what it asks for."""

import json

import pytest

from audit import cli
from audit.decisions.file import read_decisions
from audit.exits import Exit

FACTS = ["--owner", "Ada", "--reason", "taken over"]


@pytest.fixture
def argv(store_folder):
    return ["block", "--out", str(store_folder)]


def test_a_block_is_written_and_listed(argv, store_folder, capsys):
    assert Exit.COMPLETE == cli.main([*argv, "sheep", *FACTS])
    assert "blocked project sheep: 2 files; files that come later are blocked too" in (text := capsys.readouterr()).out
    assert "`boojum waive` takes it back" in text.err
    assert ["sheep"] == [block.project for block in read_decisions(store_folder / "waivers.toml").blocks]
    assert Exit.COMPLETE == cli.main([*argv, "--list", "--json"])
    assert 2 == json.loads(capsys.readouterr().out)["decisions"][0]["files"]


def test_what_is_not_there_yet_is_blocked_with_a_suggestion(argv, capsys):
    assert Exit.COMPLETE == cli.main([*argv, "shep", *FACTS])
    assert "did you mean sheep? it is blocked once it comes" in capsys.readouterr().err


@pytest.mark.parametrize("missing", ["--owner", "--reason"])
def test_every_fact_is_asked_for(argv, missing, capsys):
    at = FACTS.index(missing)
    assert Exit.MISUSE == cli.main([*argv, "sheep", *FACTS[:at], *FACTS[at + 2 :]])
    assert f"block needs {missing}" in capsys.readouterr().err
