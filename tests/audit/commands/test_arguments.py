"""Arguments that commands share: settings, choices, and flags of earlier versions."""

from argparse import ArgumentParser
from pathlib import Path

import pytest

from audit import cli
from audit.commands.arguments import (
    add_common,
    add_replaced,
    output_file,
    output_folder,
    read_out_folder,
    read_settings,
    require,
)
from audit.config import ConfigError
from audit.errors import ReplacedFlagError, UsageError
from audit.exits import Exit


@pytest.fixture
def parser():
    made = ArgumentParser()
    add_common(made)
    return made


def test_flags_override_the_configuration(parser, tmp_path):
    (tmp_path / "boojum.toml").write_text('out = "a"\nworkers = 3\n')
    args = parser.parse_args(["--config", str(tmp_path / "boojum.toml"), "--out", "b", "--quiet"])
    settings = read_settings(args)
    assert ("b", 3, True) == (settings.out, settings.workers, settings.quiet)


def test_a_flag_that_is_not_given_overrides_nothing(parser, tmp_path):
    (tmp_path / "boojum.toml").write_text("quiet = true\n")
    assert read_settings(parser.parse_args(["--config", str(tmp_path / "boojum.toml")])).quiet


def test_the_output_folder_is_absolute(parser, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert tmp_path / "boojum-out" == read_out_folder(parser.parse_args([]))
    with pytest.raises(ConfigError):
        read_out_folder(parser.parse_args(["--out", "jobs"]))


def test_json_is_a_format_where_a_command_has_several():
    parser = ArgumentParser()
    add_common(parser, formats=("csv", "json"), default_format="csv")
    assert "csv" == parser.parse_args([]).format
    assert "json" == parser.parse_args(["--json"]).format
    assert "json" == parser.parse_args(["--format", "json"]).format
    with pytest.raises(SystemExit):
        parser.parse_args(["--json", "--format", "csv"])


@pytest.mark.parametrize("words", [["--old"], ["--old", "x"], ["--old=x"]])
def test_a_replaced_flag_names_its_replacement(words):
    parser = ArgumentParser()
    add_replaced(parser, ["--old", "--older"], "--new FILE")
    assert [] == list(vars(parser.parse_args([])))
    assert "--old" not in parser.format_help()
    with pytest.raises(ReplacedFlagError, match="--old has been replaced") as caught:
        parser.parse_args(words)
    assert "use --new FILE" == caught.value.hint


def test_a_missing_value_is_an_error_with_the_flag():
    assert 0 == require(0, "--top", "corpus names")
    with pytest.raises(UsageError, match="corpus known needs --tree") as caught:
        require(None, "--tree", "corpus known")
    assert "`boojum corpus known --help`" in caught.value.hint


@pytest.mark.parametrize(
    ("expected", "argv"),
    [
        ("--to has been replaced; use --into FILE", "report --to x"),
        ("--out has been replaced; use --into FILE", "corpus known --mirror m --out x"),
        ("--list has been replaced; use --into FILE", "corpus names --list x"),
        ("--store has been replaced; use --out DIR", "corpus names --store x --into y"),
        ("--workers has been replaced; use --worker-counts LIST", "bench . --workers 1,2"),
        ("--sample has been replaced; use `boojum corpus sample`", "corpus benign --sample 5 --list x"),
        ("--like has been replaced; use `boojum corpus sample`", "corpus benign --list x --out y --like z"),
    ],
)
def test_an_old_spelling_is_one_line_that_names_the_new_one(expected, argv, capsys):
    assert Exit.MISUSE == cli.main(argv.split())
    error = capsys.readouterr().err
    assert error.startswith(f"boojum: {expected}")
    assert 1 == error.count("\n")


def test_a_result_can_be_written_into_folders_that_are_still_missing(tmp_path):
    assert tmp_path / "a" / "b.csv" == output_file(str(tmp_path / "a" / "b.csv"))
    assert tmp_path / "a" / "b" == output_folder(str(tmp_path / "a" / "b"))
    assert Path() == output_folder("")


@pytest.mark.parametrize("below", ["file/x/y", "file/x"])
def test_a_result_that_could_never_be_written_is_an_error_before_the_work(tmp_path, below):
    (tmp_path / "file").write_text("")
    for check in (output_file, output_folder):
        with pytest.raises(UsageError, match="is not a folder"):
            check(str(tmp_path / below))
        with pytest.raises(UsageError, match="cannot be written"):
            check(str(tmp_path / ("x" * 300) / "y"))
    with pytest.raises(UsageError, match="is a folder"):
        output_file(str(tmp_path))


def test_a_folder_that_this_user_may_not_write_into_is_an_error(tmp_path, monkeypatch):
    monkeypatch.setattr("os.access", lambda *_: False)
    with pytest.raises(UsageError, match="may not write into"):
        output_file(str(tmp_path / "x.csv"))
