"""Completeness is derived from an artifact's row."""

import io
import tarfile
import zipfile
from dataclasses import fields

import pytest

from features.archive.anomalies import ANOMALIES
from features.completeness import (
    DAMAGE_COLUMNS,
    FAILED_GROUP,
    STOPPING_LIMITS,
    Completeness,
    completeness_of,
    completeness_of_row,
)
from features.extract import extract_row
from features.limits import Limits
from features.schema import feature_schema


@pytest.fixture
def extent(tmp_path):
    def read(data, **limits):
        path = tmp_path / "demo-1.0.tar.gz"
        path.write_bytes(data)
        return completeness_of_row(extract_row(path, path.name, Limits(**limits)))

    return read


def sdist(files):
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w:gz") as archive:
        for name, data in files.items():
            info = tarfile.TarInfo(f"demo-1.0/{name}")
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return made.getvalue()


def inner():
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        archive.writestr("x.py", b"x = 1\n")
    return made.getvalue()


FILES = {"setup.py": b"x = 1\n" * 3_000, "data.zip": inner(), **{f"{at}.txt": b"text\n" * at for at in range(70)}}


def test_what_was_read_whole(extent):
    assert Completeness.WHOLE == extent(sdist(FILES))


@pytest.mark.parametrize("data", [b"", b"no archive", sdist(FILES)[:10]], ids=["empty", "no archive", "cut short"])
def test_what_cannot_be_read(data, extent):
    assert Completeness.UNREADABLE == extent(data)


@pytest.mark.parametrize(
    "limits",
    [{"members": 20}, {"nesting": 0}, {"kept_bytes": 9_000}],
)
def test_a_limit_of_the_whole_artifact(limits, extent):
    assert Completeness.STOPPED == extent(sdist(FILES), **limits)


def test_damage(extent):
    assert Completeness.STOPPED == extent(sdist(FILES)[:-400])


def test_one_long_file(extent):
    assert Completeness.PARTIAL == extent(sdist(FILES), member_bytes=9_000)


def test_a_member_in_a_format_that_is_not_read(extent):
    assert Completeness.PARTIAL == extent(sdist({**FILES, "data.7z": b"7z\xbc\xaf\x27\x1c" + bytes(60)}))


@pytest.mark.parametrize("limit", sorted(STOPPING_LIMITS))
def test_every_stopping_limit_is_one(limit):
    assert limit in {FAILED_GROUP, *(field.name for field in fields(Limits))}
    assert Completeness.STOPPED == completeness_of("partial", ["syntax_bytes", limit], damaged=False)


def test_damage_is_in_the_schema():
    assert set(DAMAGE_COLUMNS) <= set(feature_schema().names)
    assert {name.removeprefix("files_anomaly_") for name in DAMAGE_COLUMNS} <= {odd.id for odd in ANOMALIES}
