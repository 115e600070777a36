"""`boojum train`: the flags that reach the training, and the card that it prints."""

import json

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from audit import cli
from audit.exits import Exit
from model.registry import PRESETS
from model.saved import load_card


@pytest.fixture
def calls(monkeypatch):
    recorded = []

    def train(rows, into, progress, **how):
        recorded.append((rows, into, how))
        return load_card()

    monkeypatch.setattr("model.training.train", train)
    return recorded


def test_flags_reach_the_training(calls, tmp_path, capsys):
    argv = ["train", "--into", str(tmp_path), "--rows", "rows", "--preset", PRESETS[1].name, "--seed", "7", "--quiet"]
    assert Exit.COMPLETE == cli.main(argv)
    ((rows, into, how),) = calls
    assert ("rows", tmp_path, PRESETS[1].name, 7) == (str(rows), into, how["preset"], how["seed"])
    assert capsys.readouterr().out.startswith(f"model {load_card().model_id} ")


def test_the_shipped_rows_and_the_first_preset_are_the_default(calls, tmp_path, capsys):
    cli.main(["train", "--into", str(tmp_path), "--json"])
    ((rows, _, how),) = calls
    assert (None, PRESETS[0].name, 0) == (rows, how["preset"], how["seed"])
    assert load_card().model_id == json.loads(capsys.readouterr().out)["model_id"]


def test_a_folder_is_needed_and_a_preset_must_be_known(calls, capsys):
    assert Exit.MISUSE == cli.main(["train"])
    assert "--into" in capsys.readouterr().err
    assert Exit.MISUSE == cli.main(["train", "--into", "x", "--preset", "none"])
    error = capsys.readouterr().err
    assert all(preset.name in error for preset in PRESETS)
    assert [] == calls


def test_changes_that_are_for_measuring_alone_are_refused_before_anything_is_fitted(calls, tmp_path, capsys):
    for name, splits in (("learnt", ["train", "fresh"]), ("mixed", ["train", "blind"])):
        pq.write_table(pa.table({"split": splits}), tmp_path / f"{name}.parquet")
    argv = ["train", "--into", str(tmp_path), "--changes"]
    assert Exit.MISMATCH == cli.main([*argv, str(tmp_path / "mixed.parquet")])
    assert "1 rows are of the split blind" in capsys.readouterr().err
    assert [] == calls
    assert Exit.COMPLETE == cli.main([*argv, str(tmp_path / "learnt.parquet")])
