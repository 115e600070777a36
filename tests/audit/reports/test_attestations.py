"""Tests attestations.jsonl: a statement for every artifact with a digest."""

import json

from audit.reports.attestations import AttestationsReport


def test_every_artifact_with_a_digest_is_a_statement(document, run_folder, score_rows):
    row = {"project": "a", "version": "1", "filename": "a-1.tar.gz", "path": "a-1.tar.gz", "size": 7, "status": "ok"}
    score_rows(
        {**row, "sha256": f"{1:064x}", "verdict": "clear", "score": 0.01},
        {**row, "sha256": f"{2:064x}", "verdict": "malicious", "score": 0.99},
        {**row, "sha256": None, "verdict": "unreadable"},
    )
    statements = [
        json.loads(line) for line in b"".join(AttestationsReport().stream(document(), run_folder)).splitlines()
    ]
    assert [(f"{1:064x}", "clear"), (f"{2:064x}", "malicious")] == [
        (one["subject"][0]["digest"]["sha256"], one["predicate"]["verdict"]) for one in statements
    ]
    assert ("2026-11-22T03:40:00Z", "0123456789ab") == (
        statements[0]["predicate"]["scannedAt"], statements[0]["predicate"]["model"]
    )  # fmt: skip
