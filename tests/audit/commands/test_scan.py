"""`boojum scan`: verdicts on stdout, what was not read on stderr, and the exit status."""

import hashlib
import json

import pytest

from audit import cli
from audit.exits import Exit
from tests.audit.conftest import FILES


@pytest.fixture
def scan(folder, capsys):
    def run(*argv):
        files = [folder / argument if argument in FILES else argument for argument in argv]
        status = cli.main(["scan", "--quiet", "--config", str(folder / "boojum.toml"), *map(str, files)])
        return status, capsys.readouterr()

    return run


@pytest.mark.parametrize(
    ("level", "counted"),
    [("never", 0), ("unreadable", 1), ("stopped", 2), ("partial", 3)],
)
def test_a_scan_counts_what_the_flag_names(level, counted, scan):
    for number, name in enumerate(FILES):
        status, output = scan("--fail-on", "never", "--fail-on-unread", level, name)
        is_counted = (0, 2, 1, 3)[number] < counted
        assert (Exit.INCOMPLETE if is_counted else Exit.COMPLETE) == status, name
        assert is_counted == ("incomplete: 1 artifact was not read completely" in output.err)
        assert name in output.out


def test_by_default_a_long_file_is_no_failure_and_a_reading_that_was_stopped_is_one(scan):
    assert Exit.COMPLETE == scan("--fail-on", "never", FILES[1])[0]
    status, output = scan("--fail-on", "never", "--json", *FILES)
    assert Exit.INCOMPLETE == status
    assert "2 artifacts were not read completely: 1 unreadable, 1 stopped (--fail-on-unread stopped)" in output.err
    assert ["unreadable", "partial", "stopped", "whole"] == [item["extent"] for item in json.loads(output.out)]


def test_a_file_that_is_missing_is_reported_before_any_is_read(scan, capsys):
    status, output = scan(FILES[3], "nowhere-1.0.tar.gz")
    assert Exit.MISUSE == status
    assert "nowhere-1.0.tar.gz is not a file; name distribution files" in output.err
    assert "" == output.out


def test_a_verdict_at_or_above_fail_on_is_an_alert(scan, monkeypatch):
    monkeypatch.setattr("audit.outcome._SEVERITY", dict.fromkeys(["clear", "unreadable", "review"], 1))
    assert Exit.FINDINGS == scan("--fail-on", "review", FILES[3])[0]


def test_a_waived_file_is_no_alert_and_not_counted_as_unread(scan, folder, tmp_path, monkeypatch):
    monkeypatch.setattr("audit.outcome._SEVERITY", dict.fromkeys(["clear", "unreadable", "review"], 1))
    waivers = tmp_path / "waivers.toml"
    for number in (0, 3):
        digest = hashlib.sha256((folder / FILES[number]).read_bytes()).hexdigest()
        arguments = ["--owner", "Ada", "--reason", "ours", "--expires", "3d", "--out", str(tmp_path)]
        assert Exit.COMPLETE == cli.main(["waive", digest, *arguments])
    status, output = scan("--fail-on", "review", "--waivers", str(waivers), FILES[0], FILES[3])
    assert Exit.COMPLETE == status
    assert 2 == output.out.count("waived by Ada")
