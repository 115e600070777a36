import numpy as np
import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from jobs.changes.ragged import (
    Items,
    absent,
    contains,
    count_rows,
    first_of_each,
    flatten,
    greatest_of_rows,
    join_codes,
    joined_fields,
    lookup_greatest,
    regroup,
    select_heaviest,
    share_codes,
    sum_rows,
    texts,
    to_bools,
    to_ints,
    whole,
)

LISTS = st.lists(st.lists(st.integers(0, 5), max_size=6), max_size=8)


def ints(*values):
    return np.array(values, np.int64)


@given(LISTS)
def test_lists_survive_being_flattened_and_grouped_again(lists):
    items = flatten(pa.array(lists, pa.list_(pa.int64())))
    assert lists == regroup(items.values, items.rows, len(lists)).to_pylist()


def test_a_null_and_a_slice_are_flattened_right():
    lists = pa.chunked_array([pa.array([[9], [1, 2], None, []], pa.list_(pa.int64())).slice(1), [[3]]])
    items = flatten(lists)
    assert ([0, 0, 3], [1, 2, 3]) == (items.rows.tolist(), items.values.to_pylist())


@given(
    LISTS.flatmap(
        lambda left: st.tuples(
            st.just(left), st.lists(st.lists(st.integers(0, 5)), min_size=len(left), max_size=len(left))
        )
    )
)
def test_absent_items_are_those_of_the_row_that_the_other_row_lacks(sides):
    left, right = (flatten(pa.array(side, pa.list_(pa.int64()))) for side in sides)
    expected = [item not in other for mine, other in zip(*sides, strict=True) for item in mine]
    assert expected == absent(left, left.values, right, right.values).tolist()


@given(LISTS, st.integers(1, 3))
def test_the_heaviest_of_each_row_are_selected(lists, most):
    items = flatten(pa.array(lists, pa.list_(pa.int64())))
    weights = to_ints(items.values)
    at = select_heaviest(items.rows, weights, most)
    assert [item for each in lists for item in sorted(each, reverse=True)[:most]] == weights[at].tolist()


def test_codes_are_equal_where_values_are():
    left, right, values = share_codes(pa.array(["a", "b", None]), pa.array(["b", None]))
    assert (left[1], left[2]) == (right[0], right[1])
    assert ["a", "b", None] == values.to_pylist()


def test_joined_codes_differ_where_any_part_differs():
    assert [0, 3, 4] == join_codes((ints(0, 1, 1), 0), (ints(0, 0, 1), 3)).tolist()


def test_codes_are_found():
    assert [True, False] == contains(ints(1, 2), ints(2, 3)).tolist()


def test_the_greatest_value_of_a_code_is_found():
    assert [7, -1] == lookup_greatest(ints(4, 4, 9), ints(5, 7, 1), ints(4, 6), -1).tolist()
    assert [-1] == lookup_greatest(ints(), ints(), ints(4), -1).tolist()


def test_items_are_counted_summed_and_compared_by_row():
    rows, values = ints(0, 0, 2), ints(1, 5, 3)
    mask = np.array([True, False, True])
    assert [2, 0, 1] == count_rows(rows, 3).tolist()
    assert [1, 0, 1] == count_rows(rows, 3, mask).tolist()
    assert [6, 0, 3] == sum_rows(rows, 3, values).tolist()
    assert [1, 0, 3] == sum_rows(rows, 3, values, mask).tolist()
    assert [5, 0, 3] == greatest_of_rows(rows, 3, values).tolist()
    assert [1, 0, 3] == greatest_of_rows(rows, 3, values, mask).tolist()


def test_the_first_of_each_combination_is_marked():
    assert [True, False, True] == first_of_each(ints(1, 1, 1), ints(2, 2, 3)).tolist()
    assert [] == first_of_each(ints(), ints()).tolist()


def test_columns_become_plain_arrays():
    assert [1, 0, 1] == to_ints(pa.array([True, None, True])).tolist()
    assert ["", "a"] == texts(pa.array([None, "a"])).to_pylist()
    assert [True, False] == to_bools(pa.array([True, False])).tolist()
    assert [] == whole(pa.chunked_array([], pa.int32())).to_pylist()


def test_fields_of_structs_are_joined_and_filtered():
    items = Items(ints(0, 1), pa.array([{"a": "x", "b": None}, {"a": "y", "b": "z"}]))
    assert ["x\0", "y\0z"] == joined_fields(items, ("a", "b")).to_pylist()
    assert ["y\0z"] == joined_fields(items.filter(np.array([False, True])), ("a", "b")).to_pylist()
