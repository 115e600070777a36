"""The command line: help, exit statuses, one line for every error, and the README that agrees."""

import errno
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from audit import cli
from audit.commands.registry import COMMANDS
from audit.error_status import classify_error, write_traceback
from audit.exits import MEANINGS, Exit
from audit.outcome import Outcome
from jobs.contract import ClusterLostError, OutputLockedError, StoreFullError, WorkerSchemaMismatchError

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
NAMES = tuple(command.name for command in COMMANDS)


def run(*argv):
    return cli.main([str(word) for word in argv])


def test_the_exit_table_is_one(capsys):
    with pytest.raises(SystemExit):
        run("--help")
    shown = capsys.readouterr().out
    table = dict(re.findall(r"^\| (\d+) \| (.+) \|$", README, flags=re.MULTILINE))
    assert {str(status.value): text for status, text in MEANINGS.items()} == table
    assert set(MEANINGS) == set(Exit)
    for status, text in MEANINGS.items():
        assert re.search(rf"^  {status.value} +{re.escape(text)}$", shown, flags=re.MULTILINE)


def test_every_command_is_in_the_help_and_in_the_readme(capsys):
    with pytest.raises(SystemExit):
        run("--help")
    shown = capsys.readouterr().out
    for name in NAMES:
        assert re.search(rf"^    {name} +\w", shown, flags=re.MULTILINE)
        assert f"boojum {name}" in README or f"make {name}" in README


@pytest.mark.parametrize("name", NAMES)
def test_every_command_has_help(name, capsys):
    with pytest.raises(SystemExit) as caught:
        run(name, "--help")
    assert 0 == caught.value.code
    assert f"usage: boojum {name}" in capsys.readouterr().out


def test_help_imports_nothing_heavy():
    heavy = "import sys; from audit.cli import build_parser; build_parser(); print(sorted({'dataclasses', 'numpy', 'pyarrow', 'dask', 'sklearn', 'duckdb', 'xgboost', 'hyperscan'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", heavy], capture_output=True, text=True, check=True, cwd=ROOT)
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
    said = capsys.readouterr().err
    assert words in said
    assert said.startswith("boojum: ")
    assert 1 == said.count("\n")


@pytest.mark.parametrize(
    ("expected", "error"),
    [
        (Exit.MISUSE, OutputLockedError(Path("out"), "7")),
        (Exit.INCOMPLETE, StoreFullError(Path("out"), "no space")),
        (Exit.INCOMPLETE, ClusterLostError("the scheduler went away")),
        (Exit.MISMATCH, WorkerSchemaMismatchError("w", "a", "b")),
        (Exit.INCOMPLETE, OSError(errno.ENOSPC, "No space left on device", "part")),
        (Exit.MISUSE, PermissionError(errno.EACCES, "Permission denied", "part")),
        (Exit.FAULT, ZeroDivisionError("x")),
    ],
)
def test_errors_have_their_status(expected, error):
    status, sentence, _ = classify_error(error)
    assert expected == status
    assert "\n" not in sentence


def test_our_own_fault_leaves_a_traceback_in_the_log(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr("audit.query.run_query", lambda *_: 1 / 0)
    assert Exit.FAULT == run("query", "SELECT 1", "--out", tmp_path / "out")
    assert "internal error: ZeroDivisionError" in capsys.readouterr().err
    assert "Traceback" in (tmp_path / "out" / "boojum.log").read_text()


def test_a_log_that_cannot_be_written_goes_here(tmp_path, monkeypatch):
    (tmp_path / "file").touch()
    monkeypatch.chdir(tmp_path)
    assert tmp_path / "boojum.log" == write_traceback(ValueError("x"), tmp_path / "file")


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


@pytest.mark.parametrize(
    ("expected", "outcome"),
    [
        (Exit.COMPLETE, Outcome(0)),
        (Exit.FINDINGS, Outcome(2)),
        (Exit.INCOMPLETE, Outcome(2, failed=1)),
        (Exit.INCOMPLETE, Outcome(0, failed=1)),
    ],
)
def test_the_outcome_owns_the_status(expected, outcome):
    assert expected == outcome.status
