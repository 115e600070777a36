"""Finds a finished run by the name that a person gives, and reads its document."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

from audit.contract import AuditDocument
from audit.errors import StatedError
from audit.reports.json import parse_document
from jobs.run.manifest import ManifestError, read_manifest

_RUNS_LISTED = 5


class NoSuchRunError(StatedError):
    """A run that does not exist, or whose findings.json cannot be read."""


def list_runs(out: Path) -> list[Path]:
    """Return the folders of all published runs, the newest first, whatever their state."""
    runs = out / "runs"
    if not runs.is_dir():
        return []
    return sorted((path for path in runs.glob("[0-9]*") if path.is_dir()), key=lambda path: path.name, reverse=True)


def find_run(out: Path, name: str) -> Path:
    """Return the folder of a finished run: its id, "latest", a path to it, or a date; raises NoSuchRunError.

    A date (in UTC, like 2026-11-20) names the last run that finished on that day or before.
    """
    runs = out / "runs"
    for folder in (runs / name, Path(name)):
        if (folder / "findings.json").is_file():
            return folder.resolve()
    day = parse_day(name)
    if day is not None and (found := next(runs_until(out, day), None)) is not None:
        return found
    ids = [path.name for path in list_runs(out)[:_RUNS_LISTED]][::-1]
    hint = f"finished runs: latest, {', '.join(ids)}" if ids else "run `boojum audit MIRROR` first"
    what = f"finished run {name!r}" if day is None else f"run that finished on {day} or before"
    raise NoSuchRunError(f"no {what} in {runs}", hint)


def parse_day(name: str) -> date | None:
    """Return the day that a name of a run is, None where it is none."""
    try:
        return date.fromisoformat(name) if "-" in name else None
    except ValueError:
        return None


def runs_until(out: Path, day: date) -> Iterator[Path]:
    """Yield the folders of the runs that finished on a day or before, the newest first; damaged ones are left out."""
    for folder in list_runs(out):
        finished = finished_at(folder)
        if finished is not None and finished.astimezone(UTC).date() <= day:
            yield folder.resolve()


def finished_at(folder: Path) -> datetime | None:
    """Return when a run finished; None where its manifest cannot be read."""
    try:
        return read_manifest(folder).finished
    except (OSError, ManifestError):
        return None


def read_document(folder: Path) -> AuditDocument:
    """Return the document of a finished run; raises NoSuchRunError where its findings.json is damaged."""
    try:
        return parse_document((folder / "findings.json").read_text(encoding="utf-8"))
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise NoSuchRunError(
            f"{folder / 'findings.json'} cannot be read ({error})", "run the audit again, or name another run"
        ) from error
