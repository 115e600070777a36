from pathlib import Path

import numpy as np
import pytest

from model.arrays import read_arrays, write_arrays


def test_arrays_return_and_bytes_repeat(tmp_path: Path) -> None:
    arrays = {"a": np.arange(5, dtype=np.int32), "b": np.array([[0.1, np.nan]])}
    write_arrays(tmp_path / "one.npz", arrays)
    write_arrays(tmp_path / "two.npz", arrays)
    assert (tmp_path / "one.npz").read_bytes() == (tmp_path / "two.npz").read_bytes()
    back = read_arrays(tmp_path / "one.npz")
    assert list(back) == ["a", "b"]
    np.testing.assert_array_equal(arrays["b"], back["b"])


def test_an_array_of_objects_is_refused_both_ways(tmp_path: Path) -> None:
    objects = np.array([{}], dtype=object)
    with pytest.raises(ValueError, match="allow_pickle=False"):
        write_arrays(tmp_path / "bad.npz", {"a": objects})
    np.savez(tmp_path / "bad.npz", a=objects)
    with pytest.raises(ValueError, match="allow_pickle=False"):
        read_arrays(tmp_path / "bad.npz")
