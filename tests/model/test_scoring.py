import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from model.contract import Verdict
from model.reasons import MAX_REASONS
from model.scoring import Model, assign_verdicts, score_schema


def test_one_row_out_for_each_row_in(model: Model, table: pa.Table) -> None:
    scored = model.score(table)
    assert scored.schema.equals(score_schema(model.card.learners))
    assert scored.num_rows == table.num_rows
    unreadable = pc.equal(table["status"], "unreadable")
    assert pc.all(pc.equal(scored["score"].is_null(), unreadable)).as_py()
    assert set(scored.filter(unreadable)["verdict"].to_pylist()) == {"unreadable"}
    assert set(scored["verdict"].to_pylist()) <= {verdict.value for verdict in Verdict}


def test_a_batch_does_not_change_a_byte(model: Model, table: pa.Table) -> None:
    whole = model.score(table)
    for size in (1, 7, 64):
        parts = [model.score(table.slice(at, size)) for at in range(0, 70, size)]
        assert pa.concat_tables(parts).slice(0, 70).combine_chunks().equals(whole.slice(0, 70).combine_chunks())
    turned = np.arange(table.num_rows)[::-1]
    assert model.score(table.take(pa.array(turned))).equals(whole.take(pa.array(turned)))


def test_no_rows_have_no_scores(model: Model, table: pa.Table) -> None:
    assert model.score(table.slice(0, 0)).num_rows == 0
    only = table.filter(pc.equal(table["status"], "unreadable"))
    assert model.score(only)["score"].null_count == only.num_rows


def test_labels_and_context_do_not_change_a_score(model: Model, table: pa.Table) -> None:
    bare = table.drop_columns(["label", "campaign", "first_seen", "split", "context_listed"])
    assert model.score(bare).equals(model.score(table))


def test_reasons_stand_at_and_above_review_only(model: Model, table: pa.Table) -> None:
    scored = model.score(table).to_pylist()
    assert any(row["reasons"] for row in scored)
    known = {*model.card.columns, "code_tokens", "members"}
    for row in scored:
        if row["score"] is None or row["score"] < model.review_threshold:
            assert row["reasons"] == []
            continue
        shares = [reason["contribution"] for reason in row["reasons"]]
        assert len(shares) <= MAX_REASONS
        assert shares == sorted(shares, reverse=True)
        assert all(share > 0 for share in shares)
        assert {reason["column"] for reason in row["reasons"]} <= known


def test_a_reason_has_value_and_meaning(model: Model, table: pa.Table) -> None:
    columns = {name: table[name].to_pylist() for name in table.column_names}
    for number, row in enumerate(model.score(table).to_pylist()):
        for reason in row["reasons"]:
            if reason["column"] not in columns or reason["column"] in {"code_tokens", "members"}:
                assert reason["meaning"]
                assert reason["value"] is None
                continue
            assert reason["meaning"] == f"what {reason['column']} means"
            value = columns[reason["column"]][number]
            if value is None or np.isnan(value):
                assert reason["value"] is None
            else:
                assert reason["value"] == np.float32(value)


def test_a_verdict_begins_at_its_threshold(model: Model) -> None:
    points = model.card.points
    assert [p.verdict.value for p in points] == ["malicious", "suspicious", "review"]
    at = np.array([p.threshold for p in points])
    assert assign_verdicts(at, points).tolist() == ["malicious", "suspicious", "review"]
    assert assign_verdicts(np.round(at - 1e-6, 6), points).tolist() != ["malicious", "suspicious", "review"]
    assert assign_verdicts(np.array([0.0]), points).tolist() == ["clear"]
