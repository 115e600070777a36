import json
import shutil
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from model import saved
from model.contract import ModelCard
from model.errors import (
    LibraryMismatchError,
    ModelMissingError,
    ModelTamperedError,
    SchemaMismatchError,
)
from model.saved import load_card, load_model, save_model
from model.scoring import Model


@pytest.fixture
def copy(trained: tuple[Path, ModelCard], tmp_path: Path) -> Path:
    return Path(shutil.copytree(trained[0], tmp_path / "copy"))


def test_a_model_survives_the_disk_bit_for_bit(model: Model, table: pa.Table, tmp_path: Path) -> None:
    card = save_model(model, tmp_path / "again")
    assert card == load_card(tmp_path / "again")
    assert load_model(tmp_path / "again", threads=2).score(table).equals(model.score(table))


def test_the_card_describes_the_model(trained: tuple[Path, ModelCard]) -> None:
    card = load_card(trained[0])
    assert card == trained[1]
    assert card.groups == (("metadata", "aaaa"), ("code", "bbbb"))
    assert card.learners == ("boosting", "linear_tokens", "linear_columns")
    assert {name for name, _ in card.versions} >= {"python", "scikit-learn", "xgboost", "skops", "numpy"}
    assert card.metrics[0].section == "time"
    assert card.limits
    assert card.prior
    assert len(card.model_id) == 16


def test_no_file_holds_a_pickle(trained: tuple[Path, ModelCard]) -> None:
    for path in trained[0].iterdir():
        data = path.read_bytes()
        assert not data.startswith(b"\x80"), path
        if zipfile.is_zipfile(path):
            with zipfile.ZipFile(path) as archive:
                for name in archive.namelist():
                    assert name.endswith(".npy")
                    assert archive.read(name).startswith(b"\x93NUMPY")
                    assert b"'|O'" not in archive.read(name)[:200]


def test_a_changed_byte_is_refused(copy: Path) -> None:
    file = copy / "linear_tokens.npz"
    data = bytearray(file.read_bytes())
    data[len(data) // 2] ^= 1
    file.write_bytes(data)
    with pytest.raises(ModelTamperedError, match=r"linear_tokens\.npz is not what was saved"):
        load_model(copy)


def test_a_missing_file_is_named(copy: Path) -> None:
    (copy / "boosting.ubj").unlink()
    with pytest.raises(ModelMissingError, match=r"boosting\.ubj missing"):
        load_model(copy)


def test_a_folder_without_a_card_holds_no_model(tmp_path: Path) -> None:
    for folder in (tmp_path, tmp_path / "none"):
        with pytest.raises(ModelMissingError, match=r"card\.json missing") as caught:
            load_model(folder)
        assert "boojum train" in caught.value.hint


def test_a_lowered_threshold_is_refused(copy: Path) -> None:
    card = json.loads((copy / "card.json").read_text())
    card["points"][0]["threshold"] = 0.0
    (copy / "card.json").write_text(json.dumps(card))
    with pytest.raises(ModelTamperedError, match="model id does not match its contents"):
        load_model(copy)


@pytest.mark.parametrize("text", ["", "[]", "{}", '"x"', '{"model_id": 1}', "\x00"])
def test_a_card_that_is_none_is_refused(copy: Path, text: str) -> None:
    (copy / "card.json").write_text(text)
    with pytest.raises(ModelTamperedError):
        load_model(copy)


def test_a_card_cannot_name_files_elsewhere(copy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    card = json.loads((copy / "card.json").read_text())
    card["files"][0][0] = "../elsewhere.ubj"
    (copy / "card.json").write_text(json.dumps(card))
    monkeypatch.setattr(saved, "_identity", lambda card: card.model_id)
    with pytest.raises(ModelTamperedError, match="outside its folder"):
        load_model(copy)


def test_a_table_of_another_schema_names_the_group_that_changed(
    model: Model, table: pa.Table, schema_of: Callable[..., pa.Schema]
) -> None:
    metadata = schema_of({"metadata": "aaaa", "code": "cccc"}).metadata
    with pytest.raises(SchemaMismatchError) as caught:
        model.score(table.replace_schema_metadata(metadata))
    assert caught.value.groups == ("code",)


def test_a_library_that_cannot_read_a_file_is_named(copy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (copy / "boosting.ubj").write_bytes(b"{}")
    monkeypatch.setattr(saved, "_sha256", lambda path: dict(load_card(copy).files)[path.name])
    with pytest.raises(LibraryMismatchError, match=r"boosting\.ubj was written by xgboost"):
        load_model(copy)


def test_saving_keeps_other_files_and_drops_stale_ones(model: Model, tmp_path: Path) -> None:
    folder = tmp_path / "pretrained"
    save_model(model, folder)
    (folder / "rows.parquet").write_bytes(b"rows")
    half = Model(model.stack, model.card)
    learners = half.stack.learners_
    half.stack.learners_ = learners[:2]
    save_model(half, folder)
    assert {path.name for path in folder.iterdir()} == {
        "boosting.ubj",
        "card.json",
        "linear_tokens.npz",
        "rows.parquet",
    }
    half.stack.learners_ = learners


def test_scores_are_rounded(model: Model, table: pa.Table) -> None:
    scores = np.array([s for s in model.score(table)["score"].to_pylist() if s is not None])
    np.testing.assert_array_equal(np.round(scores, 6), scores)
