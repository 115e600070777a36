"""Reads and writes the lists of a corpus: CSV in UTF-8 with a header, one artifact a row, compressed if named `.gz`."""

import csv
import gzip
import io
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import astuple, fields
from datetime import UTC, datetime
from pathlib import Path

from packaging.utils import canonicalize_name

from features.runtime.atomic_write import write_atomically
from jobs.corpus.contract import CorpusError, ListedFile, MissingFile

_REQUIRED_COLUMNS = ("project", "version", "filename", "sha256")
_TIME_FORMAT = "%Y-%m-%dT%H:%M:%SZ"


def read_list(path: Path) -> list[ListedFile]:
    """Read a benign list; it must have the columns project, version, filename and sha256. Raises CorpusError."""
    try:
        return [_parse_listed_file(row) for row in read_csv(path, _REQUIRED_COLUMNS)]
    except ValueError as error:
        raise CorpusError(str(path), f"cannot be read as a list ({error})", "give a CSV file") from error


def read_csv(path: Path, columns: Sequence[str], content: str = "artifacts") -> Iterator[dict[str, str]]:
    """Yield the rows of a CSV file that must have `columns`; an absent value is "". Raises CorpusError.

    `content` is the plural of what a row describes, for the hint of an error.
    """
    try:
        opened = gzip.open if path.suffix == ".gz" else open
        with opened(path, "rt", encoding="utf-8", newline="") as file:
            reader = csv.DictReader(file, restval="")
            absent = [column for column in columns if column not in (reader.fieldnames or ())]
            if absent:
                raise CorpusError(str(path), f"has no column {', '.join(absent)}", f"give a list of {content}")
            yield from reader
    except (OSError, EOFError, UnicodeDecodeError, csv.Error) as error:
        raise CorpusError(str(path), f"cannot be read as a list ({error})", "give a CSV file") from error


def write_list(path: Path, files: Iterable[ListedFile]) -> None:
    """Write a benign list, in the order given."""
    rows = (
        [v.astimezone(UTC).strftime(_TIME_FORMAT) if isinstance(v, datetime) else v for v in astuple(file)]
        for file in files
    )
    write_csv(path, [f.name for f in fields(ListedFile)], rows)


def write_missing(path: Path, missing: Iterable[MissingFile]) -> None:
    """Write the list of files that a tree does not hold; it has its header alone where nothing is missing."""
    write_csv(path, [f.name for f in fields(MissingFile)], (list(astuple(file)) for file in missing))


def write_csv(path: Path, header: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Write a table atomically, compressed where the name ends in `.gz`; text that is not UTF-8 is replaced by "?"."""
    text = io.StringIO(newline="")
    table = csv.writer(text, lineterminator="\n")
    table.writerow(header)
    table.writerows(rows)
    content = text.getvalue().encode("utf-8", "replace")
    write_atomically(path, gzip.compress(content, mtime=0) if path.suffix == ".gz" else content, parents=True)


def _parse_listed_file(row: dict[str, str]) -> ListedFile:
    """Return one row; raises ValueError where a value is not of its type."""
    if not (row["project"] and row["filename"] and row["sha256"]):
        raise ValueError("a row has no project, filename or sha256")
    time = datetime.fromisoformat(row["upload_time"]) if row.get("upload_time") else None
    return ListedFile(
        project=canonicalize_name(row["project"]),
        version=row["version"],
        filename=row["filename"],
        sha256=row["sha256"].lower(),
        blake2b_256=row.get("blake2b_256", "").lower(),
        size=int(row["size"]) if row.get("size") else None,
        upload_time=time.replace(tzinfo=UTC) if time is not None and time.tzinfo is None else time,
        stratum=row.get("stratum", ""),
        split=row.get("split", ""),
        kind=row.get("kind", ""),
    )
