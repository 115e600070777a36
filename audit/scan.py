"""Scans single artifacts, without a store, Dask or a mirror."""

import dataclasses
import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from audit.contract import EvidenceLocation, ScoreReason
from audit.decisions.contract import Waiver
from audit.difference import parse_location, parse_reason
from audit.errors import AuditError
from audit.escape import as_terminal
from audit.findings import LOCATIONS
from audit.outcome import severity
from features.completeness import completeness_of_row
from features.contract import Artifact, Progress, Row, Status
from features.extract import extract_row
from features.limits import Limits
from features.packaging.names import parse_filename
from features.schema import rows_table
from model.contract import Verdict
from model.scoring import Model

CHUNK = 64
"""Artifacts that are scored together."""
REASONS_SHOWN = LOCATIONS_SHOWN = 5
"""Reasons and locations that the text names; the JSON has more."""
_EXCERPT = 160


class NoSuchArtifactError(AuditError):
    """A path to scan that is not a file."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self.path = path
        self.hint = "name distribution files; `boojum audit` takes folders"

    def __str__(self) -> str:
        return f"{self.path} is not a file"


@dataclasses.dataclass(frozen=True, slots=True)
class ScanResult:
    """Verdict and evidence of one file.

    `extent` is its completeness; `score` is None where the file is unreadable. `indicators` are those of all its
    evidence. `waiver_note` says why a waiver that names the file does not cover it. Names, reasons and excerpts are
    hostile text, unescaped. Bytes of a name that are not UTF-8 are written with a backslash.
    """

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
    reasons: tuple[ScoreReason, ...]
    places: tuple[EvidenceLocation, ...]
    indicators: tuple[str, ...] = ()
    waiver: Waiver | None = None
    waiver_note: str = ""


def require_files(paths: Sequence[Path]) -> None:
    """Raise NoSuchArtifactError for the first path that is not a file; called before the model is loaded."""
    for path in paths:
        if not path.is_file():
            raise NoSuchArtifactError(path)


def scan_files(paths: Sequence[Path], model: Model, limits: Limits, progress: Progress) -> Iterator[ScanResult]:
    """Yield verdict and evidence of each file, in the order given."""
    for start in range(0, len(paths), CHUNK):
        rows: list[tuple[Artifact, Row]] = []
        for number, path in enumerate(paths[start : start + CHUNK], start=start):
            progress(number, len(paths), "scanning")
            filename = _as_text(path.name)
            name = parse_filename(filename)
            artifact = Artifact(
                path=_as_text(str(path)),
                filename=filename,
                size=path.stat().st_size,
                project=name.project,
                version=name.version,
            )
            rows.append((artifact, extract_row(path, filename, limits)))
        table = rows_table(rows)
        scores = model.score(table).to_pylist()
        for (artifact, row), evidence, score in zip(rows, table.column("evidence").to_pylist(), scores, strict=True):
            yield ScanResult(
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
                places=tuple(parse_location(item) for item in evidence[:LOCATIONS]),
                indicators=tuple(sorted({item["indicator"] for item in evidence})),
            )
    progress(len(paths), len(paths), "scanning")


def _as_text(name: str) -> str:
    """Return a name of the file system as text that can be stored, as the walk of a mirror writes it."""
    return os.fsencode(name).decode("utf-8", "backslashreplace")


def render_scan_result(result: ScanResult) -> str:
    """Return verdict, reasons and locations of one file as text for a terminal."""
    score = "      " if result.score is None else f"{result.score:.4f}"
    lines = [f"{result.verdict.value:<10} {score}  {as_terminal(result.path)}"]
    if result.waiver is not None:
        reason = as_terminal(result.waiver.reason)
        lines.append(f"    waived by {as_terminal(result.waiver.owner)} until {result.waiver.expires}: {reason}")
    if result.waiver_note:
        lines.append(f"    not waived: {as_terminal(result.waiver_note)}")
    if result.status != Status.OK.value:
        lines.append(f"    {result.status}: {as_terminal(result.reason)}")
    lines += [
        f"    because of {reason.meaning} (+{reason.contribution:.2f})" for reason in result.reasons[:REASONS_SHOWN]
    ]
    for location in result.places[:LOCATIONS_SHOWN]:
        lines.append(f"    {as_terminal(location.member)}:{location.line}: {location.meaning}")
        if location.excerpt:
            lines.append(f"        {as_terminal(location.excerpt, _EXCERPT)}")
    return "\n".join(lines)


def next_steps(results: Sequence[ScanResult]) -> Iterator[str]:
    """Yield what to do about the files that were scanned, or that there is nothing to do."""
    open_results = [result for result in results if result.waiver is None]
    found = [result for result in open_results if severity(result.verdict)]
    unread = [result for result in open_results if result.status != Status.OK.value]
    if found:
        worst = max(found, key=lambda result: (severity(result.verdict), result.score or 0.0))
        yield f"next: read the first place of {as_terminal(worst.filename)}, and install none of these until you have"
    if unread:
        yield f"next: {len(unread):,} not examined whole; such a file is not a clean one"
    if not found and not unread:
        yield (
            "nothing to do for what a file shows by itself; what a release changed shows against the one before: "
            "boojum diff OLD NEW"
        )
