import hashlib
import json
import shutil
import zipfile
from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from features.contract import Progress
from model import saved
from model.change.rows import write_changes
from model.contract import ModelCard
from model.errors import (
    LibraryMismatchError,
    ModelMissingError,
    ModelTamperedError,
    SchemaMismatchError,
)
from model.saved import load_card, load_change_model, load_model, save_model
from model.scoring import Model
from model.training import train


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
    assert card.learners == ("boosting", "linear_tokens", "linear_columns", "members")
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


@pytest.fixture(scope="module")
def with_changes(
    table: pa.Table, changes: pa.Table, tmp_path_factory: pytest.TempPathFactory, quiet: Progress,
    schema_of: Callable[..., pa.Schema],
) -> tuple[Path, ModelCard]:  # fmt: skip
    folder = tmp_path_factory.mktemp("both")
    pq.write_table(table, folder / "rows.parquet")
    write_changes(changes, folder / "changes.parquet")
    paths = folder / "rows.parquet", folder / "model"
    card = train(*paths, quiet, schema=schema_of(), changes=folder / "changes.parquet", change_fingerprint="changes-1")
    return paths[1], card


def test_one_folder_has_both_models(with_changes: tuple[Path, ModelCard], table: pa.Table, changes: pa.Table) -> None:
    folder, card = with_changes
    assert load_card(folder) == card
    assert card.change is not None
    assert {"boosting.ubj", "change_boosting.ubj", "change_members.npz"} < {name for name, _ in card.files}
    assert load_model(folder).score(table).num_rows == table.num_rows
    model = load_change_model(folder)
    assert model.missing == ""
    scored = model.score(changes)
    assert scored["change_score"].null_count == 0
    assert load_change_model(folder, threads=2).score(changes).equals(scored)


def test_a_changed_byte_of_the_change_part_is_refused(with_changes: tuple[Path, ModelCard], tmp_path: Path) -> None:
    copied = Path(shutil.copytree(with_changes[0], tmp_path / "copied"))
    file = copied / "change_members.npz"
    file.write_bytes(file.read_bytes() + b"more")
    for load in (load_model, load_change_model):
        with pytest.raises(ModelTamperedError, match=r"change_members\.npz is not what was saved"):
            load(copied)


def test_a_model_without_a_change_part_scores_no_change(trained: tuple[Path, ModelCard], changes: pa.Table) -> None:
    model = load_change_model(trained[0])
    assert model.missing
    assert model.score(changes)["change_score"].null_count == changes.num_rows


def test_a_change_learner_of_another_version_is_named(copy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    card = json.loads((copy / "card.json").read_text())
    card["change"] = {
        "fingerprint": "x", "columns": [], "differences": [], "rows_digest": "", "trained_on": "",
        "learners": ["change_snark"], "coefficients": [1.0], "intercept": 0.0, "points": [], "metrics": [],
    }  # fmt: skip
    (copy / "card.json").write_text(json.dumps(card))
    monkeypatch.setattr(saved, "_identity", lambda card: card.model_id)
    with pytest.raises(LibraryMismatchError, match="'change_snark' is not known here"):
        load_change_model(copy)


def test_words_are_saved_with_the_model(model: Model, tmp_path: Path) -> None:
    card = save_model(replace(model, words={7: "urlopen"}), tmp_path / "worded")
    assert "words.json" in dict(card.files)
    assert load_model(tmp_path / "worded").words == {7: "urlopen"}


def test_a_card_without_floors_and_changes_keeps_its_identity(trained: tuple[Path, ModelCard]) -> None:
    fields = asdict(replace(trained[1], model_id="", floors=(), change=None))
    del fields["floors"], fields["change"]
    expected = hashlib.blake2b(json.dumps(fields, sort_keys=True).encode(), digest_size=8).hexdigest()
    assert saved._identity(replace(trained[1], floors=(), change=None)) == expected
