import json
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from features.contract import Progress
from model import evaluation, registry, splits
from model.contract import TrainingDataError
from model.evaluation import SECTIONS, evaluate, without_group
from model.rows import Rows
from model.saved import parse_result


@pytest.fixture
def path(table: pa.Table, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    pq.write_table(table, tmp_path / "rows.parquet")
    monkeypatch.setattr(evaluation, "CUTS", ("2023-07-01",))
    monkeypatch.setattr(registry, "PRESETS", tuple(replace(p, folds=2) for p in registry.PRESETS))
    return tmp_path / "rows.parquet"


def test_every_section_measures_and_becomes_json(path: Path, quiet: Progress) -> None:
    found = evaluate(path, quiet)
    assert found.sections == tuple(name for name, _ in SECTIONS)
    assert {r.section for r in found.results} | {"slices"} == set(found.sections)
    back = json.loads(json.dumps(asdict(found), allow_nan=False))
    assert tuple(parse_result(result) for result in back["results"]) == found.results
    assert {s.by for s in found.slices} == {"year", "payload place", "kind", "size", "stratum"}
    ours = {(r.section, r.split, r.model) for r in found.results}
    assert {("random", "random", "boojum"), ("random", "random", "samaana2024")} < ours
    assert ("time", "after 2023-07-01", "boojum") in ours
    assert ("baselines", "after 2023-07-01", "sdist under 10,000 bytes") in ours
    assert ("learners", "dev", "without forest") in ours
    assert {r.model for r in found.results if r.section == "groups"} == {
        "without metadata",
        "without code",
        "without code_tokens",
    }


def test_sections_can_be_chosen(path: Path, quiet: Progress) -> None:
    found = evaluate(path, quiet, ("campaign",))
    assert {result.section for result in found.results} == {"campaign"}
    assert len(found.curves) == 1


def test_an_unknown_section_is_named(path: Path, quiet: Progress) -> None:
    with pytest.raises(TrainingDataError, match="no section snark; known: random, campaign"):
        evaluate(path, quiet, ("snark",))


def test_a_group_that_is_left_out_says_nothing(rows: Rows) -> None:
    lacking = without_group(rows, "code").frame
    code = [name.startswith("code_") for name in lacking.columns]
    assert (lacking.dense[:, code] == 0).all()
    np.testing.assert_array_equal(rows.frame.dense[:, ~np.array(code)], lacking.dense[:, ~np.array(code)])
    assert without_group(rows, "code_tokens").frame.tokens.nnz == 0


def test_cut_dates_ascend() -> None:
    assert list(splits.CUTS) == sorted(splits.CUTS)
