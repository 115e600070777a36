"""Reads the record of what is blocked; one that is broken or lost is an error, because it would unblock files.

The record of a run is `blocklist.json` in its folder, and that of runs/latest is in force.
"""

import itertools
import re
import shlex
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path

from audit.blocklists.canonical import BLOCKLIST
from audit.blocklists.contract import Blocklist, BlocklistEntry
from audit.errors import StatedError
from audit.strict_json import ShapeError, build_strictly, load_strictly
from jobs.run.run_folder import LATEST

SCHEMA_VERSION = 2
"""Version of the record that this boojum writes; it reads the earlier ones. A key that is added later raises it."""

_ADDED_IN_2 = frozenset(
    ("refused", "withheld", "held", "lifted", "scope", "action", "path", "state", "last_confirmed", "why", "mirror")
)
_DIGEST = re.compile(r"[0-9a-f]{64}")
_WORD = re.compile(r"[\w.:+-]*")
_ACTIONS = ("deny", "hide")
_SEARCHED = 30
"""Earlier runs that are searched for a record to restore."""


class RecordError(StatedError):
    """A record that is broken or lost; the hint says how to restore it."""


def parse_record(content: bytes) -> Blocklist:
    """Return the blocklist that `render_blocklist` wrote, also of an earlier version of boojum; raises ShapeError."""
    value = load_strictly(content)
    version = value.get("schema_version") if isinstance(value, dict) else None
    if type(version) is int and version > SCHEMA_VERSION:
        raise ShapeError(f"has the schema version {version}, and this boojum reads up to {SCHEMA_VERSION}")
    record: Blocklist = build_strictly(Blocklist, value, optional=_ADDED_IN_2 if version == 1 else ())
    if record.schema_version < 1:
        raise ShapeError(f"has the schema version {record.schema_version}")
    _check_header(record)
    if record.schema_version < SCHEMA_VERSION:
        record = _upgrade(record)
    for place, entry in _entries_of(record):
        _check_entry(entry, place)
    return record


def read_record(folder: Path) -> Blocklist:
    """Return the record of a finished run by its folder; raises RecordError, which names an earlier one."""
    file = folder / BLOCKLIST
    try:
        return parse_record(file.read_bytes())
    except FileNotFoundError:
        what = f"{file} is missing"
    except OSError as error:
        what = f"{file} cannot be read ({error.strerror})"
    except ShapeError as error:
        what = f"{file} is broken: it {error}"
    raise RecordError(f"the record of blocked files is not usable: {what}", _restore_hint(folder))


def read_last_record(out: Path) -> Blocklist | None:
    """Return the record in force below an output folder, or None before the first run.

    Where the link to the last run is lost, or its run was killed before it made it, the newest record counts. Raises
    RecordError where it is broken.
    """
    runs = out / "runs"
    latest = runs / LATEST
    if latest.exists():
        return read_record(latest)
    newest = next((folder for folder in _runs_before(runs, "") if (folder / BLOCKLIST).exists()), None)
    return None if newest is None else read_record(newest)


def _restore_hint(folder: Path) -> str:
    folder = folder.resolve()
    for earlier in itertools.islice(_runs_before(folder.parent, folder.name), _SEARCHED):
        try:
            parse_record((earlier / BLOCKLIST).read_bytes())
        except (OSError, ShapeError):
            continue
        source, target = (shlex.quote(str(each / BLOCKLIST)) for each in (earlier, folder))
        return f"restore it from an earlier run: cp {source} {target}"
    return (
        f"restore it from a backup; to begin a new record, which unblocks all files, move {folder.parent} aside "
        "(the store stays)"
    )


def _runs_before(runs: Path, name: str) -> Iterator[Path]:
    """Yield the folders of runs before the one of a name ("": all), the newest first."""
    folders = (each for each in runs.glob("[0-9]*") if each.is_dir() and not each.is_symlink())
    yield from sorted((each for each in folders if not name or each.name < name), reverse=True)


def _entries_of(record: Blocklist) -> Iterator[tuple[str, BlocklistEntry]]:
    for number, entry in enumerate(record.entries):
        yield f"entries[{number}]", entry
    for number, lifted in enumerate(record.lifted):
        yield f"lifted[{number}].entry", lifted.entry


def _upgrade(record: Blocklist) -> Blocklist:
    """Return a record of schema version 1, whose entries expired, as one of today, whose entries stay."""
    day = record.generated_at[:10]
    entries = tuple(
        replace(entry, expires_at="", last_confirmed=entry.last_confirmed or day) for entry in record.entries
    )
    return replace(record, schema_version=SCHEMA_VERSION, expires_at="", entries=entries, refused="")


def _check_header(record: Blocklist) -> None:
    """Raise ShapeError where a word of the head could not be boojum's own; exports write them as they are."""
    for name in ("revision", "mirror_serial", "model_id", "source_run"):
        if not _WORD.fullmatch(getattr(record, name)):
            raise ShapeError(f"has an impossible `{name}`")
    try:
        datetime.fromisoformat(record.generated_at)
    except ValueError as error:
        raise ShapeError("has an impossible `generated_at`") from error
    if not _is_day(record.expires_at):
        raise ShapeError("has an impossible `expires_at`")


def _check_entry(entry: BlocklistEntry, place: str) -> None:
    """Raise ShapeError where an entry could not be boojum's own: a digest, a day or a name that no file can have."""
    wrong = None
    if not _DIGEST.fullmatch(entry.sha256):
        wrong = "sha256"
    elif entry.blake2b_256 and not _DIGEST.fullmatch(entry.blake2b_256):
        wrong = "blake2b_256"
    elif "/" in entry.filename or "\0" in entry.filename or entry.filename in {".", ".."}:
        wrong = "filename"
    elif entry.path and not (_is_relative(entry.path) and entry.path.endswith(entry.filename)):
        wrong = "path"
    elif entry.scope != "file":
        wrong = "scope"
    elif entry.action not in _ACTIONS:
        wrong = "action"
    elif not _WORD.fullmatch(entry.source_run):
        wrong = "source_run"
    else:
        days = ("first_seen", "last_confirmed", "expires_at")
        wrong = next((name for name in days if not _is_day(getattr(entry, name))), None)
    if wrong is not None:
        raise ShapeError(f"has an impossible `{place}.{wrong}`")


def _is_relative(path: str) -> bool:
    return "\0" not in path and all(part not in {"", ".", ".."} for part in path.split("/"))


def _is_day(text: str) -> bool:
    """Return whether a text is an ISO date in its long form, or "" for none."""
    try:
        return not text or date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False
