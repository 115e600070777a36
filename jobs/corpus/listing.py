"""The lists of a corpus on disk: CSV with a header, UTF-8, one artifact a row; compressed where named `.gz`."""

import csv
import gzip
import io
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import astuple, fields
from datetime import UTC, datetime
from pathlib import Path

from packaging.utils import canonicalize_name

from features.runtime.atomic_write import write_atomically
from jobs.corpus.contract import CorpusError, ListedFile, Missing

_REQUIRED = ("project", "version", "filename", "sha256")
_TIME = "%Y-%m-%dT%H:%M:%SZ"


def read_list(path: Path) -> list[ListedFile]:
    """Read a benign list: project, version, filename and sha256 must be there, others may."""
    try:
        opened = gzip.open if path.suffix == ".gz" else open
        with opened(path, "rt", encoding="utf-8", newline="") as file:
            reader = csv.DictReader(file)
            lacking = [c for c in _REQUIRED if c not in (reader.fieldnames or ())]
            if lacking:
                raise CorpusError(str(path), f"has no column {', '.join(lacking)}", "give a list of artifacts")
            return [_parse_row(row) for row in reader]
    except (OSError, EOFError, UnicodeDecodeError, ValueError, TypeError, AttributeError) as error:
        raise CorpusError(str(path), f"cannot be read as a list ({error})", "give a CSV file") from error


def _parse_row(row: dict[str, str]) -> ListedFile:
    time = row.get("upload_time") or ""
    parsed = datetime.fromisoformat(time) if time else None
    return ListedFile(
        project=canonicalize_name(row["project"]),
        version=row["version"],
        filename=row["filename"],
        sha256=row["sha256"].lower(),
        blake2b_256=(row.get("blake2b_256") or "").lower(),
        size=int(row["size"]) if row.get("size") else None,
        upload_time=parsed if parsed is None or parsed.tzinfo else parsed.replace(tzinfo=UTC),
        stratum=row.get("stratum") or "",
        split=row.get("split") or "",
        kind=row.get("kind") or "",
    )


def read_rows(path: Path, columns: Sequence[str], of: str = "artifacts") -> Iterator[dict[str, str]]:
    """Yield the rows of a CSV (a list `of` what) that must have `columns`; what a row does not say is ""."""
    try:
        with path.open(encoding="utf-8", newline="") as file:
            reader = csv.DictReader(file, restval="")
            lacking = [c for c in columns if c not in (reader.fieldnames or ())]
            if lacking:
                raise CorpusError(str(path), f"has no column {', '.join(lacking)}", f"give a list of {of}")
            yield from reader
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise CorpusError(str(path), f"cannot be read as a list ({error})", "give a CSV file") from error


def write_list(path: Path, files: Iterable[ListedFile]) -> None:
    """Write a benign list, in the order given."""
    rows = (
        [v.astimezone(UTC).strftime(_TIME) if isinstance(v, datetime) else v for v in astuple(file)] for file in files
    )
    write_csv(path, [f.name for f in fields(ListedFile)], rows)


def write_missing(path: Path, missing: Iterable[Missing]) -> None:
    """Write what could not be had beside a tree; an empty list says that nothing is missing."""
    write_csv(path, [f.name for f in fields(Missing)], (list(astuple(m)) for m in missing))


def write_csv(path: Path, header: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Write a table whole or not at all, compressed where its name ends in `.gz`."""
    text = io.StringIO(newline="")
    table = csv.writer(text, lineterminator="\n")
    table.writerow(header)
    table.writerows(rows)
    content = text.getvalue().encode("utf-8", "replace")
    write_atomically(path, gzip.compress(content, mtime=0) if path.suffix == ".gz" else content, parents=True)
