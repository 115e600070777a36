"""Lists the files behind the SQL views over finished runs."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from features.schema import fingerprint
from jobs.changes.current import notes_of
from jobs.changes.schema import change_fingerprint
from jobs.mirror.root import MirrorLayout
from jobs.run import joined_scores
from jobs.run.campaigns import FILENAME as CAMPAIGNS_FILE
from jobs.run.manifest import read_manifest
from jobs.run.run_folder import LATEST
from jobs.store.part_store import change_score_store, change_store, feature_store, score_store

DOUBLES = "doubles"
"""Count of the walk that is 1 from the first run on in which a file was found to have other bytes than before."""

KNOWN_BAD_FILE = "known_bad.parquet"
"""File of a run's folder with the records of feeds that name files of the mirror; without feeds there is none."""
GONE_FILE = "gone_upstream.parquet"
"""File of a run's folder with the files that are gone upstream; without a snapshot of the index there is none."""


@dataclass(frozen=True, slots=True)
class StoreView:
    """The files of one view; `repeats` if they may have several rows of a path, of which one describes its bytes.

    `notes` are files that say which rows are superseded (`jobs.changes.current`).
    """

    files: tuple[Path, ...]
    repeats: bool = False
    notes: tuple[Path, ...] = ()


def store_views(out: Path, run: Path | None = None) -> Mapping[str, StoreView]:
    """Return the files of each view for a run's folder (None: runs/latest); no view if there is no run.

    `artifacts`, `campaigns` and `findings` are that run's own files. `features`, `scores` and `changes` are all
    finished runs' parts under its schema and its model, and also hold artifacts that have left the mirror since: join
    them to `artifacts` on path, size and sha256. A part of `change_scores` has the name and the rows of its part of
    `changes`; both views are empty if this boojum compares under another schema than the run. Raises ManifestError.
    """
    folder = out / "runs" / LATEST if run is None else run
    try:
        manifest = read_manifest(folder)
    except FileNotFoundError:
        return {}
    features = feature_store(out, manifest.fingerprint).parts()
    scores = score_store(out, manifest.model.id).parts_like(features)
    # A row of bytes that were replaced may be there; reading over it costs each query a join.
    repeats = manifest.mirror.layout != MirrorLayout.BANDERSNATCH or any(
        manifest.walk.counts.get(name, 0) > 0 for name in ("odd_layout", DOUBLES)
    )
    campaigns = folder / CAMPAIGNS_FILE
    changes = change_store(out, change_fingerprint())
    # An older boojum compared under another schema. Parts are listed once, so that both views have the same ones.
    compared = changes.parts() if manifest.fingerprint == fingerprint() else []
    change_scores = change_score_store(out, manifest.model.id).parts_like(compared)
    return {
        "artifacts": StoreView((folder / joined_scores.FILENAME,)),
        # An older boojum wrote none.
        "campaigns": StoreView(_there(campaigns)),
        "feed_matches": StoreView(_there(folder / KNOWN_BAD_FILE)),
        "gone_upstream": StoreView(_there(folder / GONE_FILE)),
        "findings": StoreView((folder / "findings.json",)),
        "features": StoreView(tuple(features), repeats),
        "changes": StoreView(tuple(compared), notes=tuple(notes_of(changes))),
        "change_scores": StoreView(tuple(change_scores)),
        "scores": StoreView(tuple(scores), repeats),
    }


def _there(file: Path) -> tuple[Path, ...]:
    return (file,) if file.exists() else ()
