"""Provides the folder of a finished run, for reports that read its tables."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from jobs.run.joined_scores import FILENAME, SCORES_SCHEMA
from jobs.run.run_folder import RunFolder, read_run


@pytest.fixture
def run_folder(store_folder: Path) -> RunFolder:
    return read_run(store_folder / "runs" / "latest")


@pytest.fixture
def score_rows(run_folder: RunFolder) -> Callable[..., None]:
    """Return `score_rows(**values)`: make scores.parquet of the run hold rows with these values."""

    def write(*rows: dict[str, Any]) -> None:
        pq.write_table(pa.Table.from_pylist(list(rows), SCORES_SCHEMA), run_folder.folder / FILENAME)

    return write
