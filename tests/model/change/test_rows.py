from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from model.change.rows import (
    MOST_HONEST,
    LabelledChanges,
    change_training,
    parse_changes,
    read_changes,
    rounded_differences,
    write_changes,
)
from model.errors import TrainingDataError


def test_what_ships_quotes_no_package(changes: pa.Table, tmp_path: Path) -> None:
    write_changes(changes, tmp_path / "changes.parquet")
    back = pq.read_table(tmp_path / "changes.parquet")
    assert not {"path", "filename", "version", "payload_member", "base_filename"} & set(back.column_names)
    assert "path" not in {field.name for field in back.schema.field("changed_members").type.value_type}
    assert back.schema.metadata[b"fingerprint"] == b"changes-1"
    write_changes(back, tmp_path / "again.parquet")
    assert read_changes(tmp_path / "again.parquet").digest == read_changes(tmp_path / "changes.parquet").digest


def test_every_row_has_its_label_and_its_payload(labelled: LabelledChanges) -> None:
    assert (320, 80, 80) == (len(labelled), labelled.malicious.sum(), labelled.payload.sum())
    rows = labelled.frame.members.rows[labelled.payload]
    assert labelled.malicious[rows].all()
    assert {"popular", "middle", "tail"} == set(labelled.stratum)
    assert {"", "plain", "encoded"} == set(labelled.dress)


def test_file_order_does_not_matter(changes: pa.Table, labelled: LabelledChanges, tmp_path: Path) -> None:
    turned = changes.take(pa.array(np.arange(changes.num_rows)[::-1]))
    write_changes(turned, tmp_path / "turned.parquet")
    assert read_changes(tmp_path / "turned.parquet").digest == labelled.digest


def test_what_is_missing_is_named(changes: pa.Table, tmp_path: Path) -> None:
    with pytest.raises(TrainingDataError, match="labelled changes missing: family, host_project"):
        parse_changes(changes.drop_columns(["family", "host_project"]))
    with pytest.raises(TrainingDataError, match="does not exist"):
        read_changes(tmp_path / "none.parquet")
    with pytest.raises(TrainingDataError, match="no column of the changes has a meaning"):
        parse_changes(changes.cast(pa.schema([field.remove_metadata() for field in changes.schema])))


def test_differences_keep_two_digits() -> None:
    column = pa.chunked_array(
        [pa.array([[("a", 123456.0), ("b", -0.0123456)], None, [("c", 0.0)]], pa.map_(pa.string(), pa.float32()))]
    )
    rounded = [dict(row) for row in rounded_differences(column).to_pylist() if row]
    np.testing.assert_allclose([rounded[0]["a"], rounded[0]["b"], rounded[1]["c"]], [120000.0, -0.012, 0.0], rtol=1e-6)


def test_both_labels_weigh_the_same_and_a_project_sublinearly(labelled: LabelledChanges) -> None:
    training = change_training(labelled, np.arange(len(labelled)))
    bad = training.labels == 1
    assert training.weights[bad].sum() == pytest.approx(training.weights[~bad].sum())
    totals = np.bincount(training.groups[~bad], training.weights[~bad])
    sizes = np.bincount(training.groups[~bad])
    per_root = totals[sizes > 0] / np.sqrt(sizes[sizes > 0])
    np.testing.assert_allclose(per_root, per_root[0])


def test_a_training_set_keeps_the_payloads_of_its_rows(labelled: LabelledChanges) -> None:
    index = np.flatnonzero(labelled.split == "train")[::-1]
    training = change_training(labelled, index)
    assert training.payload.sum() == labelled.malicious[index].sum()
    assert (training.labels[training.frame.members.rows[training.payload]] == 1).all()


def test_one_family_is_too_few_to_learn_from(labelled: LabelledChanges) -> None:
    one = np.flatnonzero(~labelled.malicious | (labelled.family == "family0"))
    with pytest.raises(TrainingDataError, match="fewer than two families of payloads"):
        change_training(labelled, one)


def test_a_project_ships_few_honest_artifacts_with_all_their_bases(
    make_changes: Callable[..., pa.Table], tmp_path: Path
) -> None:
    table = make_changes(rows=640)
    write_changes(pa.concat_tables([table, table]), tmp_path / "twice.parquet")
    rows = read_changes(tmp_path / "twice.parquet")
    honest = ~rows.malicious
    digests = [rows.sha256[honest & (rows.project == project)] for project in sorted(set(rows.project[honest]))]
    assert {MOST_HONEST} == {len(set(each)) for each in digests}
    assert all(2 * len(set(each)) == len(each) for each in digests)
    assert 320 == rows.malicious.sum()
