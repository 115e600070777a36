"""The snapshot for probation, against the rules of its test files."""

import json
from datetime import UTC, datetime

from audit.blocklists.targets.contract import ExportOptions
from audit.blocklists.targets.probation import SNAPSHOT, ProbationExport

MADE = datetime(2026, 11, 23, tzinfo=UTC)


def snapshot_of(listed, made=MADE):
    return json.loads(ProbationExport().export(listed, ExportOptions(made=made)).files[SNAPSHOT])


def test_a_snapshot_blocks_digests_and_never_expires(record, finding):
    snapshot = snapshot_of(record(finding(2), finding(1)))
    assert [
        ("schema_version", 1),
        ("revision", int(MADE.timestamp())),
        ("generated_at", "2026-11-22T03:40:00Z"),
        ("expires_at", "2099-01-01T00:00:00Z"),
        ("blocked_packages", []),
    ] == list(snapshot.items())[:5]
    assert [f"{1:064x}", f"{2:064x}"] == [each["digest"] for each in snapshot["blocked_hashes"]]
    assert {"algorithm", "digest", "reason"} == set(snapshot["blocked_hashes"][0])


def test_a_later_export_has_a_higher_revision(record):
    assert snapshot_of(record())["revision"] < snapshot_of(record(), datetime(2026, 11, 24, tzinfo=UTC))["revision"]


def test_an_empty_list_is_a_whole_snapshot(record):
    assert [] == snapshot_of(record())["blocked_hashes"]
