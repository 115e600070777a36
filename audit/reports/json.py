"""Renders findings.json: the whole document, for programs and for the comparison with the next run."""

import dataclasses
import json

from audit.contract import AuditDocument
from audit.serialization import from_plain, to_plain


class JsonReport:
    r"""The document as JSON. Text from packages is unescaped within the JSON strings, non-ASCII as \\u escapes."""

    name = "json"
    filename = "findings.json"
    summary = "a program: the whole document"
    nightly = True

    def render(self, document: AuditDocument) -> str:
        """Return the JSON text, with keys in the order of the dataclasses."""
        return json.dumps(dataclasses.asdict(document), default=to_plain, indent=1, allow_nan=False) + "\n"


def parse_document(text: str) -> AuditDocument:
    """Return the document that a JSON report was rendered from.

    Raises ValueError, KeyError or TypeError on a text of another shape.
    """
    document: AuditDocument = from_plain(AuditDocument, json.loads(text))
    return document
