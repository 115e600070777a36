import pyarrow as pa

from jobs.changes.contract import dense


def test_a_column_of_numbers_carries_its_meaning():
    assert {b"meaning": b"something"} == dense("change_x", pa.int32(), "something").metadata
