"""Renders findings.jsonl: one JSON object a line, for log shippers and for programs that read line by line.

The first line is the run; then come its faults, its findings by rank, what was cleared and what was not examined. Each
line says its `type` and the version of its layout. docs/schemas/lines-1.json is its schema.
"""

import dataclasses
import json
from collections.abc import Iterator, Mapping
from typing import Any

from audit.contract import AuditDocument
from audit.serialization import to_plain

VERSION = 1
_OF_RUN = (
    "previous_run", "started", "finished", "boojum_version", "mirror", "model", "fingerprint", "counts", "totals",
    "unexamined_totals", "waived", "failed", "backlog",
)  # fmt: skip


class JsonLinesReport:
    """The document as JSON Lines, in ASCII, so that no character of a package is read as a line break."""

    name = "jsonl"
    filename = "findings.jsonl"
    summary = "a log shipper: one JSON object a line"
    nightly = False

    def render(self, document: AuditDocument) -> str:
        """Return the lines, the run first."""
        return "".join(f"{line}\n" for line in _lines(document))


def _lines(document: AuditDocument) -> Iterator[str]:
    def line(kind: str, values: Mapping[str, Any]) -> str:
        head = {"type": kind, "schema_version": VERSION, "run": document.run}
        return json.dumps({**head, **values}, default=to_plain, allow_nan=False)

    yield line("run", {name: getattr(document, name) for name in _OF_RUN})
    for kind, items in (
        ("fault", document.faults),
        ("finding", document.findings),
        ("cleared", document.cleared),
        ("unexamined", document.unexamined),
    ):
        for item in items:
            yield line(kind, dataclasses.asdict(item))
