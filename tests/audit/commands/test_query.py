"""`boojum query`: its formats and its errors."""

import json

import pytest

from audit import cli
from audit.exits import Exit

STATEMENT = "SELECT project, version FROM artifacts ORDER BY ALL LIMIT 1"


@pytest.mark.parametrize(
    ("expected", "flags"),
    [
        ("project  version\n-------  -------\ngoats    1.0\n(1 row)\n", []),
        ("project,version\r\ngoats,1.0\n", ["--format", "csv"]),
        ("| project | version |\n|---|---|\n| goats | 1\\.0 |\n", ["--format", "markdown"]),
    ],
)
def test_rows_are_printed_in_a_format(expected, flags, store_folder, capfd):
    assert Exit.COMPLETE == cli.main(["query", STATEMENT, "--out", str(store_folder), *flags])
    assert expected == capfd.readouterr().out


@pytest.mark.parametrize("flags", [["--json"], ["--format", "json"]])
def test_json_is_a_format_too(flags, store_folder, capsys):
    cli.main(["query", STATEMENT, "--out", str(store_folder), *flags])
    assert [{"project": "goats", "version": "1.0"}] == json.loads(capsys.readouterr().out)


def test_a_statement_that_is_refused_is_misuse(store_folder, capsys):
    assert Exit.MISUSE == cli.main(["query", "SELECT nothing", "--out", str(store_folder)])
    error = capsys.readouterr().err
    assert "Binder Error" in error
    assert "`DESCRIBE features` lists columns" in error
    assert 1 == error.count("\n")


def test_json_and_another_format_exclude_each_other(capsys):
    assert Exit.MISUSE == cli.main(["query", STATEMENT, "--json", "--format", "table"])
    assert "not allowed with argument" in capsys.readouterr().err
