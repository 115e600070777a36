"""One or more artifacts judged on the spot: no store, no Dask, no mirror."""

import dataclasses
from collections.abc import Iterator, Sequence
from pathlib import Path

from audit.contract import Place, Reason
from audit.errors import AuditError
from audit.findings import PLACES, parse_place, parse_reason
from features.completeness import completeness_of_row
from features.contract import Artifact, Progress, Row
from features.extract import extract_row
from features.limits import Limits
from features.packaging.names import parse_filename
from features.schema import rows_table
from model.contract import Verdict
from model.scoring import Model

CHUNK = 64
"""Artifacts scored at once."""


class NoSuchArtifactError(AuditError):
    """A path given to `scan` that is no file."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self.path = path
        self.hint = "name distribution files; `boojum audit` takes folders"

    def __str__(self) -> str:
        return f"{self.path} is not a file"


@dataclasses.dataclass(frozen=True, slots=True)
class Scanned:
    """The judgement of one file: `extent` says how far it was read, and `score` is None where nothing of it was."""

    path: str
    filename: str
    project: str
    version: str
    kind: str
    size: int
    sha256: str
    status: str
    reason: str
    extent: str
    score: float | None
    verdict: Verdict
    reasons: tuple[Reason, ...]
    places: tuple[Place, ...]


def require_files(paths: Sequence[Path]) -> None:
    """Raise NoSuchArtifactError for the first path that is no file; cheaper to say before a model is loaded."""
    for path in paths:
        if not path.is_file():
            raise NoSuchArtifactError(path)


def scan_files(paths: Sequence[Path], model: Model, limits: Limits, progress: Progress) -> Iterator[Scanned]:
    """Yield the judgement of each file in the order given."""
    for start in range(0, len(paths), CHUNK):
        rows: list[tuple[Artifact, Row]] = []
        for number, path in enumerate(paths[start : start + CHUNK], start=start):
            progress(number, len(paths), "scanning")
            name = parse_filename(path.name)
            artifact = Artifact(
                path=str(path),
                filename=path.name,
                size=path.stat().st_size,
                project=name.project,
                version=name.version,
            )
            rows.append((artifact, extract_row(path, path.name, limits)))
        table = rows_table(rows)
        scores = model.score(table).to_pylist()
        for (artifact, row), evidence, score in zip(rows, table.column("evidence").to_pylist(), scores, strict=True):
            yield Scanned(
                path=artifact.path,
                filename=artifact.filename,
                project=artifact.project,
                version=artifact.version,
                kind=row.kind.value,
                size=artifact.size,
                sha256=row.sha256,
                status=row.status.value,
                reason=row.reason,
                extent=completeness_of_row(row).value,
                score=score["score"],
                verdict=Verdict(score["verdict"]),
                reasons=tuple(parse_reason(item) for item in score["reasons"] or ()),
                places=tuple(parse_place(item) for item in evidence[:PLACES]),
            )
    progress(len(paths), len(paths), "scanning")
