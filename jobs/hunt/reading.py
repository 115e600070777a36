"""Reads many files again on workers and yields what a search finds in each."""

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np

from features.contract import Progress
from jobs.hunt.contract import SearchAnswer, SearchedFile
from jobs.hunt.search import SearchUnit
from jobs.run.dispatch import BoundedSubmit
from jobs.run.units import estimate_costs

if TYPE_CHECKING:
    from jobs.run.cluster import Cluster

UNIT_FILES = 32
"""Files of one task."""
_SHARE = 0.35
"""Share of the cost of extracting a file that opening and searching it takes, measured on files of the demo."""


def estimate_seconds(sizes: Sequence[int]) -> float:
    """Return the processor seconds that searching files of these sizes (bytes) takes, roughly."""
    return float(estimate_costs(np.asarray(sizes, dtype=np.int64)).sum()) * _SHARE


def search_files(
    open_cluster: "Callable[[], Cluster]", task: SearchUnit, files: Sequence[SearchedFile], progress: Progress
) -> Iterator[SearchAnswer]:
    """Yield the answer of each file, in the order in which tasks end. A file whose worker died is one that is unread.

    Raises JobsError.
    """
    units = (tuple(files[start : start + UNIT_FILES]) for start in range(0, len(files), UNIT_FILES))
    again: list[tuple[SearchedFile, ...]] = []
    done = 0

    def next_unit() -> tuple[SearchedFile, ...] | None:
        return again.pop() if again else next(units, None)

    for unit, answer in BoundedSubmit(open_cluster(), task, next_unit):
        if not isinstance(answer, Exception):
            yield from answer
        elif len(unit) > 1:
            # One file costs no other: each is tried by itself.
            again += [(file,) for file in unit]
            continue
        else:
            yield SearchAnswer(unit[0], unread=f"the worker failed on it: {type(answer).__name__}")
        done += len(unit)
        progress(done, len(files), "searching artifacts")
