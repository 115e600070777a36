"""Compares the artifacts of a mirror with their bases and scores the changes, until no flagged artifact is a base."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc

from features.contract import Progress
from jobs.changes.current import scan_current
from jobs.changes.update import ChangeCounts, update_change_store
from jobs.contract import LoadModel, Scorer
from jobs.run.scoring import CHANGES, update_score_store
from jobs.store.part_store import PartStore
from jobs.store.quarantine import read_or_quarantine
from model.contract import Verdict

if TYPE_CHECKING:
    from jobs.run.cluster import Cluster

MAX_ROUNDS = 5
"""Times that bases are chosen in one run. Each round may flag a release that was the base of another."""
FLAGGED = (Verdict.SUSPICIOUS, Verdict.MALICIOUS)
"""Verdicts that keep an artifact from being a base."""


@dataclass(frozen=True, slots=True)
class ChangeStores:
    """The stores of one update: features and their scores, changes and theirs."""

    features: PartStore
    scores: PartStore
    changes: PartStore
    change_scores: PartStore


@dataclass(frozen=True, slots=True)
class ChangeUpdate:
    """The result of an update: counts of each round, and how many changes were scored and artifacts flagged."""

    rounds: tuple[ChangeCounts, ...]
    scored: int
    flagged: int


def update_changes(
    stores: ChangeStores,
    run: str,
    inventory: pa.Table,
    trusted: Collection[str],
    open_cluster: Callable[[], "Cluster"],
    load: LoadModel,
    model: Path | None,
    scorer: Scorer,
    progress: Progress,
) -> ChangeUpdate:
    """Bring changes and their scores up to date under `run`.

    A release that is flagged, by its own score or by its change, is no base, so that the attack of last week does not
    excuse that of today. Since a change may flag a base of another one, bases are chosen again until nothing is flagged
    anew. `scorer` is the part for changes of `model`; workers load it by `load`. `trusted` are digests (sha256) that
    stay bases whatever their scores, because a person waived them. Raises JobsError.
    """
    rounds: list[ChangeCounts] = []
    scored = 0
    # Rounds change no artifact's own score.
    by_artifact = _flagged_artifacts(stores)
    flagged = (by_artifact | _flagged_changes(stores)) - set(trusted)
    for number in range(MAX_ROUNDS):
        # Later rounds sort behind the first, so that their rows supersede its rows.
        name = f"{run}-c{number}"
        rounds.append(
            update_change_store(stores.features, stores.changes, name, inventory, flagged, open_cluster, progress)
        )
        scored += update_score_store(
            stores.changes, stores.change_scores, name, open_cluster, load, model, scorer, progress, CHANGES
        )
        before, flagged = flagged, (by_artifact | _flagged_changes(stores)) - set(trusted)
        if flagged == before:
            break
    return ChangeUpdate(tuple(rounds), scored, len(flagged))


def flagged_digests(stores: ChangeStores) -> set[str]:
    """Return the sha256 of the artifacts that their own score or the score of their current change flags."""
    return _flagged_artifacts(stores) | _flagged_changes(stores)


def _flagged_artifacts(stores: ChangeStores) -> set[str]:
    found: set[str] = set()
    for part in stores.scores.parts_like(stores.features.parts()):
        found |= _flagged(read_or_quarantine(part, ["sha256", "verdict"]), "verdict")
    return found


def _flagged_changes(stores: ChangeStores) -> set[str]:
    found: set[str] = set()
    for table in scan_scored_changes(stores, ["sha256", "change_verdict"]):
        found |= _flagged(table, "change_verdict")
    return found


def scan_scored_changes(stores: ChangeStores, columns: Sequence[str]) -> Iterator[pa.Table]:
    """Yield these columns of the scores of current changes, part by part; raises StoreBrokenError."""
    parts = stores.changes.parts()
    made_in: Mapping[str, Path] = {part.name: part for part in parts}
    scored = stores.change_scores.parts_like(parts)
    return scan_current(stores.changes, columns, [(part, made_in[part.name]) for part in scored])


def _flagged(table: pa.Table, column: str) -> set[str]:
    verdicts = pa.array([verdict.value for verdict in FLAGGED], pa.string())
    return set(table.filter(pc.is_in(table.column(column), value_set=verdicts)).column("sha256").to_pylist())
