"""Tests the entry point: help, exit statuses, signals, and one line for every error."""

import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from audit import cli
from audit.exits import MEANINGS, Exit

ROOT = Path(__file__).parents[2]
OPERATIONS = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")


def run(*argv):
    return cli.main([str(word) for word in argv])


def test_the_exit_table_is_one(capsys):
    with pytest.raises(SystemExit):
        run("--help")
    shown = capsys.readouterr().out
    table = dict(re.findall(r"^\| (\d+) \| (.+) \|$", OPERATIONS, flags=re.MULTILINE))
    assert {str(status.value): text for status, text in MEANINGS.items()} == table
    assert set(MEANINGS) == set(Exit)
    for status, text in MEANINGS.items():
        assert re.search(rf"^  {status.value} +{re.escape(text)}$", shown, flags=re.MULTILINE)


def test_help_imports_nothing_heavy():
    heavy = "import sys; from audit.cli import build_parser; build_parser(); print(sorted({'dataclasses', 'numpy', 'pyarrow', 'dask', 'sklearn', 'duckdb', 'xgboost', 'hyperscan'} & set(sys.modules)))"
    # Without what measures coverage in child processes: it imports some of these itself.
    env = {name: value for name, value in os.environ.items() if not name.startswith("COVERAGE_")}
    done = subprocess.run([sys.executable, "-c", heavy], capture_output=True, text=True, check=True, cwd=ROOT, env=env)
    assert "[]" == done.stdout.strip()


def test_no_command_is_misuse_and_shows_help(capsys):
    assert Exit.MISUSE == run()
    assert "usage: boojum" in capsys.readouterr().out


def test_version(capsys):
    assert Exit.COMPLETE == run("--version")
    assert re.fullmatch(r"boojum \d+\.\d+\.\d+\n", capsys.readouterr().out)


@pytest.mark.parametrize(
    ("words", "argv"),
    [
        ("no mirror is named; run `boojum audit MIRROR`", ["audit"]),
        ("none.toml: cannot be read", ["audit", "x", "--config", "none.toml"]),
        ("no finished run", ["query", "SELECT 1"]),
        ("no finished run 'latest'", ["report"]),
        ("no finished run 'latest'", ["export"]),
        ("is not a file; name distribution files", ["scan", "none-1.0.tar.gz"]),
        ("does not exist; check the path", ["audit", "none"]),
    ],
)
def test_misuse_is_one_line_that_says_what_to_do(words, argv, capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert Exit.MISUSE == run(*argv)
    error = capsys.readouterr().err
    assert words in error
    assert error.startswith("boojum: ")
    assert 1 == error.count("\n")


def test_our_own_fault_leaves_a_traceback_in_the_log(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr("audit.query.run_query", lambda *_: 1 / 0)
    assert Exit.FAULT == run("query", "SELECT 1", "--out", tmp_path / "out")
    assert "internal error: ZeroDivisionError" in capsys.readouterr().err
    assert "Traceback" in (tmp_path / "out" / "boojum.log").read_text()


def interrupt(*_: object, **__: object) -> None:
    raise KeyboardInterrupt


def test_ctrl_c_is_130_and_says_whether_the_next_run_resumes(monkeypatch, capsys, tmp_path):
    monkeypatch.setattr("audit.query.run_query", interrupt)
    assert Exit.INTERRUPTED == run("query", "SELECT 1")
    assert "boojum: interrupted\n" == capsys.readouterr().err
    monkeypatch.setattr("audit.benchmark.bench_mirror", interrupt)
    assert Exit.INTERRUPTED == run("bench", tmp_path)
    assert "boojum: interrupted\n" == capsys.readouterr().err
    monkeypatch.setattr("audit.nightly.audit_mirror", interrupt)
    assert Exit.INTERRUPTED == run("audit", tmp_path)
    assert "boojum: interrupted; the next run resumes\n" == capsys.readouterr().err


def test_sigterm_is_ctrl_c(monkeypatch, capsys, tmp_path):
    before = signal.getsignal(signal.SIGTERM)
    monkeypatch.setattr("audit.nightly.audit_mirror", lambda *_, **__: signal.raise_signal(signal.SIGTERM))
    assert Exit.INTERRUPTED == run("audit", tmp_path)
    assert "boojum: interrupted; the next run resumes\n" == capsys.readouterr().err
    assert before == signal.getsignal(signal.SIGTERM)


def test_a_reader_that_goes_away_is_no_error(tmp_path):
    script = "import sys; from audit import cli; sys.exit(cli.main(['--version']))"
    done = subprocess.run(
        ["/bin/sh", "-c", '"$0" -c "$1" | true; exit 0', sys.executable, script],
        capture_output=True,
        text=True,
        check=True,
        cwd=ROOT,
    )
    assert "" == done.stderr


def broken_pipe(*_: object) -> None:
    raise BrokenPipeError


def test_a_broken_pipe_is_silent_and_complete(monkeypatch, capfd):
    monkeypatch.setattr("audit.query.run_query", broken_pipe)
    monkeypatch.setattr("os.dup2", lambda *_: None)
    assert Exit.COMPLETE == run("query", "SELECT 1")
    assert ("", "") == capfd.readouterr()


@pytest.mark.parametrize(
    ("expected", "argv"),
    [
        ("scan: unknown argument --nothing; see `boojum scan --help`", ["scan", "x", "--nothing"]),
        ("scan: the following arguments are required: FILE; see `boojum scan --help`", ["scan"]),
        ("corpus: the following arguments are required: COMMAND; see `boojum corpus --help`", ["corpus"]),
        ("audit: argument --fail-on: invalid choice: 'clear'", ["audit", "x", "--fail-on", "clear"]),
        ("argument COMMAND: invalid choice: 'nothing'", ["nothing"]),
        ("unknown argument --nothing; see `boojum --help`", ["--nothing"]),
    ],
)
def test_a_mistake_on_the_command_line_is_one_line(expected, argv, capsys):
    assert Exit.MISUSE == run(*argv)
    error = capsys.readouterr().err
    assert error.startswith(f"boojum: {expected}")
    assert 1 == error.count("\n")
