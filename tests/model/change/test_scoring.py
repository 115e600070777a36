from dataclasses import replace

import numpy as np
import pyarrow as pa
import pytest

from model.change.rows import LabelledChanges
from model.change.scoring import CHANGE_SCORE_SCHEMA, NO_CHANGE_PART, ChangeModel
from model.change.training import train_changes
from model.contract import FloorResult, ModelCard, Verdict
from model.errors import SchemaMismatchError


@pytest.fixture(scope="module")
def change_model(labelled: LabelledChanges, trained: tuple[object, ModelCard]) -> ChangeModel:
    stack, card = train_changes(labelled, 0, 1, lambda *_: None)
    return ChangeModel(replace(trained[1], change=card), stack)


def test_one_row_out_for_each_change_in(change_model: ChangeModel, changes: pa.Table) -> None:
    scored = change_model.score(changes)
    assert CHANGE_SCORE_SCHEMA == scored.schema
    assert changes.num_rows == scored.num_rows
    assert 0 == scored["change_score"].null_count
    assert 0 == change_model.score(changes.slice(0, 0)).num_rows
    assert "" == change_model.missing


def test_a_batch_does_not_change_a_byte(change_model: ChangeModel, changes: pa.Table) -> None:
    whole = change_model.score(changes).slice(0, 40).combine_chunks()
    parts = [change_model.score(changes.slice(at, 7)) for at in range(0, 40, 7)]
    assert pa.concat_tables(parts).slice(0, 40).combine_chunks().equals(whole)


def test_a_payload_is_found_with_its_file_and_words_to_check(change_model: ChangeModel, changes: pa.Table) -> None:
    rows = change_model.score(changes).to_pylist()
    bad = [row for row, label in zip(rows, changes["label"].to_pylist(), strict=True) if label]
    assert all(row["change_score"] > 0.5 for row in bad)
    assert {"evil.py", "evil.pth"} == {row["worst_member"] for row in bad}
    first = rows[0]["change_reasons"]
    acts = [reason for reason in first if reason["column"] == "members"]
    assert acts[0]["meaning"].startswith("a new start-up file that runs on import; sends passwords, cookies or keys")
    meanings = {reason["column"]: reason["meaning"] for reason in first}
    assert "more than its base: code_network" == meanings["code_network"]
    assert all(reason["contribution"] > 0 for reason in first)


def test_a_difference_that_is_not_there_is_no_reason(change_model: ChangeModel, changes: pa.Table) -> None:
    for row, differences in zip(
        change_model.score(changes).to_pylist(), changes["differences"].to_pylist(), strict=True
    ):
        named = {reason["column"] for reason in row["change_reasons"]} & {
            "code_network",
            "code_weight",
            "files_members",
        }
        assert named <= {name for name, value in differences if value}


def test_reasons_stand_at_and_above_review_only(change_model: ChangeModel, changes: pa.Table) -> None:
    for row in change_model.score(changes).to_pylist():
        assert (row["change_verdict"] == "clear") == (row["change_reasons"] == [])


def test_changes_of_another_schema_are_refused(change_model: ChangeModel, changes: pa.Table) -> None:
    with pytest.raises(SchemaMismatchError) as caught:
        change_model.score(changes.replace_schema_metadata({"fingerprint": "other"}))
    assert ("changes",) == caught.value.groups


def test_a_model_without_a_part_for_changes_gives_no_scores_and_says_so(
    change_model: ChangeModel, changes: pa.Table
) -> None:
    bare = ChangeModel(replace(change_model.card, change=None), None)
    scored = bare.score(changes)
    assert CHANGE_SCORE_SCHEMA == scored.schema
    assert [changes.num_rows] * 4 == [column.null_count for column in scored.columns]
    assert NO_CHANGE_PART == bare.missing


def test_a_floor_raises_a_change_and_is_its_first_reason(change_model: ChangeModel, changes: pa.Table) -> None:
    card = change_model.card.change
    assert card is not None
    floor = FloorResult("stolen_anywhere", "new code that steals", Verdict.SUSPICIOUS, 0, 10_000, 0.0)
    points = tuple(replace(p, threshold=t) for p, t in zip(card.points, (0.99999, 0.9999, 0.99), strict=True))
    raised = ChangeModel(
        replace(change_model.card, change=replace(card, floors=(floor,), points=points)), change_model.stack
    )
    row = raised.score(changes.slice(0, 1)).to_pylist()[0]
    assert (0.9999, "suspicious") <= (row["change_score"], row["change_verdict"])
    assert ("floor_stolen_anywhere", "new code that steals") == tuple(row["change_reasons"][0].values())[:2]


def test_slim_changes_have_no_paths_to_name(change_model: ChangeModel, changes: pa.Table) -> None:
    from model.change.frame import slim_changed

    slim = slim_changed(changes["changed_members"])
    table = changes.set_column(changes.column_names.index("changed_members"), "changed_members", slim)
    scored = change_model.score(table)
    assert changes.num_rows == scored["worst_member"].null_count
    np.testing.assert_array_equal(scored["change_score"], change_model.score(changes)["change_score"])
