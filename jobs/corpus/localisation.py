"""Measures whether the evidence points at the payload: its file first, one of its lines among the first three.

The labels name places, never what stands there: for each artifact of malware the members that hold its payload and
the lines of it, read by a person from the bytes.
"""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from features.contract import Evidence, Progress, Row
from features.extract import extract_row
from features.limits import Limits
from jobs.corpus.contract import CorpusError
from jobs.corpus.listing import read_rows

SHOWN = 3
"""Places that an analyst looks at before going on."""
PARTS = ("tuned", "held_out")
"""Artifacts that the weighing of evidence was chosen on, and those that it was measured on once."""

_COLUMNS = ("sha256", "member", "lines", "part")


@dataclass(frozen=True, slots=True)
class PayloadPlace:
    """Where the payload of one artifact stands in one member: lines from 1, both ends of a range included."""

    sha256: str
    member: str
    lines: tuple[tuple[int, int], ...]
    part: str = ""

    def holds(self, evidence: Evidence) -> bool:
        """Return whether a piece of evidence points into the payload."""
        return evidence.member == self.member and any(first <= evidence.line <= last for first, last in self.lines)


@dataclass(frozen=True, slots=True)
class Localisation:
    """How often the evidence of `n` artifacts points at the payload; both shares are 0 where `n` is.

    `top1` is the share whose payload's file is named first, `top3` that of which a line of the payload is among the
    first three places; `missing` are labelled artifacts that the tree does not hold.
    """

    n: int
    top1: float
    top3: float
    missing: int = 0


def read_places(path: Path) -> list[PayloadPlace]:
    """Return the places of a CSV with the columns sha256, member, lines ("12-40;77") and part; raises CorpusError."""
    try:
        return [
            PayloadPlace(row["sha256"].lower(), row["member"], parse_lines(row["lines"]), row["part"])
            for row in read_rows(path, _COLUMNS, "payload places")
        ]
    except ValueError as error:
        raise CorpusError(str(path), f"cannot be read as payload places ({error})", "give a CSV file") from error


def parse_lines(text: str) -> tuple[tuple[int, int], ...]:
    """Return the ranges of "12-40;77"; raises ValueError for anything else."""
    ranges: list[tuple[int, int]] = []
    for piece in text.split(";"):
        first, _, last = piece.partition("-")
        begin, end = int(first), int(last or first)
        if not 1 <= begin <= end:
            raise ValueError(f"{piece!r} is no range of lines")
        ranges.append((begin, end))
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
    """Read the labelled artifacts of a corpus tree and compare their evidence with the places; raises CorpusError.

    `part` chooses one of PARTS, "" all of them. What the tree does not hold counts as missing, and what cannot be
    read counts as not found.
    """
    places: dict[str, list[PayloadPlace]] = {}
    for place in read_places(labels):
        if part in ("", place.part):
            places.setdefault(place.sha256, []).append(place)
    found = _files_of(tree, places)
    first = shown = 0
    for done, sha256 in enumerate(sorted(found)):
        path, filename = found[sha256]
        row = extract(path, filename, limits or Limits())
        first += points_at_file(row.evidence, places[sha256])
        shown += points_at_line(row.evidence, places[sha256])
        if progress is not None:
            progress(done + 1, len(found), filename)
    n = len(found)
    return Localisation(n, first / n if n else 0.0, shown / n if n else 0.0, len(places) - n)


def points_at_file(evidence: Sequence[Evidence], places: Sequence[PayloadPlace]) -> bool:
    """Return whether the first place is in a member that holds the payload."""
    return bool(evidence) and evidence[0].member in {place.member for place in places}


def points_at_line(evidence: Sequence[Evidence], places: Sequence[PayloadPlace]) -> bool:
    """Return whether one of the first three places is a line of the payload."""
    return any(place.holds(shown) for shown in evidence[:SHOWN] for place in places)


def _files_of(tree: Path, wanted: Mapping[str, object]) -> dict[str, tuple[Path, str]]:
    """Return where the wanted files lie, by digest, and what they are called; asks the tree's own JSON documents."""
    web = tree / "web"
    found: dict[str, tuple[Path, str]] = {}
    for document in sorted((web / "json").glob("*")):
        for entry in _entries(document):
            sha256 = str(entry.get("digests", {}).get("sha256", ""))
            if sha256 not in wanted:
                continue
            _, mark, rest = str(entry.get("url", "")).partition("/packages/")
            path = web / "packages" / unquote(rest)
            if mark and path.is_file():
                found[sha256] = (path, str(entry.get("filename", path.name)))
    return found


def _entries(document: Path) -> Iterator[dict[str, Any]]:
    try:
        releases = json.loads(document.read_bytes())["releases"]
        yield from (entry for files in releases.values() for entry in files)
    except (OSError, ValueError, KeyError, AttributeError) as error:
        raise CorpusError(str(document), f"is no project's document ({error})", "build the tree again") from error
