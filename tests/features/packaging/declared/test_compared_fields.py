import pytest

from features.contract import DeclaredFields
from features.limits import Limits
from features.opening import open_release
from features.packaging.declared.compared_fields import FIELD_CHARS, declared_fields
from features.packaging.metadata import read_core_metadata

PKG_INFO = """Metadata-Version: 2.1
Name: demo
Version: 1.0
Author: A. Shepherd
Author-email: a@sheep.example
Maintainer-email: B. Shepherd <b@sheep.example>, c@sheep.example
Home-page: https://sheep.example
"""


def fields_of(path):
    release = open_release(path, path.name, Limits()).release
    assert release is not None
    return declared_fields(read_core_metadata(release), release)


def test_fields_of_an_sdist(make_sdist):
    build = '[build-system]\nrequires = ["hatchling"]\nbuild-backend = "hatchling.build"\n'
    assert fields_of(make_sdist({"PKG-INFO": PKG_INFO, "pyproject.toml": build})) == DeclaredFields(
        "A. Shepherd",
        "a@sheep.example",
        "B. Shepherd",
        "b@sheep.example, c@sheep.example",
        "https://sheep.example",
        "hatchling.build",
        "2.1",
    )


def test_the_backend_of_a_wheel_is_what_wrote_it(make_wheel):
    wheel = "Wheel-Version: 1.0\nGenerator: Bdist_Wheel (0.37.1)\nRoot-Is-Purelib: true\n"
    assert "bdist_wheel" == fields_of(make_wheel({"demo-1.0.dist-info/WHEEL": wheel})).build_backend


@pytest.mark.parametrize("build", ["build-backend = 3", "[build-system]\nbuild-backend = 3\n", "build-backend ("])
def test_a_backend_that_is_no_name_is_missing(make_sdist, build):
    assert "" == fields_of(make_sdist({"pyproject.toml": build})).build_backend


def test_fields_are_bounded_and_can_be_stored(make_sdist, tmp_path):
    long = fields_of(make_sdist({"PKG-INFO": PKG_INFO.replace("A. Shepherd", "x" * 9_999)}))
    assert FIELD_CHARS == len(long.author)
