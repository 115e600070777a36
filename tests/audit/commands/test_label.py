"""`boojum label`: the label that it writes, its list, and what it asks for."""

import pytest

from audit import cli
from audit.decisions.file import read_decisions
from audit.exits import Exit


@pytest.fixture
def argv(store_folder):
    return ["label", "--out", str(store_folder)]


def test_a_label_is_written_and_listed(argv, store_folder, capsys):
    assert Exit.COMPLETE == cli.main([*argv, "a" * 64, "malicious", "--why", "it steals", "--owner", "Ada"])
    assert f"labelled file {'a' * 64} malicious" in capsys.readouterr().out
    assert [("malicious", "it steals", "Ada")] == [
        (label.label, label.why, label.owner) for label in read_decisions(store_folder / "waivers.toml").labels
    ]
    assert Exit.COMPLETE == cli.main([*argv, "--list"])
    assert "malicious  since" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("expected", "given"),
    [
        ("label needs SHA256", []),
        ("label needs malicious or benign", ["a" * 64]),
        ("'evil' is no label", ["a" * 64, "evil", "--why", "x"]),
        ("label needs --why", ["a" * 64, "benign"]),
        ("'sheep' is no sha256", ["sheep", "benign", "--why", "x"]),
    ],
)
def test_every_fact_is_asked_for(argv, expected, given, capsys):
    assert Exit.MISUSE == cli.main([*argv, *given])
    assert expected in capsys.readouterr().err
