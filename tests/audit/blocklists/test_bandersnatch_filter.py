"""Tests bandersnatch's filter plugin on records as they are, broken, lost, old and replaced."""

import configparser
import json
import logging
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from audit.blocklists import record as records
from audit.blocklists.bandersnatch_filter import (
    NEWEST_SCHEMA,
    BlockedFilesFilter,
    BlocklistError,
    parse_blocklist,
    tell_age,
)
from audit.blocklists.canonical import render_blocklist

CLEAN = f"{99:064x}"


def make_plugin(conf: str) -> BlockedFilesFilter:
    """Return the plugin as bandersnatch starts it; bandersnatch's own configuration is one a process."""
    plugin = BlockedFilesFilter.__new__(BlockedFilesFilter)
    plugin.configuration = configparser.ConfigParser(delimiters="=")
    plugin.configuration.read_string(conf)
    plugin.initialize_plugin()
    return plugin


def conf_of(path: Path, enabled: str = "boojum") -> str:
    return f"[plugins]\nenabled =\n    {enabled}\n[boojum]\nblocklist = {path}\n"


def release_file(filename: str = "x.tar.gz", **digests: str) -> dict[str, object]:
    return {"info": {"name": "x"}, "release": "1.0", "release_file": {"filename": filename, "digests": digests}}


@pytest.fixture
def listed(tmp_path, record, finding):
    """Return the path of a record that blocks the files 1 and 2."""
    path = tmp_path / "blocklist.json"
    path.write_text(render_blocklist(record(finding(1), finding(2))))
    return path


def test_a_blocked_file_is_refused_with_its_reason_and_its_neighbour_is_kept(listed, caplog):
    with caplog.at_level(logging.INFO, logger="bandersnatch"):
        plugin = make_plugin(conf_of(listed))
        assert not plugin.filter(release_file("project_1-1.0.tar.gz", sha256=f"{1:064x}"))
        assert plugin.filter(release_file("project_1-1.0.tar.gz", sha256=CLEAN))
    assert f"boojum blocks 2 files: {listed}" in caplog.text
    assert "boojum refuses 'project_1-1.0.tar.gz': malicious: posts data" in caplog.text


def test_a_digest_is_known_in_any_case(tmp_path, record, finding):
    path = tmp_path / "blocklist.json"
    path.write_text(render_blocklist(record(finding(0xAB))))
    assert not make_plugin(conf_of(path)).filter(release_file(sha256=f"{0xAB:064X}"))


@pytest.mark.parametrize(
    ("kept", "file"),
    [
        (False, release_file("other.tar.gz", blake2b_256=f"{1:064x}")),
        (True, release_file("project_1-1.0.tar.gz", blake2b_256=CLEAN)),
        (False, release_file("project_1-1.0.tar.gz", md5="0")),
        (True, release_file("other.tar.gz", md5="0")),
        (False, {"release_file": {"filename": "project_1-1.0.tar.gz", "digests": None}}),
        (False, {"release_file": {"filename": "project_1-1.0.tar.gz", "digests": {"sha256": ["x"]}}}),
        (True, {"release_file": {}}),
    ],
)
def test_a_file_without_a_sha256_is_known_by_what_it_has(listed, kept, file):
    assert kept is make_plugin(conf_of(listed)).filter(file)


def test_control_characters_of_a_package_do_not_reach_the_log(tmp_path, record, finding, caplog):
    name = "a\n2026-11-22 INFO: all is well\u202e.tar.gz"
    path = tmp_path / "blocklist.json"
    path.write_text(render_blocklist(record(finding(1, filename=name, path=f"packages/{name}"))))
    assert not make_plugin(conf_of(path)).filter(release_file(name, sha256=f"{1:064x}"))
    assert "'a\\n2026-11-22 INFO: all is well\\u202e.tar.gz'" in caplog.messages[-1]


def test_an_empty_list_blocks_nothing(tmp_path, record):
    path = tmp_path / "blocklist.json"
    path.write_text(render_blocklist(record()))
    plugin = make_plugin(conf_of(path))
    assert plugin.filter(release_file(sha256=f"{1:064x}"))
    assert plugin.filter(release_file())


@pytest.mark.parametrize(
    ("what", "content"),
    [
        ("is no JSON", b""),
        ("is no JSON", b'{"schema_version": 2, "entries": [{"sha256": "00'),
        ("is no JSON", b"\xff\xfe"),
        ("is no JSON", b"[" * 100_000),
        ("is no blocklist of boojum", b"[]"),
        ("is no blocklist of boojum", b'{"entries": []}'),
        ("is no blocklist of boojum", b'{"schema_version": true, "entries": []}'),
        ("is no blocklist of boojum", b'{"schema_version": 2, "entries": {}}'),
        ("has the schema version 3; this boojum reads up to 2", b'{"schema_version": 3, "entries": []}'),
        ("names no file in entries[0]", b'{"schema_version": 2, "entries": [7]}'),
        ("names no file in entries[0]", b'{"schema_version": 2, "entries": [{"sha256": "*"}]}'),
    ],
)
def test_a_broken_list_stops_bandersnatch_and_says_how_to_go_on(tmp_path, what, content):
    path = tmp_path / "blocklist.json"
    path.write_bytes(content)
    with pytest.raises(SystemExit) as stopped:
        make_plugin(conf_of(path))
    assert f"the list {path} {what}" in str(stopped.value)
    assert "take `boojum` out of `enabled`" in str(stopped.value)


def test_a_missing_list_stops_bandersnatch(tmp_path):
    with pytest.raises(SystemExit, match="cannot be read \\(No such file or directory\\)"):
        make_plugin(conf_of(tmp_path / "lost.json"))


@pytest.mark.parametrize("more", ["", "[boojum]\n", "[boojum]\nblocklist =\n"])
def test_a_plugin_that_is_enabled_without_a_list_stops_bandersnatch(more):
    with pytest.raises(SystemExit, match="has no `blocklist = PATH`"):
        make_plugin(f"[plugins]\nenabled =\n    boojum\n{more}")


def test_a_conf_that_enables_all_plugins_and_has_no_list_blocks_nothing():
    plugin = make_plugin("[plugins]\nenabled =\n    all\n")
    assert plugin.filter(release_file(sha256=f"{1:064x}"))


def test_a_list_that_is_replaced_while_bandersnatch_runs_counts_at_once(listed, record, finding):
    plugin = make_plugin(conf_of(listed))
    newer = listed.with_name("newer.json")
    newer.write_text(render_blocklist(record(finding(3))))
    newer.replace(listed)
    assert [True, False] == [plugin.filter(release_file(sha256=f"{number:064x}")) for number in (1, 3)]


@pytest.mark.parametrize("damage", [lambda path: path.unlink(), lambda path: path.write_text("{")])
def test_the_last_good_list_stays_in_force_where_the_next_is_lost_or_broken(listed, damage, caplog):
    plugin = make_plugin(conf_of(listed))
    damage(listed)
    assert [False, True, False] == [plugin.filter(release_file(sha256=f"{number:064x}")) for number in (1, 3, 2)]
    assert 1 == caplog.text.count("the one before it stays in force")


def test_a_list_is_read_once_for_all_plugins_of_a_verify(listed, caplog):
    with caplog.at_level(logging.INFO, logger="bandersnatch"):
        for _ in range(3):
            make_plugin(conf_of(listed))
    assert 1 == caplog.text.count("boojum blocks 2 files")


@pytest.mark.parametrize(
    ("warning", "head"),
    [
        ("", {"generated_at": "2026-11-22T03:40:00+00:00"}),
        ("is 8 days old", {"generated_at": "2026-11-16T03:40:00+00:00"}),
        ("is 8 days old", {"generated_at": "2026-11-16T03:40:00"}),
        ("", {"generated_at": "2026-11-24T03:40:00+00:00", "expires_at": "2026-11-24"}),
        ("has expired on 2026-11-23", {"generated_at": "2026-11-22T03:40:00+00:00", "expires_at": "2026-11-23"}),
        ("does not say when it was made", {}),
    ],
)
def test_a_list_that_is_old_or_has_expired_says_so(warning, head):
    blocked = parse_blocklist(json.dumps({"schema_version": 1, "entries": [], **head}).encode())
    assert warning == tell_age(blocked, datetime(2026, 11, 24, 12, tzinfo=UTC))


def test_an_expired_list_still_blocks_what_it_names(listed, caplog):
    listed.write_text(json.dumps({**json.loads(listed.read_text()), "expires_at": "2026-01-01"}))
    assert not make_plugin(conf_of(listed)).filter(release_file(sha256=f"{1:064x}"))
    assert "has expired on 2026-01-01; it still blocks what it names" in caplog.text


def test_the_plugin_reads_the_records_that_this_boojum_writes():
    assert records.SCHEMA_VERSION == NEWEST_SCHEMA
    with pytest.raises(BlocklistError):
        parse_blocklist(b"{}")


def test_the_plugin_imports_nothing_of_boojum_that_needs_more_than_bandersnatch():
    code = (
        "import sys, bandersnatch.filter; before = set(sys.modules)\n"
        "import audit.blocklists.bandersnatch_filter\n"
        "print(sorted({name.partition('.')[0] for name in set(sys.modules) - before} - sys.stdlib_module_names))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "['audit']" == done.stdout.strip()
