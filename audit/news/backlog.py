"""Keeps the backlog, the findings that were within no night's budget, in reading.json of a run's folder."""

import json
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import TypeAlias

READING = "reading.json"
"""The file's name in a run's folder."""
FORMAT = 1

FileKey: TypeAlias = tuple[str, str]
"""sha256 and path of an artifact."""
Backlog: TypeAlias = Mapping[FileKey, date | None]
"""The findings of a backlog, and the day of the run that first reported each (None: unknown)."""


def read_backlog(folder: Path) -> dict[FileKey, date | None]:
    """Return the backlog after a run; {} for a run of an older boojum, which kept none.

    Raises OSError, ValueError, KeyError or TypeError where the file is damaged.
    """
    file = folder / READING
    if not file.exists():
        return {}
    document = json.loads(file.read_text(encoding="utf-8"))
    if document["format"] != FORMAT:
        raise ValueError(f"{READING} has the format {document['format']!r}")
    return {
        (str(row["sha256"]), str(row["path"])): date.fromisoformat(row["since"]) if row["since"] else None
        for row in document["waiting"]
    }


def render_backlog(run: str, shown: Backlog, waiting: Backlog) -> str:
    """Return the text of reading.json: what a person was shown by a run, and what still waits."""
    document = {"format": FORMAT, "run": run, "shown": _as_rows(shown), "waiting": _as_rows(waiting)}
    return json.dumps(document, indent=1) + "\n"


def _as_rows(files: Backlog) -> list[dict[str, str]]:
    return [
        {"sha256": sha256, "path": path, "since": since.isoformat() if since else ""}
        for (sha256, path), since in files.items()
    ]
