from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from model.errors import TrainingDataError
from model.registry import Weighting
from model.rows import LabelledRows, _weights, parse_rows, read_rows, training_set, write_rows


def test_unreadable_rows_are_left_out(table: pa.Table, rows: LabelledRows) -> None:
    assert len(rows) == sum(status != "unreadable" for status in table["status"].to_pylist())
    assert "code_tokens" not in rows.frame.columns
    assert not [name for name in rows.frame.columns if name.startswith("context_")]


def test_file_order_does_not_matter(table: pa.Table, rows: LabelledRows) -> None:
    turned = parse_rows(table.take(pa.array(np.arange(table.num_rows)[::-1])))
    assert turned.digest == rows.digest
    np.testing.assert_array_equal(rows.frame.dense, turned.frame.dense)


def test_a_changed_label_changes_the_digest(table: pa.Table, rows: LabelledRows) -> None:
    labels = table["label"].to_pylist()
    labels[0] = 1 - labels[0]
    position = table.column_names.index("label")
    assert (
        parse_rows(table.set_column(position, table.field("label"), pa.array(labels, pa.int8()))).digest != rows.digest
    )


def test_shipped_rows_are_the_same_rows_without_evidence(table: pa.Table, rows: LabelledRows, tmp_path: Path) -> None:
    quoting = table.append_column("evidence", pa.array(["import os"] * table.num_rows))
    write_rows(quoting, tmp_path / "rows.parquet")
    back = pq.read_table(tmp_path / "rows.parquet")
    assert "evidence" not in back.column_names
    assert read_rows(tmp_path / "rows.parquet").digest == rows.digest
    assert [path.name for path in tmp_path.iterdir()] == ["rows.parquet"]


def test_what_is_missing_is_named(table: pa.Table, tmp_path: Path) -> None:
    with pytest.raises(TrainingDataError, match="columns missing: label, campaign"):
        parse_rows(table.drop_columns(["label", "campaign"]))
    with pytest.raises(TrainingDataError, match="does not exist"):
        read_rows(tmp_path / "none.parquet")
    with pytest.raises(TrainingDataError, match="no column has a meaning"):
        parse_rows(table.replace_schema_metadata({}).cast(pa.schema([f.remove_metadata() for f in table.schema])))


@given(
    sizes=st.lists(st.integers(1, 5_000), min_size=2, max_size=20),
    power=st.floats(0.0, 1.0),
    data=st.data(),
)
def test_a_campaign_weighs_sublinearly_and_classes_weigh_the_same(
    sizes: list[int], power: float, data: st.DataObject
) -> None:
    left = np.array([min(size, 50) for size in sizes])
    bad = data.draw(st.lists(st.booleans(), min_size=len(sizes), max_size=len(sizes)))
    if all(bad) or not any(bad):
        bad[0] = not bad[0]
    labels = np.repeat(np.array(bad, dtype=np.int8), left)
    weights = _weights(np.repeat(sizes, left), np.repeat(left, left).astype(np.float64), labels, power)
    assert weights[labels == 1].sum() == pytest.approx(len(labels) / 2)
    assert weights[labels == 0].sum() == pytest.approx(len(labels) / 2)
    total = np.add.reduceat(weights, np.concatenate([[0], np.cumsum(left)[:-1]]))
    for label in (True, False):
        these = np.array(bad) == label
        per_unit = total[these] / np.array(sizes)[these] ** power
        np.testing.assert_allclose(per_unit, per_unit[0])


def test_no_campaign_gives_more_rows_than_the_cap(rows: LabelledRows) -> None:
    training = training_set(rows, np.arange(len(rows)), Weighting(cap=3), 0)
    assert np.bincount(training.groups).max() == 3
    again = training_set(rows, np.arange(len(rows)), Weighting(cap=3), 0)
    np.testing.assert_array_equal(training.frame.dense, again.frame.dense)


def test_one_campaign_is_too_few_to_learn_from(rows: LabelledRows) -> None:
    one = np.flatnonzero(~rows.malicious | (rows.groups == rows.groups[rows.malicious][0]))
    with pytest.raises(TrainingDataError, match="fewer than two malicious campaigns"):
        training_set(rows, one, Weighting(), 0)


def test_variants_have_at_most_a_quarter_of_their_campaigns_weight(rows: LabelledRows, varied: LabelledRows) -> None:
    plain = training_set(rows, np.arange(len(rows)), Weighting(), 0)
    training = training_set(varied, np.arange(len(varied)), Weighting(), 0)
    made = np.flatnonzero(varied.variant)
    assert len(training) == len(plain) + len(made)
    # One variant of each: they have a quarter of every campaign, and no campaign weighs more than it did.
    share = training.weights[np.isin(np.arange(len(varied)), made)].sum() / training.weights[training.labels == 1].sum()
    assert share == pytest.approx(Weighting().variants)
    bad, before = training.labels == 1, plain.labels == 1
    now = np.bincount(training.groups[bad], training.weights[bad]) / training.weights[bad].sum()
    then = np.bincount(plain.groups[before], plain.weights[before]) / plain.weights[before].sum()
    np.testing.assert_allclose(now, then)


def test_few_variants_weigh_as_the_rows_do_and_many_no_more_than_their_share(
    table: pa.Table, make_variants: Callable[..., pa.Table]
) -> None:
    malware = table.filter(pc.and_(pc.equal(table["label"], 1), pc.equal(table["status"], "ok")))
    campaign = max(set(malware["campaign"].to_pylist()), key=malware["campaign"].to_pylist().count)
    base = malware.filter(pc.equal(malware["campaign"], campaign))
    for copies, share in ((1, 1 / (base.num_rows + 1)), (3 * base.num_rows, Weighting().variants)):
        few = [
            make_variants(base.slice(copy % base.num_rows, 1), stratum="variant", filename=f"v{copy}.tar.gz")
            for copy in range(copies)
        ]
        varied = parse_rows(pa.concat_tables([table, *few]))
        training = training_set(varied, np.arange(len(varied)), Weighting(), 0)
        here = varied.campaign == campaign
        weight = training.weights[here & varied.variant].sum() / training.weights[here].sum()
        assert weight == pytest.approx(share)


def test_a_weighting_without_variants_learns_none(rows: LabelledRows, varied: LabelledRows) -> None:
    training = training_set(varied, np.arange(len(varied)), Weighting(variants=0.0), 0)
    np.testing.assert_array_equal(
        training_set(rows, np.arange(len(rows)), Weighting(), 0).weights.sum(), training.weights.sum()
    )
    assert len(training) == len(rows)


def test_what_is_a_variant_changes_the_digest(table: pa.Table) -> None:
    position = table.column_names.index("stratum")
    marked = table.set_column(position, "stratum", pa.array(["variant"] * table.num_rows))
    assert parse_rows(marked).digest != parse_rows(table).digest
