import numpy as np
import pyarrow as pa
import pytest

from jobs.changes.comparable_paths import comparable, strip_roots, without_package


@pytest.mark.parametrize(
    ("expected", "path"),
    [
        ("six.py", "six.py"),
        ("pkg/a.py", "src/pkg/a.py"),
        (".dist-info/METADATA", "six-1.16.0.dist-info/METADATA"),
        (".egg-info/PKG-INFO", "six.egg-info/PKG-INFO"),
        ("pkg/a.py", "six-1.0.data/purelib/pkg/a.py"),
        (".data/scripts/run", "six-1.0.data/scripts/run"),
        ("pkg/fast.so", "pkg/fast.cpython-312-x86_64-linux-gnu.so"),
        ("pkg/fast.so", "pkg/fast.abi3.so"),
        ("pkg/fast.pyd", "pkg/fast.cp312-win_amd64.pyd"),
        ("pkg/__pycache__/a.pyc", "pkg/__pycache__/a.cpython-312.pyc"),
        ("static/main.#.js", "static/main.8f2c9b1a.js"),
        ("static/jquery-#.min.js", "static/jquery-3.2.1.min.js"),
        ("demo.zip!/inner/a.py", "demo.zip!/inner/a.py"),
    ],
)
def test_what_a_version_or_a_build_puts_into_a_path_is_left_out(expected, path):
    assert [expected] == comparable(pa.array([path])).to_pylist()


def strip(*paths, wheel=False):
    return strip_roots(pa.array(paths), np.zeros(len(paths), np.int64), np.array([wheel])).to_pylist()


def test_the_top_folder_of_an_sdist_is_left_out():
    assert ["setup.py", "six/a.py"] == strip("six-1.0/setup.py", "six-1.0/six/a.py")
    assert ["setup.py", "a.py"] == strip("odd/setup.py", "odd/a.py")


def test_a_member_outside_of_the_top_folder_does_not_keep_it():
    assert ["setup.py", "lure.txt"] == strip("six-1.0/setup.py", "lure.txt")


def test_a_wheel_has_no_top_folder():
    assert ["six/a.py", "six/b.py"] == strip("six/a.py", "six/b.py", wheel=True)


def test_each_artifact_has_its_own_top_folder():
    paths = pa.array(["six-1.0/a.py", "six-1.1/a.py", "six/a.py"])
    assert ["a.py", "a.py", "six/a.py"] == strip_roots(
        paths, np.array([0, 1, 2]), np.array([False, False, True])
    ).to_pylist()


def test_nothing_is_stripped_of_nothing():
    assert [] == strip()


def test_the_package_folder_is_left_out_for_another_project():
    assert ["a.py", "setup.py"] == without_package(pa.array(["requests/a.py", "setup.py"])).to_pylist()
