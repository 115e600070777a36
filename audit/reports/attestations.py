"""Writes an in-toto statement for every artifact of the mirror: scanned at T, digest D, model M, verdict V.

One statement a line (https://github.com/in-toto/attestation, Statement v1), not signed: whoever hands a disk to a
closed network signs the file, or each line in an envelope. docs/schemas/attestation-1.json is the schema of a line.
"""

import json
from collections.abc import Iterator
from typing import Any

import pyarrow.parquet as pq

from audit.contract import AuditDocument
from audit.escape import escape_unprintable
from jobs.run.joined_scores import FILENAME as SCORES_FILE
from jobs.run.run_folder import RunFolder

STATEMENT = "https://in-toto.io/Statement/v1"
PREDICATE = "urn:boojum:audit:1"
_COLUMNS = (
    "project", "version", "filename", "path", "sha256", "blake2b_256", "size", "status", "reason", "score", "verdict",
    "seen",
)  # fmt: skip
_BATCH = 8_192


class AttestationsReport:
    """Statements as JSON Lines, in ASCII, in the order of scores.parquet; a file without a digest has none."""

    name = "attestations"
    filename = "attestations.jsonl"
    summary = "closed networks: an in-toto statement for every artifact"
    nightly = False

    def stream(self, document: AuditDocument, run: RunFolder) -> Iterator[bytes]:
        """Yield the statements, some thousand at a time."""
        with pq.ParquetFile(run.folder / SCORES_FILE) as scores:
            for batch in scores.iter_batches(_BATCH, columns=list(_COLUMNS)):
                rows = (row for row in batch.to_pylist() if row["sha256"])
                yield "".join(f"{json.dumps(_statement(row, document))}\n" for row in rows).encode()


def _statement(row: dict[str, Any], document: AuditDocument) -> dict[str, Any]:
    digests = {"sha256": row["sha256"], "blake2b_256": row["blake2b_256"]}
    return {
        "_type": STATEMENT,
        "subject": [
            {
                "name": escape_unprintable(row["filename"]),
                "digest": {name: digest for name, digest in digests.items() if digest},
            }
        ],
        "predicateType": PREDICATE,
        "predicate": {
            "scannedAt": document.finished.isoformat().replace("+00:00", "Z"),
            "scanner": {"name": "boojum", "version": document.boojum_version, "features": document.fingerprint},
            "model": document.model,
            "run": document.run,
            "verdict": row["verdict"],
            "score": row["score"],
            "status": row["status"],
            "reason": escape_unprintable(row["reason"] or ""),
            "seen": row["seen"],
            "project": escape_unprintable(row["project"] or ""),
            "version": escape_unprintable(row["version"] or ""),
            "path": escape_unprintable(row["path"]),
            "size": row["size"],
        },
    }
