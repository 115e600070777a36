"""Measures localisation: whether the first evidence is in the payload's file, and the first three in its lines.

The labels are locations and no content: for each malicious artifact the members and the lines of its payload, found by
a person who read the bytes.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from features.contract import Evidence, Progress, Row
from features.extract import extract_row
from features.limits import Limits
from jobs.corpus.contract import CorpusError
from jobs.corpus.listing import read_csv
from jobs.corpus.project_documents import parse_json_document

EVIDENCE_READ = 3
"""Pieces of evidence that an analyst reads before going on."""
PARTS = ("tuned", "held_out")
"""Artifacts that the weights of evidence were tuned on, and those that they were measured on once."""

_COLUMNS = ("sha256", "member", "lines", "part")


@dataclass(frozen=True, slots=True)
class PayloadLocation:
    """The lines of a payload in one member of an artifact: ranges from 1, both ends included."""

    sha256: str
    member: str
    lines: tuple[tuple[int, int], ...]
    part: str = ""

    def contains(self, evidence: Evidence) -> bool:
        """Return whether a piece of evidence points into the payload."""
        return evidence.member == self.member and any(first <= evidence.line <= last for first, last in self.lines)


@dataclass(frozen=True, slots=True)
class Localisation:
    """Shares of `n` artifacts whose evidence points at the payload; both are 0 where `n` is.

    `top1` is the share whose first evidence is in a file of the payload, `top3` the share with a line of the payload in
    the first three. `missing` labelled artifacts are not in the tree.
    """

    n: int
    top1: float
    top3: float
    missing: int = 0


def read_payload_locations(path: Path) -> list[PayloadLocation]:
    """Read a CSV with the columns sha256, member, lines ("12-40;77") and part; raises CorpusError."""
    try:
        return [
            PayloadLocation(row["sha256"].lower(), row["member"], parse_lines(row["lines"]), row["part"])
            for row in read_csv(path, _COLUMNS, "payload locations")
        ]
    except ValueError as error:
        raise CorpusError(str(path), f"cannot be read as payload locations ({error})", "give a CSV file") from error


def parse_lines(text: str) -> tuple[tuple[int, int], ...]:
    """Parse ranges of lines such as "12-40;77"; raises ValueError."""
    ranges: list[tuple[int, int]] = []
    for text_range in text.split(";"):
        begin, _, end = text_range.partition("-")
        first, last = int(begin), int(end or begin)
        if not 1 <= first <= last:
            raise ValueError(f"{text_range!r} is not a range of lines")
        ranges.append((first, last))
    return tuple(ranges)


def measure_localisation(
    tree: Path,
    labels: Path,
    *,
    part: str = "",
    limits: Limits | None = None,
    extract: Callable[[Path, str, Limits], Row] = extract_row,
    progress: Progress | None = None,
) -> Localisation:
    """Extract the labelled artifacts of a corpus tree and compare their evidence with the labels.

    `part` is one of PARTS, "" is all of them. Artifacts that the tree does not hold are counted as missing, and those
    that cannot be read as not localised. Raises CorpusError.
    """
    payloads: dict[str, list[PayloadLocation]] = {}
    for location in read_payload_locations(labels):
        if part in ("", location.part):
            payloads.setdefault(location.sha256, []).append(location)
    files = _find_files(tree, payloads)
    top1 = top3 = 0
    for done, (sha256, (path, filename)) in enumerate(sorted(files.items()), start=1):
        evidence = extract(path, filename, limits or Limits()).evidence
        top1 += is_file_found(evidence, payloads[sha256])
        top3 += is_line_found(evidence, payloads[sha256])
        if progress is not None:
            progress(done, len(files), filename)
    n = len(files)
    return Localisation(n, top1 / n if n else 0.0, top3 / n if n else 0.0, len(payloads) - n)


def is_file_found(evidence: Sequence[Evidence], payload: Sequence[PayloadLocation]) -> bool:
    """Return whether the first evidence is in a member of the payload."""
    return bool(evidence) and evidence[0].member in {location.member for location in payload}


def is_line_found(evidence: Sequence[Evidence], payload: Sequence[PayloadLocation]) -> bool:
    """Return whether one of the first three pieces of evidence is in a line of the payload."""
    return any(location.contains(piece) for piece in evidence[:EVIDENCE_READ] for location in payload)


def _find_files(tree: Path, wanted: Mapping[str, object]) -> dict[str, tuple[Path, str]]:
    """Return (path, filename) by sha256 of the wanted files that a tree's JSON documents list and that exist."""
    found: dict[str, tuple[Path, str]] = {}
    for document in sorted((tree / "web" / "json").glob("*")):
        try:
            listing = parse_json_document(document.read_bytes())
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            reason = f"is not the JSON document of a project ({error})"
            raise CorpusError(str(document), reason, "build the tree again") from error
        for file in listing.files.values():
            if file.sha256 in wanted and (tree / file.path).is_file():
                found[file.sha256] = (tree / file.path, file.filename)
    return found
