"""findings.json: the whole document, for programs and for the comparison with the next run."""

import dataclasses
import json
from datetime import date, datetime
from typing import Any

from audit.contract import AuditDocument


def plain(value: Any) -> Any:
    """Return a value that JSON has no word for as one that it has; for `json.dumps(default=...)`."""
    if isinstance(value, (datetime, date)):
        return value.isoformat()
    raise TypeError(type(value).__name__)


class JsonReport:
    r"""The document as JSON. Text from packages stands raw inside JSON strings, non-ASCII as \\u escapes."""

    name = "json"
    filename = "findings.json"

    def render(self, document: AuditDocument) -> str:
        """Return the JSON text; keys in the order of the dataclasses."""
        return json.dumps(dataclasses.asdict(document), default=plain, indent=1, allow_nan=False) + "\n"
