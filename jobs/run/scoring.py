"""Scores the parts of the feature store that a model has not scored yet, on the same workers that read them."""

import os
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa

from features.schema import TOKENS, feature_schema
from jobs.contract import ClusterLostError, Load, Scorer, WorkerDiedError, WorkerUnfitError
from jobs.run.dispatch import BoundedSubmit
from jobs.store.part_files import read_part, write_part
from jobs.store.part_store import PartStore
from jobs.store.quarantine import quarantine

if TYPE_CHECKING:
    from jobs.run.cluster import Cluster

BATCH_PARTS = 32
"""Parts scored by one task, at most ..."""
BATCH_BYTES = 8 * 2**20
"""... and their bytes on disk, unless one alone has more: a part's rows take many times that in memory."""
BATCH_ROWS = 4_096
"""Rows in memory at once, and those of the part that goes beyond: small artifacts are very small on disk."""
_KEYS = ("path", "size", "sha256")


@dataclass(frozen=True, slots=True)
class ScoreParts:
    """What a worker does with some feature parts: score their rows, write one score part for each, count rows.

    A score part has the columns path, size and sha256 of its feature part's rows, in their order, and the
    model's own: score, verdict, score_<learner> ..., reasons.
    """

    load: Load
    model: Path | None
    model_id: str
    folder: Path

    def __call__(self, parts: tuple[Path, ...]) -> int:
        """Score some parts; raises StoreBrokenError where one cannot be read, after moving it aside."""
        return self.score(parts, _load_once(self.load, self.model))

    def score(self, parts: Sequence[Path], scorer: Scorer) -> int:
        """Score some parts with a model that is loaded already; otherwise as a call."""
        if scorer.card.model_id != self.model_id:
            here = f"{os.uname().nodename} (process {os.getpid()})"
            raise WorkerUnfitError(here, f"has another model: {scorer.card.model_id} for {self.model_id}")
        rows = waiting = 0
        read: list[tuple[Path, pa.Table]] = []
        for part in parts:
            read.append((part, _read(part)))
            waiting += len(read[-1][1])
            if waiting >= BATCH_ROWS or part == parts[-1]:
                self._write(read, scorer)
                rows += waiting
                read, waiting = [], 0
        return rows

    def _write(self, read: Sequence[tuple[Path, pa.Table]], scorer: Scorer) -> None:
        # One call for all of them: a model costs the same for a row as for a thousand.
        columns = pa.concat_tables([table for _, table in read]).columns
        rows = pa.Table.from_arrays(columns, schema=scored_schema())
        scored = scorer.score(rows)
        for name in reversed(_KEYS):
            scored = scored.add_column(0, rows.schema.field(name), rows.column(name))
        start = 0
        for part, table in read:
            write_part(self.folder, part.name, scored.slice(start, len(table)))
            start += len(table)


def _read(part: Path) -> pa.Table:
    try:
        return read_part(part, scored_schema().names)
    except (pa.ArrowException, OSError) as error:
        raise quarantine([part]) from error


@cache
def scored_schema() -> pa.Schema:
    """Return what is read of a part to score it: what a model looks at, and which file a row is about.

    The parts themselves do not say what columns mean, and a model gives reasons in those words.
    """
    full = feature_schema()
    read = (*_KEYS, "status", TOKENS)
    return pa.schema([f for f in full if f.name in read or f.metadata], metadata=full.metadata)


@lru_cache(maxsize=1)
def _load_once(load: Load, model: Path | None) -> Scorer:
    """Return the model, loaded once in a worker's life."""
    return load(model)


def unscored_parts(features: PartStore, scores: PartStore, adopted: Sequence[Path] = ()) -> list[Path]:
    """Return the feature parts that have no score part of their name."""
    done = {part.name for part in (*scores.parts(), *adopted)}
    return [part for part in features.parts() if part.name not in done]


def batch_parts(parts: Sequence[Path]) -> Iterator[tuple[Path, ...]]:
    """Yield the parts in batches that a worker can hold."""
    batch: list[Path] = []
    size = 0
    for part in parts:
        more = part.stat().st_size
        if batch and (len(batch) == BATCH_PARTS or size + more > BATCH_BYTES):
            yield tuple(batch)
            batch, size = [], 0
        batch.append(part)
        size += more
    if batch:
        yield tuple(batch)


def score_parts(cluster: "Cluster", task: ScoreParts, parts: Sequence[Path]) -> Iterator[tuple[tuple[Path, ...], int]]:
    """Yield (parts, rows) as they are scored; a batch that fails is tried part by part before the run stops."""
    batches = batch_parts(parts)
    again: deque[tuple[Path, ...]] = deque()
    for batch, answer in BoundedSubmit(cluster, task, lambda: again.popleft() if again else next(batches, None)):
        if isinstance(answer, int):
            yield batch, answer
        elif len(batch) > 1:
            again.extend((part,) for part in batch)
        elif isinstance(answer, WorkerDiedError):
            raise ClusterLostError(f"a worker died while scoring {batch[0].name}: it may need more memory") from answer
        else:
            raise answer
