"""Errors as exit status, sentence and hint; the traceback of a fault in a log."""

import errno
from pathlib import Path

import pytest

from audit.config import ConfigError
from audit.error_status import LOG, STATUSES, classify_error, write_traceback
from audit.errors import AuditError, ReplacedFlagError, StoreDamagedError, UsageError
from audit.exits import Exit
from features.contract import FeaturesError
from jobs.contract import ClusterLostError, JobsError, OutputLockedError, StoreFullError, WorkerSchemaMismatchError
from model.errors import ModelError


@pytest.mark.parametrize(
    ("expected", "error"),
    [
        (Exit.MISUSE, OutputLockedError(Path("out"), "7")),
        (Exit.INCOMPLETE, StoreFullError(Path("out"), "no space")),
        (Exit.INCOMPLETE, ClusterLostError("the scheduler went away")),
        (Exit.MISMATCH, WorkerSchemaMismatchError("w", "a", "b")),
        (Exit.INCOMPLETE, OSError(errno.ENOSPC, "No space left on device", "part")),
        (Exit.MISUSE, PermissionError(errno.EACCES, "Permission denied", "part")),
        (Exit.MISUSE, UsageError("what", "hint")),
        (Exit.INCOMPLETE, StoreDamagedError(Path("out"), "no magic bytes")),
        (Exit.FAULT, ZeroDivisionError("x")),
        (Exit.FAULT, ValueError("two\nlines")),
        (Exit.FAULT, OSError(errno.EIO, "Input/output error")),
    ],
)
def test_errors_have_their_status(expected, error):
    status, sentence, _ = classify_error(error)
    assert expected == status
    assert "\n" not in sentence


def test_the_sentence_and_the_hint_are_those_of_the_error():
    assert (Exit.MISUSE, "boojum.toml: is odd", "mend it") == classify_error(
        ConfigError("boojum.toml", "is odd", "mend it")
    )
    assert (Exit.MISUSE, "--a has been replaced", "use --b") == classify_error(ReplacedFlagError("--a", "--b"))
    assert (Exit.MISUSE, "no permission to use part", "check its owner and mode") == classify_error(
        PermissionError(errno.EACCES, "Permission denied", "part")
    )


@pytest.mark.parametrize(
    "error",
    [
        FileNotFoundError(errno.ENOENT, "No such file", "/proc/x/.boojum.1"),
        NotADirectoryError(errno.ENOTDIR, "Not a folder", "/proc/x/y.csv"),
        OSError("[Errno 30] Failed to open local file '/proc/x/y.csv'"),
    ],
)
def test_a_result_that_cannot_be_written_is_not_boojums_fault(error):
    status, sentence, hint = classify_error(error, Path("/proc/x/y.csv"))
    assert (Exit.MISUSE, "name another place with --into") == (status, hint)
    assert sentence.startswith("/proc/x/y.csv cannot be written")
    assert Exit.FAULT == classify_error(error)[0]
    assert Exit.FAULT == classify_error(error, Path("/srv/y.csv"))[0]


def test_a_traceback_with_a_name_that_is_not_utf_8_is_kept(tmp_path):
    assert "\\udcff" in write_traceback(ValueError("\udcff"), tmp_path).read_text()


def test_a_fault_is_cut_to_one_short_line():
    _, sentence, hint = classify_error(ValueError("x\n" * 1_000))
    assert (300, "") == (len(sentence), hint)
    assert sentence.startswith("ValueError: x x")


def test_a_derived_class_is_matched_before_its_base():
    for index, (kind, _) in enumerate(STATUSES):
        assert not [base for base, _ in STATUSES[:index] if issubclass(kind, base)]


@pytest.mark.parametrize("base", [AuditError, FeaturesError, JobsError, ModelError])
def test_every_room_has_a_status(base):
    assert base in [kind for kind, _ in STATUSES]


def test_tracebacks_are_appended_to_the_log(tmp_path):
    for number in range(2):
        assert tmp_path / "new" / LOG == write_traceback(ValueError(f"number {number}"), tmp_path / "new")
    text = (tmp_path / "new" / LOG).read_text()
    assert text.index("ValueError: number 0") < text.index("ValueError: number 1")


def test_a_log_that_cannot_be_written_goes_into_the_working_directory(tmp_path, monkeypatch):
    (tmp_path / "file").touch()
    monkeypatch.chdir(tmp_path)
    assert tmp_path / "boojum.log" == write_traceback(ValueError("x"), tmp_path / "file")


def test_a_log_that_can_be_written_nowhere_is_no_error(tmp_path, monkeypatch):
    (tmp_path / "file").touch()
    (tmp_path / LOG).mkdir()
    monkeypatch.chdir(tmp_path)
    assert Path(LOG) == write_traceback(ValueError("x"), tmp_path / "file")
