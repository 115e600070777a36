"""Scoring as workers do it, in a process of its own and timed."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from features.contract import Progress
from jobs.bench.process import peak_memory
from jobs.run.scoring import ScoreParts, batch_parts, scoring_schema
from jobs.store.part_files import read_part
from model.saved import load_model


@dataclass(frozen=True, slots=True)
class Scored:
    """Seconds that all parts took, their rows, and the most memory that was held.

    `first` are the seconds of one row before them: what a model sets up when it is first used.
    """

    first: float
    seconds: float
    rows: int
    peak: int


@dataclass(frozen=True, slots=True)
class Scoring:
    """Opens the process that scores feature parts into `folder`; the model is loaded as it starts."""

    model: Path | None
    folder: Path

    def __call__(self, _: Progress) -> Callable[[tuple[Path, ...]], Scored]:
        """Load the model and return what answers for some parts, at least one."""
        scorer = load_model(self.model)
        task = ScoreParts(lambda _: scorer, self.model, scorer.card.model_id, self.folder)

        def score(parts: tuple[Path, ...]) -> Scored:
            begun = time.process_time()
            scorer.score(read_part(parts[0], scoring_schema().names).slice(0, 1))
            ready = time.process_time()
            rows = sum(task(batch) for batch in batch_parts(parts))
            return Scored(ready - begun, time.process_time() - ready, rows, peak_memory())

        return score
