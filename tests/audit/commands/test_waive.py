"""`boojum waive`: the waiver that it writes, its list, and what it asks for."""

import json

import pytest

from audit import cli
from audit.decisions.file import read_decisions
from audit.exits import Exit

FACTS = ["--owner", "Ada", "--reason", 'it is "ours"', "--expires", "30d"]


@pytest.fixture
def argv(store_folder):
    return ["waive", "--out", str(store_folder)]


def test_a_waiver_is_written_and_listed(argv, store_folder, capsys):
    assert Exit.COMPLETE == cli.main([*argv, "Sheep==1", *FACTS])
    assert capsys.readouterr().out.startswith("waived release sheep==1 until ")
    assert [("sheep", "1", "Ada", 'it is "ours"')] == [
        (waiver.project, waiver.version, waiver.owner, waiver.reason)
        for waiver in read_decisions(store_folder / "waivers.toml").waivers
    ]
    assert Exit.COMPLETE == cli.main([*argv, "--list"])
    assert "release sheep==1  until " in capsys.readouterr().out


def test_json_has_the_waiver_and_its_files(argv, capsys):
    assert Exit.COMPLETE == cli.main([*argv, "sheep", *FACTS, "--indicator", "os_system", "--json"])
    written = json.loads(capsys.readouterr().out)
    assert ("project", "os_system", 2) == (
        written["decision"]["scope"],
        written["decision"]["indicator"],
        len(written["files"]),
    )
    cli.main([*argv, "--list", "--json"])
    assert "sheep" == json.loads(capsys.readouterr().out)["decisions"][0]["decision"]["project"]


def test_another_file_can_be_named(argv, tmp_path, capsys):
    file = tmp_path / "etc" / "waivers.toml"
    assert Exit.COMPLETE == cli.main([*argv, "f" * 64, *FACTS, "--waivers", str(file)])
    assert 1 == len(read_decisions(file).waivers)
    assert "the mirror has no such file" in capsys.readouterr().err


@pytest.mark.parametrize("missing", ["--owner", "--reason", "--expires"])
def test_every_fact_is_asked_for(argv, missing, capsys):
    at = FACTS.index(missing)
    assert Exit.MISUSE == cli.main([*argv, "sheep", *FACTS[:at], *FACTS[at + 2 :]])
    assert f"waive needs {missing}" in capsys.readouterr().err


def test_a_target_is_asked_for(argv, capsys):
    assert Exit.MISUSE == cli.main(argv)
    assert "waive needs TARGET" in capsys.readouterr().err
