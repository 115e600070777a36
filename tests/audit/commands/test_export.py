"""`boojum export`: its targets, its summary and its refusals."""

import json

import pytest

from audit import cli
from audit.blocklists.targets.contract import Scope
from audit.blocklists.targets.registry import BLOCKLISTS
from audit.exits import Exit


@pytest.mark.parametrize("target", BLOCKLISTS, ids=lambda target: target.name)
def test_every_target_gets_its_files(target, publish, document, finding, tmp_path, capsys):
    out, into = publish(document(finding())), tmp_path / "into" / "below"
    assert Exit.COMPLETE == cli.main(["export", "--out", str(out), "--to", target.name, "--into", str(into)])
    text = capsys.readouterr().out
    beyond = "nothing was widened beyond the file" if Scope.FILE in target.scopes else "widened: project-1 1.0: 1 file"
    assert text.startswith(f"1 files blocked\n{beyond}\n")
    assert all(f"wrote {file}\n" in text for file in into.iterdir())
    assert list(into.iterdir())


def test_json_is_the_default_target_and_the_current_folder_the_place(publish, document, finding, tmp_path, monkeypatch):
    out = publish(document(finding()))
    monkeypatch.chdir(tmp_path)
    assert Exit.COMPLETE == cli.main(["export", "--out", str(out)])
    assert f"{1:064x}\n" == (tmp_path / "sha256.txt").read_text()


def test_json_output_names_the_files(publish, document, finding, tmp_path, capsys):
    cli.main(["export", "--out", str(publish(document(finding()))), "--into", str(tmp_path / "x"), "--json"])
    summary = json.loads(capsys.readouterr().out)
    assert ("json", 1, 0, []) == (summary["target"], summary["entries"], summary["waived"], summary["widened"])


def test_what_a_night_withheld_is_exported_with_yes_and_said(publish, document, finding, tmp_path, capsys):
    out = publish(document(*(finding(number) for number in range(51))))
    argv = ["export", "--out", str(out), "--into", str(tmp_path / "x")]
    assert Exit.COMPLETE == cli.main(argv)
    assert "0 files blocked\n51 withheld (a protected project, or a bound)" in capsys.readouterr().out
    assert Exit.COMPLETE == cli.main([*argv, "--yes"])
    assert "51 files blocked\n51 of them were withheld and are in this export only" in capsys.readouterr().out


def test_an_unknown_target_names_the_known_ones(capsys):
    assert Exit.MISUSE == cli.main(["export", "--to", "nothing"])
    assert "choose from" in capsys.readouterr().err


def test_the_table_of_targets_names_each_with_what_it_can(capsys):
    assert Exit.COMPLETE == cli.main(["export", "--list"])
    lines = capsys.readouterr().out.splitlines()
    assert ["TARGET", *(target.name for target in BLOCKLISTS)] == [line.split()[0] for line in lines]


def test_an_action_that_a_target_has_not_is_misuse(publish, document, finding, tmp_path, capsys):
    argv = ["export", "--out", str(publish(document(finding()))), "--to", "bandersnatch", "--into", str(tmp_path / "x")]
    assert Exit.MISUSE == cli.main([*argv, "--action", "deny"])
    assert "the target bandersnatch cannot deny a file; it has `--action hide`" in capsys.readouterr().err
    assert not (tmp_path / "x").exists()
    assert Exit.COMPLETE == cli.main([*argv, "--action", "hide"])


def test_what_is_left_out_is_counted_first_and_named(publish, document, finding, tmp_path, capsys):
    out = publish(document(finding(1), finding(2, version="?")))
    assert Exit.COMPLETE == cli.main(["export", "--out", str(out), "--to", "purl", "--into", str(tmp_path / "x")])
    text = capsys.readouterr().out
    assert text.startswith(
        "1 files blocked, 1 LEFT OUT\nleft out: project_2-1.0.tar.gz: its version is not one of PEP 440"
    )
    assert Exit.COMPLETE == cli.main(
        ["export", "--out", str(out), "--to", "purl", "--into", str(tmp_path / "x"), "--widen", "project"]
    )
    assert "widened: all of project-2: 1 file\n" in capsys.readouterr().out
