"""Finds a finished run by the name that a person gives, and reads its document."""

from pathlib import Path

from audit.contract import AuditDocument
from audit.errors import StatedError
from audit.reports.json import parse_document

_RUNS_LISTED = 5


class NoSuchRunError(StatedError):
    """A run that does not exist, or whose findings.json cannot be read."""


def find_run(out: Path, name: str) -> Path:
    """Return the folder of a finished run: its id, "latest", or a path to it; raises NoSuchRunError."""
    runs = out / "runs"
    for folder in (runs / name, Path(name)):
        if (folder / "findings.json").is_file():
            return folder.resolve()
    ids = sorted(path.name for path in runs.glob("[0-9]*")) if runs.is_dir() else []
    hint = f"finished runs: latest, {', '.join(ids[-_RUNS_LISTED:])}" if ids else "run `boojum audit MIRROR` first"
    raise NoSuchRunError(f"no finished run {name!r} in {runs}", hint)


def read_document(folder: Path) -> AuditDocument:
    """Return the document of a finished run; raises NoSuchRunError where its findings.json is damaged."""
    try:
        return parse_document((folder / "findings.json").read_text(encoding="utf-8"))
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise NoSuchRunError(
            f"{folder / 'findings.json'} cannot be read ({error})", "run the audit again, or name another run"
        ) from error
