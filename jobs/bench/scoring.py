"""Measures scoring as workers do it, in a process of its own."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa

from features.contract import Progress
from jobs.bench.process import peak_memory
from jobs.run.scoring import ScoreParts, batch_parts, scored_columns, scoring_schema
from jobs.store.part_files import read_part
from model.saved import load_model


@dataclass(frozen=True, slots=True)
class ScoreMeasurement:
    """The scoring of all parts: `seconds` for their `rows`, after the `first` seconds for a single row.

    `first` is what a model sets up at its first use. `peak` is the most memory that the process held.
    """

    first: float
    seconds: float
    rows: int
    peak: int


@dataclass(frozen=True, slots=True)
class PrepareScoring:
    """Prepares a process for scoring feature parts into `folder` with the model of a folder (None: the shipped one)."""

    model: Path | None
    folder: Path

    def __call__(self, _: Progress) -> Callable[[tuple[Path, ...]], ScoreMeasurement]:
        """Load the model, and return the function that measures the scoring of some parts, at least one."""
        scorer = load_model(self.model)
        task = ScoreParts(lambda _: scorer, self.model, scorer.card.model_id, self.folder)

        def measure(parts: tuple[Path, ...]) -> ScoreMeasurement:
            started = time.process_time()
            first = read_part(parts[0], scored_columns()).slice(0, 1)
            scorer.score(pa.Table.from_arrays(first.columns, schema=scoring_schema()))
            ready = time.process_time()
            rows = sum(task(batch) for batch in batch_parts(parts))
            return ScoreMeasurement(ready - started, time.process_time() - ready, rows, peak_memory())

        return measure
