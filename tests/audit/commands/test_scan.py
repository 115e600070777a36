"""`boojum scan`: verdicts on stdout, what was not read on stderr, and the exit status."""

import io
import json
import zipfile
from pathlib import Path

import pytest

from audit import cli
from audit.exits import Exit

CONFIG = "[limits]\nnesting = 0\nmember_bytes = 9_000\n"
FILES = ("broken-1.0.tar.gz", "long-1.0-py3-none-any.whl", "nested-1.0-py3-none-any.whl", "plain-1.0-py3-none-any.whl")


def wheel(name, **more):
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        archive.writestr(f"{name}-1.0.dist-info/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
        archive.writestr(f"{name}/__init__.py", "x = 1\n")
        for file, data in more.items():
            archive.writestr(f"{name}/{file}", data)
    return made.getvalue()


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    """One file that cannot be read, one that a limit stops, one with a long file, and a plain one."""
    made = tmp_path_factory.mktemp("files")
    (made / "boojum.toml").write_text(CONFIG)
    (made / FILES[0]).write_bytes(b"no archive")
    (made / FILES[1]).write_bytes(wheel("long", data="a line of text\n" * 1_000))
    (made / FILES[2]).write_bytes(wheel("nested", data=wheel("inner")))
    (made / FILES[3]).write_bytes(wheel("plain"))
    return made


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
