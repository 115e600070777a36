"""Tests that a record that is broken or lost is an error with a way out, and never an empty one."""

import json

import pytest

from audit.blocklists.canonical import BLOCKLIST, render_blocklist
from audit.blocklists.record import RecordError, parse_record, read_last_record, read_record
from audit.strict_json import ShapeError

V1 = {
    "schema_version": 1,
    "revision": "0123456789ab",
    "generated_at": "2026-10-01T03:40:00+00:00",
    "expires_at": "2026-10-31",
    "mirror_serial": "",
    "model_id": "0123456789ab",
    "source_run": "20261001T033000Z-abcd",
    "waived": 0,
    "entries": [
        {
            "purl": "pkg:pypi/six@1.0?file_name=six-1.0.tar.gz",
            "project": "six",
            "version": "1.0",
            "filename": "six-1.0.tar.gz",
            "sha256": "a" * 64,
            "blake2b_256": "b" * 64,
            "score": 0.99,
            "verdict": "malicious",
            "reasons": ["it posts"],
            "first_seen": "2026-09-01",
            "source_run": "20261001T033000Z-abcd",
            "expires_at": "2026-10-31",
            "scope": "file",
            "action": "deny",
        }
    ],
    "refused": "",
}


@pytest.fixture
def text(record, finding):
    return render_blocklist(record(finding(1), finding(2)))


def changed(text, **entry):
    content = json.loads(text)
    content["entries"][1].update(entry)
    return json.dumps(content).encode()


@pytest.fixture
def out(tmp_path, text):
    """An output folder with two runs; the record of the later one is not written yet."""
    for run in ("20261121T033000Z-aaaa", "20261122T033000Z-bbbb"):
        (tmp_path / "runs" / run).mkdir(parents=True)
    (tmp_path / "runs" / "20261121T033000Z-aaaa" / BLOCKLIST).write_text(text)
    (tmp_path / "runs" / "latest").symlink_to("20261122T033000Z-bbbb")
    return tmp_path


def test_a_record_round_trips(record, night, finding):
    popular = {"project-2": "it is popular"}
    made = record(finding(1), finding(2), popular=popular)
    assert made == parse_record(render_blocklist(made).encode())


def test_names_of_packages_may_be_odd(record, finding):
    made = record(finding(1, project="a\n\u202e", version="'; --", filename="x\x1b\n.whl", path="p/x\x1b\n.whl"))
    assert made == parse_record(render_blocklist(made).encode())


def test_a_record_of_version_1_is_read_and_its_entries_stay():
    for content in (V1, {key: V1[key] for key in V1 if key != "refused"}):
        read = parse_record(json.dumps(content).encode())
        [entry] = read.entries
        assert (2, "") == (read.schema_version, read.expires_at)
        assert ("2026-09-01", "2026-10-01", "") == (entry.first_seen, entry.last_confirmed, entry.expires_at)


@pytest.mark.parametrize(
    "entry",
    [
        {"sha256": ""},
        {"sha256": "A" * 64},
        {"sha256": "a" * 63},
        {"sha256": 7},
        {"blake2b_256": "../../etc"},
        {"filename": "../../etc/passwd"},
        {"filename": ".."},
        {"filename": "a\0.whl"},
        {"path": "/etc/passwd"},
        {"path": "packages/../../x.whl", "filename": "x.whl"},
        {"path": "packages/other.whl"},
        {"scope": "project"},
        {"action": "allow"},
        {"state": "lost"},
        {"why": "nobody"},
        {"score": "high"},
        {"reasons": "text"},
        {"reasons": [1]},
        {"first_seen": "yesterday"},
        {"last_confirmed": "20261122"},
        {"expires_at": "2026-02-30"},
        {"source_run": "1\n[plugins]"},
        {"more": 1},
    ],
)
def test_an_entry_that_boojum_never_wrote_is_refused(text, entry):
    with pytest.raises(ShapeError, match=r"entries\[1\]"):
        parse_record(changed(text, **entry))


@pytest.mark.parametrize(
    "head",
    [
        {"schema_version": 3},
        {"schema_version": 0},
        {"schema_version": True},
        {"schema_version": "2"},
        {"revision": "1\n[plugins]"},
        {"generated_at": "now"},
        {"expires_at": "soon"},
        {"entries": {}},
        {"lifted": [{}]},
    ],
)
def test_a_head_that_boojum_never_wrote_is_refused(text, head):
    with pytest.raises(ShapeError):
        parse_record(json.dumps({**json.loads(text), **head}).encode())


@pytest.mark.parametrize("key", ["entries", "lifted", "withheld", "schema_version", "refused"])
def test_a_missing_key_is_refused(text, key):
    content = json.loads(text)
    del content[key]
    with pytest.raises(ShapeError):
        parse_record(json.dumps(content).encode())


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"{}", b"null", b"\xff", b"[" * 100_000, b'{"a":1,"a":1}'])
def test_a_broken_record_names_the_run_to_restore_it_from(out, content):
    (out / "runs" / "latest" / BLOCKLIST).write_bytes(content)
    with pytest.raises(RecordError, match="is broken: it ") as caught:
        read_last_record(out)
    earlier, later = (out / "runs" / run / BLOCKLIST for run in ("20261121T033000Z-aaaa", "20261122T033000Z-bbbb"))
    assert f"restore it from an earlier run: cp {earlier} {later}" == caught.value.hint
    earlier.write_bytes(content)
    with pytest.raises(RecordError) as caught:
        read_last_record(out)
    assert "restore it from a backup" in caught.value.hint


def test_a_record_cut_anywhere_is_refused(out, text):
    for size in range(0, len(text) - 2, 97):
        (out / "runs" / "latest" / BLOCKLIST).write_text(text[:size])
        with pytest.raises(RecordError):
            read_last_record(out)


def test_a_run_without_a_record_is_a_fault_and_a_lost_link_is_none(out):
    with pytest.raises(RecordError, match="is missing"):
        read_last_record(out)
    # A run that is killed before it makes the link has left a whole record.
    (out / "runs" / "latest").unlink()
    record = read_last_record(out)
    assert record is not None
    assert read_record(out / "runs" / "20261121T033000Z-aaaa") == record


def test_a_record_that_cannot_be_read_says_why(out):
    (out / "runs" / "latest" / BLOCKLIST).mkdir()
    with pytest.raises(RecordError, match="cannot be read"):
        read_record(out / "runs" / "latest")


def test_a_first_run_has_none(tmp_path):
    assert read_last_record(tmp_path) is None
    (tmp_path / "runs").mkdir()
    assert read_last_record(tmp_path) is None


def test_the_record_of_the_last_run_is_read(out, text):
    (out / "runs" / "latest" / BLOCKLIST).write_text(text)
    assert parse_record(text.encode()) == read_last_record(out)
