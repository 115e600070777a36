from collections.abc import Callable
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from model.change.frame import (
    CHANGED_KEPT,
    change_columns,
    change_frame,
    difference_names,
    payload_mask,
    slim_changed,
)
from model.errors import TrainingDataError
from model.members import mark_hash

Make = Callable[..., dict[str, Any]]
DENSE = ("change_members_new", "change_growth", "change_startup_new")


def test_only_columns_that_a_model_may_see_are_dense(changes: pa.Table) -> None:
    assert DENSE == change_columns(changes.schema)
    assert ("code_network", "code_weight", "files_members") == difference_names(changes)


def test_differences_are_found_by_name_and_unknown_ones_left_out(changes: pa.Table) -> None:
    frame = change_frame(changes, DENSE, ("code_weight", "never"))
    listed = [dict(row)["code_weight"] for row in changes["differences"].to_pylist()]
    np.testing.assert_allclose(frame.differences.toarray()[:, 0], listed, rtol=1e-6)
    assert 0 == frame.differences[:, 1].nnz
    assert (len(frame), 3) == frame.dense.shape
    assert np.isnan(frame.dense[0, 1])


def test_zeros_are_not_stored_and_nulls_are_nan(changes: pa.Table) -> None:
    frame = change_frame(changes.slice(0, 9), DENSE, difference_names(changes))
    rows = frame.sparse_rows()
    assert (9, 6) == rows.shape
    assert np.isnan(rows[0, 1])
    assert rows.nnz == np.count_nonzero(frame.dense) + frame.differences.nnz


def test_taking_rows_takes_their_members(changes: pa.Table) -> None:
    whole = change_frame(changes, DENSE, difference_names(changes))
    index = np.array([8, 0, 3])
    part = whole.take(index)
    alone = change_frame(changes.take(pa.array(index)), DENSE, whole.names)
    np.testing.assert_array_equal(part.dense, alone.dense)
    np.testing.assert_array_equal(part.members.numbers, alone.members.numbers)
    assert not (part.members.marks != alone.members.marks).nnz
    assert not (part.differences != alone.differences).nnz


def test_slices_and_chunks_do_not_matter(changes: pa.Table) -> None:
    whole = change_frame(changes, DENSE, difference_names(changes))
    part = change_frame(pa.concat_tables([changes.slice(5, 2), changes.slice(7, 9)]), DENSE, whole.names)
    assert not (whole.take(slice(5, 16)).differences != part.differences).nnz


def test_a_missing_column_is_named(changes: pa.Table) -> None:
    with pytest.raises(TrainingDataError, match="columns missing: differences"):
        change_frame(changes.drop_columns(["differences"]), DENSE, ())


def test_new_marks_are_judged_and_known_ones_stand_beside_them(changes: pa.Table) -> None:
    members = change_frame(changes, DENSE, ()).members
    assert members.known_marks is not None
    act = members.marks[:, mark_hash("finding_secrets_to_network")]
    assert 80 == act.nnz
    assert members.known_marks[:, mark_hash("os_system")].nnz == len(members)
    new = members.numbers[act.nonzero()[0]]
    assert {(0.0, 1.0)} == {(float(row[1]), float(row[2])) for row in new}


def test_slim_members_keep_the_payload_and_drop_the_paths(changes: pa.Table, make_changed: Make) -> None:
    many = [make_changed(f"{n}.py", {"os_system": 9, "os_popen": 2}) for n in range(CHANGED_KEPT)]
    quiet = make_changed("data.bin", {}, file_type="text")
    kind = changes.schema.field("changed_members").type
    column = pa.chunked_array([pa.array([[*many, quiet], None, [quiet]], kind)])
    slim = slim_changed(column, ["data.bin", None, ""])
    rows = slim.to_pylist()
    assert [CHANGED_KEPT, 0, 0] == [len(row) for row in rows]
    assert {"payload": True, "file_type": "text"}.items() <= rows[0][0].items()
    assert "path" not in rows[0][0]
    again = slim_changed(pa.chunked_array([slim]))
    assert again.equals(slim)


def test_a_start_up_file_without_marks_is_judged_too(changes: pa.Table, make_changed: Make) -> None:
    kind = changes.schema.field("changed_members").type
    row = [make_changed("a.pth", {}, file_type="pth"), make_changed("b.txt", {}, file_type="text")]
    table = changes.slice(0, 1).set_column(
        changes.column_names.index("changed_members"), changes.schema.field("changed_members"), pa.array([row], kind)
    )
    assert [0] == change_frame(table, DENSE, ()).members.position.tolist()


def test_members_that_hold_a_payload_are_marked(changes: pa.Table) -> None:
    slim = pa.chunked_array([slim_changed(changes["changed_members"], changes["payload_member"].to_pylist())])
    table = changes.set_column(changes.column_names.index("changed_members"), "changed_members", slim)
    members = change_frame(table, DENSE, ()).members
    held = payload_mask(slim, members)
    assert 80 == held.sum()
    assert (members.marks[:, mark_hash("finding_secrets_to_network")].toarray().ravel() > 0).tolist() == held.tolist()
    assert not payload_mask(changes["changed_members"], members).any()
