"""Finding a finished run by what a person calls it."""

from pathlib import Path

from audit.contract import AuditDocument
from audit.errors import AuditError
from audit.reading import parse_document


class NoSuchRunError(AuditError):
    """A run that is not there, or whose findings.json cannot be read."""

    def __init__(self, what: str, hint: str) -> None:
        super().__init__(what)
        self.what = what
        self.hint = hint

    def __str__(self) -> str:
        return self.what


def find_run(out: Path, name: str) -> Path:
    """Return the folder of a finished run: its id, "latest", or a path to it; raises NoSuchRunError."""
    runs = out / "runs"
    for folder in (runs / name, Path(name)):
        if (folder / "findings.json").is_file():
            return folder.resolve()
    there = sorted(path.name for path in runs.glob("[0-9]*")) if runs.is_dir() else []
    hint = f"runs there: latest, {', '.join(there[-5:])}" if there else "run `boojum audit MIRROR` first"
    raise NoSuchRunError(f"no finished run {name!r} in {runs}", hint)


def read_run(folder: Path) -> AuditDocument:
    """Return the document of a finished run; raises NoSuchRunError where its findings.json is damaged."""
    try:
        return parse_document((folder / "findings.json").read_text(encoding="utf-8"))
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise NoSuchRunError(
            f"{folder / 'findings.json'} cannot be read ({error})", "audit again, or take another run"
        ) from error
