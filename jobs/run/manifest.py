"""Writes and reads the manifest of a run, `manifest.json` in its folder: its mirror, versions, model and counts.

The keys of the file are a promise to users. Each class here is one of its objects, with a field for each key.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from datetime import datetime
from pathlib import Path
from typing import Any

from jobs.contract import JobsError, MirrorFault, WalkNote
from jobs.mirror.root import TodoState
from model.contract import OperatingPoint, Verdict

FILENAME = "manifest.json"
FORMAT = 1
"""Version of the file's layout."""


class ManifestError(JobsError):
    """A manifest that cannot be read: `reason` states what is wrong with it."""

    hint = "run `boojum audit` again, or read that run with the version of boojum that wrote it"

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(path, reason)
        self.path = path
        self.reason = reason

    def __str__(self) -> str:
        return f"{self.path} cannot be read as a manifest: {self.reason}"


@dataclass(frozen=True, slots=True)
class MirrorRecord:
    """The mirror as it was found: `given` is the operator's path, `root` the folder that artifact paths start from."""

    given: str
    root: str
    layout: str
    serial: int | None = None
    last_modified: datetime | None = None
    todo: TodoState | None = None
    notes: tuple[WalkNote, ...] = ()


@dataclass(frozen=True, slots=True)
class WalkRecord:
    """The walk: counts of notes by code, and those that were kept, under the manifest's key `findings`."""

    counts: Mapping[str, int] = field(default_factory=dict)
    findings: tuple[WalkNote, ...] = ()


@dataclass(frozen=True, slots=True)
class RunCounts:
    """Numbers of artifacts, unless stated otherwise.

    `known` had a row before the run, `new` had none; of these, a killed run had read `resumed`. `read` were opened in
    this run. `unread` have no row of features, `gone` of them because they left the mirror. `died` ended their worker.
    `failed` are the unread that are still there and those that died. `internal_errors` are faults of boojum. `units`
    are units of work, `failed_units` those that were split after a failure. `bytes_read` includes what was read twice.
    `scored` were scored in this run. `compared` changes were computed and `changes_scored` scored; `flagged` artifacts
    are nobody's base. `ok`, `partial` and `unreadable` count all artifacts on disk by status.
    `standing` of those on disk were not seen in this run and stand as they were. The bytes of `verified` files were
    compared with their digest, and `replaced` have other bytes than those that were read.
    """

    on_disk: int = 0
    known: int = 0
    new: int = 0
    resumed: int = 0
    read: int = 0
    unread: int = 0
    gone: int = 0
    failed: int = 0
    died: int = 0
    internal_errors: int = 0
    units: int = 0
    failed_units: int = 0
    dropped_parts: int = 0
    bytes_on_disk: int = 0
    bytes_read: int = 0
    scored: int = 0
    compared: int = 0
    changes_scored: int = 0
    flagged: int = 0
    ok: int = 0
    partial: int = 0
    unreadable: int = 0
    standing: int = 0
    verified: int = 0
    replaced: int = 0


@dataclass(frozen=True, slots=True)
class ModelRecord:
    """The model that gave the scores; `limits` are its limits of use, in sentences."""

    id: str
    fingerprint: str
    preset: str
    points: tuple[OperatingPoint, ...] = ()
    limits: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Manifest:
    """One run. `dropped_parts` are (file, reason) of damaged files of the store; their artifacts were read again.

    `faults` are the ways in which the mirror is not what it was; an earlier version of boojum wrote none.
    `unconfined` are sentences about what the kernel could not take away from the workers that read the artifacts.
    `fingerprint` and `groups` (name to version) are the feature schema's, `limits` the bounds of reading, `config` the
    effective configuration, `libraries` versions by distribution. Times are UTC.
    """

    run: str
    boojum_version: str
    started: datetime
    finished: datetime
    complete: bool
    mirror: MirrorRecord
    walk: WalkRecord
    counts: RunCounts
    verdicts: Mapping[str, int]
    dropped_parts: tuple[tuple[str, str], ...]
    fingerprint: str
    groups: Mapping[str, Any]
    model: ModelRecord
    limits: Mapping[str, object]
    config: Mapping[str, object]
    python: str
    libraries: Mapping[str, str]
    faults: tuple[MirrorFault, ...] = ()
    unconfined: tuple[str, ...] = ()

    def to_json(self) -> str:
        """Return the text of manifest.json."""
        document: dict[str, Any] = {"format": FORMAT, **asdict(self)}
        for name in ("started", "finished"):
            document[name] = document[name].isoformat(timespec="seconds")
        return json.dumps(document, indent=2, default=str) + "\n"


def read_manifest(folder: Path) -> Manifest:
    """Read the manifest of a run's folder; raises FileNotFoundError, or ManifestError if it is none of this format."""
    path = folder / FILENAME
    try:
        return parse_manifest(path.read_bytes())
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        known = isinstance(error, ValueError) and str(error)
        raise ManifestError(path, known or f"it is malformed ({type(error).__name__}: {error})") from error


def parse_manifest(text: str | bytes) -> Manifest:
    """Return the manifest that `to_json` wrote as `text`.

    Counts that an earlier version of boojum did not write are 0. Raises ValueError for another format, and ValueError,
    KeyError, TypeError or AttributeError for a malformed document.
    """
    document = json.loads(text)
    if (version := document["format"]) != FORMAT:
        raise ValueError(f"it has the format {version!r}, and this boojum reads format {FORMAT}")
    return Manifest(
        run=document["run"],
        boojum_version=document["boojum_version"],
        started=datetime.fromisoformat(document["started"]),
        finished=datetime.fromisoformat(document["finished"]),
        complete=document["complete"],
        mirror=_mirror_record(document["mirror"]),
        walk=WalkRecord(document["walk"]["counts"], _walk_notes(document["walk"]["findings"])),
        counts=RunCounts(**{each.name: document["counts"].get(each.name, 0) for each in fields(RunCounts)}),
        verdicts=document["verdicts"],
        dropped_parts=tuple((name, reason) for name, reason in document["dropped_parts"]),
        fingerprint=document["fingerprint"],
        groups=document["groups"],
        model=_model_record(document["model"]),
        limits=document["limits"],
        config=document["config"],
        python=document["python"],
        libraries=document["libraries"],
        faults=tuple(MirrorFault(each["code"], each["detail"]) for each in document.get("faults", ())),
        unconfined=tuple(document.get("unconfined", ())),
    )


def _mirror_record(document: Mapping[str, Any]) -> MirrorRecord:
    last_modified, todo = document["last_modified"], document["todo"]
    return MirrorRecord(
        given=document["given"],
        root=document["root"],
        layout=document["layout"],
        serial=document["serial"],
        last_modified=None if last_modified is None else datetime.fromisoformat(last_modified),
        todo=None if todo is None else TodoState(todo["left"], todo["target"]),
        notes=_walk_notes(document["notes"]),
    )


def _model_record(document: Mapping[str, Any]) -> ModelRecord:
    points = (OperatingPoint(**{**point, "verdict": Verdict(point["verdict"])}) for point in document["points"])
    return ModelRecord(
        document["id"], document["fingerprint"], document["preset"], tuple(points), tuple(document["limits"])
    )


def _walk_notes(documents: list[Mapping[str, str]]) -> tuple[WalkNote, ...]:
    return tuple(WalkNote(each["code"], each["path"], each["detail"]) for each in documents)
