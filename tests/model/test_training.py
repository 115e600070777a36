from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from features.contract import Progress
from model.change.rows import write_changes
from model.contract import ModelCard, Verdict
from model.errors import SchemaMismatchError, TrainingDataError
from model.rows import read_rows
from model.saved import load_model
from model.training import train


def test_training_again_gives_the_same_model(
    trained: tuple[Path, ModelCard],
    table: pa.Table,
    tmp_path: Path,
    quiet: Progress,
    schema_of: Callable[..., pa.Schema],
) -> None:
    pq.write_table(table, tmp_path / "rows.parquet")
    card = train(tmp_path / "rows.parquet", tmp_path / "model", quiet, schema=schema_of())
    assert card == trained[1]
    assert card.metrics[0].auc > 0.8


def test_thresholds_hold_on_the_validation_rows(trained: tuple[Path, ModelCard], table: pa.Table) -> None:
    model = load_model(trained[0])
    valid = [r["split"] == "valid" and r["status"] == "ok" for r in table.select(["split", "status"]).to_pylist()]
    verdicts = model.score(table.filter(pa.array(valid)))["verdict"].to_pylist()
    flagged = [verdict for verdict in verdicts if verdict != "clear"]
    assert len(flagged) == model.card.points[-1].alarms <= 0.01 * len(verdicts)
    assert Verdict.MALICIOUS.value not in verdicts


def test_rows_of_another_schema_are_refused(
    table: pa.Table, tmp_path: Path, quiet: Progress, schema_of: Callable[..., pa.Schema]
) -> None:
    pq.write_table(table, tmp_path / "rows.parquet")
    with pytest.raises(SchemaMismatchError) as caught:
        train(tmp_path / "rows.parquet", tmp_path / "m", quiet, schema=schema_of({"metadata": "x", "code": "bbbb"}))
    assert caught.value.groups == ("metadata",)
    assert not (tmp_path / "m").exists()


def test_rows_without_dev_campaigns_are_refused(
    table: pa.Table, tmp_path: Path, quiet: Progress, schema_of: Callable[..., pa.Schema]
) -> None:
    split = pa.array(["train" if s == "dev" else s for s in table["split"].to_pylist()])
    changed = table.set_column(table.column_names.index("split"), "split", split)
    pq.write_table(changed, tmp_path / "rows.parquet")
    with pytest.raises(TrainingDataError, match="no malicious test rows"):
        train(tmp_path / "rows.parquet", tmp_path / "m", quiet, schema=schema_of())


@pytest.mark.slow
def test_the_published_line_up_trains_and_loads(
    table: pa.Table, tmp_path: Path, quiet: Progress, schema_of: Callable[..., pa.Schema]
) -> None:
    pq.write_table(table, tmp_path / "rows.parquet")
    card = train(tmp_path / "rows.parquet", tmp_path / "m", quiet, "samaana2024", schema=schema_of())
    assert card.learners == ("random_forest", "decision_tree", "support_vectors", "perceptron", "naive_bayes")
    model = load_model(tmp_path / "m")
    scores = model.score(table)["score"].drop_null().to_numpy()
    assert np.isfinite(scores).all()
    assert model.score(table)["reasons"].to_pylist() == [[]] * table.num_rows


def test_labels_can_be_learnt(tmp_path: Path, make_table: Callable[..., pa.Table]) -> None:
    pq.write_table(make_table(300, seed=3), tmp_path / "rows.parquet")
    assert 0 < read_rows(tmp_path / "rows.parquet").malicious.mean() < 1


def test_changes_of_another_schema_are_refused(
    table: pa.Table, changes: pa.Table, tmp_path: Path, quiet: Progress, schema_of: Callable[..., pa.Schema]
) -> None:
    pq.write_table(table, tmp_path / "rows.parquet")
    write_changes(changes, tmp_path / "changes.parquet")
    with pytest.raises(SchemaMismatchError) as caught:
        train(
            tmp_path / "rows.parquet", tmp_path / "m", quiet, schema=schema_of(),
            changes=tmp_path / "changes.parquet", change_fingerprint="changes-2",
        )  # fmt: skip
    assert caught.value.groups == ("changes",)


def test_other_rows_without_changes_train_no_change_part(trained: tuple[Path, ModelCard]) -> None:
    assert trained[1].change is None
    assert "change_boosting.ubj" not in dict(trained[1].files)


def test_recent_campaigns_are_what_the_card_is_measured_on(
    table: pa.Table, tmp_path: Path, quiet: Progress, schema_of: Callable[..., pa.Schema]
) -> None:
    late = [
        s == "dev" and c == "c60"
        for s, c in zip(table["split"].to_pylist(), table["campaign"].to_pylist(), strict=True)
    ]
    assert any(late)
    split = pa.array(["recent" if is_late else s for is_late, s in zip(late, table["split"].to_pylist(), strict=True)])
    pq.write_table(table.set_column(table.column_names.index("split"), "split", split), tmp_path / "rows.parquet")
    card = train(tmp_path / "rows.parquet", tmp_path / "m", quiet, schema=schema_of())
    assert (card.metrics[0].split, card.metrics[0].campaigns) == ("recent", 1)
