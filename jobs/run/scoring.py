"""Scores the parts of the feature or the change store that a model has not scored yet, here or on workers."""

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa

from features.contract import Progress
from features.schema import TOKENS, feature_schema
from jobs.changes.schema import change_schema
from jobs.contract import ClusterLostError, LoadModel, Scorer, WorkerDiedError, WorkerUnfitError
from jobs.run.campaigns import CAMPAIGN_TOKENS, candidate_tokens
from jobs.run.dispatch import BoundedSubmit
from jobs.run.worker_name import worker_name
from jobs.store.part_files import write_part
from jobs.store.part_store import PartStore
from jobs.store.quarantine import read_or_quarantine
from jobs.store.staging import open_staging
from model.change.frame import CHANGED_COLUMN, DIFFERENCES_COLUMN
from model.members import MEMBER_TYPE, MEMBERS_COLUMN, SLIM_MEMBERS

if TYPE_CHECKING:
    from jobs.run.cluster import Cluster

LOCAL_PARTS = 4
"""Most parts that are scored in this process. More parts are worth the start-up on workers: `boojum bench` shows it at
"scoring"."""
BATCH_PARTS = 32
"""Most parts that one task scores."""
BATCH_BYTES = 8 * 2**20
"""Most bytes on disk that one task scores, unless one part has more; its rows take many times that in memory."""
BATCH_ROWS = 4_096
"""Rows after which a task stops reading and scores what it holds; small artifacts have very small rows on disk."""


@dataclass(frozen=True, slots=True)
class ScoredTable:
    """A kind of rows that a model scores.

    `columns` are read of a part, and make a table of `schema`, which comes with the metadata that parts lack: a model
    states its reasons in the meanings of the columns. A score part keeps the columns `keys`, then what the model says,
    and `CAMPAIGN_TOKENS` where `keeps_tokens`.
    """

    columns: Callable[[], Sequence[str]]
    schema: Callable[[], pa.Schema]
    keys: tuple[str, ...]
    keeps_tokens: bool = False


@cache
def scoring_schema() -> pa.Schema:
    """Return the schema of what is read of a feature part: the model's columns, the file's identity, and the status."""
    full = feature_schema()
    read = (*FEATURES.keys, "status", TOKENS)
    fields = [field for field in full if field.name in read or field.metadata]
    return pa.schema([*fields, pa.field(MEMBERS_COLUMN, SLIM_MEMBERS)], metadata=full.metadata)


@cache
def scored_columns() -> tuple[str, ...]:
    """Return the columns of a part that make a table of `scoring_schema()`; of its members, those without names."""
    of_members = [f"{MEMBERS_COLUMN}.list.element.{field.name}" for field in MEMBER_TYPE]
    return (*(name for name in scoring_schema().names if name != MEMBERS_COLUMN), *of_members)


@cache
def change_scoring_schema() -> pa.Schema:
    """Return the schema of what is read of a change part: the model's columns and the identity of both files."""
    full = change_schema()
    read = (*CHANGES.keys, DIFFERENCES_COLUMN, CHANGED_COLUMN)
    return pa.schema([field for field in full if field.name in read or field.metadata], metadata=full.metadata)


@cache
def changes_read() -> tuple[str, ...]:
    """Return the columns of a change part that make a table of `change_scoring_schema()`."""
    return tuple(change_scoring_schema().names)


FEATURES = ScoredTable(scored_columns, scoring_schema, ("path", "size", "sha256"), keeps_tokens=True)
"""Rows of the feature store."""
CHANGES = ScoredTable(
    changes_read,
    change_scoring_schema,
    ("path", "size", "sha256", "base_kind", "base_filename", "base_path", "base_sha256"),
)
"""Rows of the change store."""


@dataclass(frozen=True, slots=True)
class ScoreParts:
    """The task of a worker over some parts: score their rows, write one score part for each, count rows.

    A score part has the name of its part and the same rows in the same order.
    """

    load: LoadModel
    model: Path | None
    model_id: str
    folder: Path
    table: ScoredTable = FEATURES

    def __call__(self, parts: tuple[Path, ...]) -> int:
        """Return the number of rows scored; raises StoreBrokenError if a part is damaged, after moving it aside.

        Raises WorkerUnfitError if the worker has another model.
        """
        return self.score(parts, _load_once(self.load, self.model))

    def score(self, parts: Sequence[Path], scorer: Scorer) -> int:
        """Score parts with a model that is loaded already; else like a call."""
        if scorer.card.model_id != self.model_id:
            reason = f"has another model: {scorer.card.model_id} for {self.model_id}"
            raise WorkerUnfitError(worker_name(), reason)
        rows = pending_rows = 0
        pending: list[tuple[Path, pa.Table]] = []
        for part in parts:
            table = read_or_quarantine(part, self.table.columns())
            pending.append((part, table))
            pending_rows += len(table)
            if pending_rows >= BATCH_ROWS or part == parts[-1]:
                self._write_scores(pending, scorer)
                rows += pending_rows
                pending, pending_rows = [], 0
        return rows

    def _write_scores(self, parts: Sequence[tuple[Path, pa.Table]], scorer: Scorer) -> None:
        # All parts are scored in one call, whose overhead is large: stage "scoring" of `boojum bench`.
        whole = pa.concat_tables([table for _, table in parts])
        schema = self.table.schema()
        rows = pa.Table.from_arrays([whole.column(name) for name in schema.names], schema=schema)
        scored = scorer.score(rows)
        if self.table.keeps_tokens:
            scored = scored.append_column(CAMPAIGN_TOKENS, candidate_tokens(rows, scored.column("score")))
        for name in reversed(self.table.keys):
            scored = scored.add_column(0, rows.schema.field(name), rows.column(name))
        start = 0
        for part, table in parts:
            write_part(self.folder, part.name, scored.slice(start, len(table)))
            start += len(table)


@lru_cache(maxsize=2)
def _load_once(load: LoadModel, model: Path | None) -> Scorer:
    """Return a model, which a worker loads at most once: the artifacts' and the changes'."""
    return load(model)


def update_score_store(
    features: PartStore,
    scores: PartStore,
    run: str,
    open_cluster: Callable[[], "Cluster"],
    load: LoadModel,
    model: Path | None,
    scorer: Scorer,
    progress: Progress,
    table: ScoredTable = FEATURES,
) -> int:
    """Score the parts that have no scores yet and make the scores visible under `run`; return the rows scored.

    `scorer` is the loaded `model`; workers load it by `load`. The cluster is opened only for more than `LOCAL_PARTS`
    parts. Raises JobsError.
    """
    staging = open_staging(scores, run)
    parts = unscored_parts(features, scores, staging.adopted_files())
    task = ScoreParts(load, model, scorer.card.model_id, staging.folder, table)
    if parts:
        progress(0, len(parts), "scoring parts")
    if len(parts) <= LOCAL_PARTS:
        scored: Iterator[tuple[tuple[Path, ...], int]] = (((part,), task.score([part], scorer)) for part in parts)
    else:
        scored = score_parts(open_cluster(), task, parts)
    written: list[str] = []
    rows = 0
    for batch, count in scored:
        written += [part.name for part in batch]
        rows += count
        progress(len(written), len(parts), "scoring parts")
    staging.commit(written)
    return rows


def unscored_parts(features: PartStore, scores: PartStore, adopted: Sequence[Path] = ()) -> list[Path]:
    """Return the feature parts that have no score part, neither in finished runs nor among the adopted files."""
    scored = {part.name for part in (*scores.parts(), *adopted)}
    return [part for part in features.parts() if part.name not in scored]


def batch_parts(parts: Sequence[Path]) -> Iterator[tuple[Path, ...]]:
    """Yield the parts in batches within `BATCH_PARTS` and `BATCH_BYTES`, in their order."""
    batch: list[Path] = []
    size = 0
    for part in parts:
        part_bytes = part.stat().st_size
        if batch and (len(batch) == BATCH_PARTS or size + part_bytes > BATCH_BYTES):
            yield tuple(batch)
            batch, size = [], 0
        batch.append(part)
        size += part_bytes
    if batch:
        yield tuple(batch)


def score_parts(cluster: "Cluster", task: ScoreParts, parts: Sequence[Path]) -> Iterator[tuple[tuple[Path, ...], int]]:
    """Yield (parts, rows) as workers score them; a batch that fails is retried part by part. Raises JobsError."""
    batches = batch_parts(parts)
    retries: deque[tuple[Path, ...]] = deque()
    for batch, answer in BoundedSubmit(cluster, task, lambda: retries.popleft() if retries else next(batches, None)):
        if isinstance(answer, int):
            yield batch, answer
        elif len(batch) > 1:
            retries.extend((part,) for part in batch)
        elif isinstance(answer, WorkerDiedError):
            raise ClusterLostError(f"a worker died while scoring {batch[0].name}: it may need more memory") from answer
        else:
            raise answer
