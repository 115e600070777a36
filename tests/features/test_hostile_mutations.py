"""Small artifacts with a slice flipped, cut, doubled or exchanged give rows and raise nothing."""

import gzip
import io
import struct
import tarfile
import zipfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from features.archive.file_type import file_type_of
from features.code.analyse_file import analyse_file
from features.contract import Kind, Member, Release, Role, Row, Status
from features.extract import extract_row
from features.limits import Limits
from features.opening import open_release
from features.packaging.metadata import core_metadata_from_headers, parse_metadata_headers
from features.packaging.setup_files import read_pyproject, read_setup_cfg, read_setup_py
from features.registry import GROUPS

SECONDS = 10.0
LIMITS = Limits(inflated_bytes=32 * 2**20, kept_bytes=8 * 2**20, members=1_000, seconds=SECONDS)

SETUP = b"""from setuptools import setup
import base64, os, subprocess
KEY = [104, 105, 33]

class Install(object):
    def run(self):
        if os.name == "nt":
            exec(base64.b64decode("cHJpbnQoJ2hpJyk=").decode())
        subprocess.call(["echo", f"{KEY!r:>{4}}", 'x' * 10], shell=True)

setup(name="demo", version="1.0", author="A", author_email="a@b.example",
      install_requires=["six>=1.0"], cmdclass={"install": Install})
"""
METADATA = b"""Metadata-Version: 2.1
Name: demo
Version: 1.0
Summary: A demonstration
Author-email: "A B" <a@b.example>, C <c@d.example>
Home-page: https://demo.example/a?b=c
Project-URL: Source, https://code.example/demo
Classifier: License :: OSI Approved :: MIT License
Requires-Dist: six>=1.0,!=2; extra == 'x'
Description-Content-Type: text/markdown

# demo

`pip install demo` \xc3\xa9
"""
FILES = {
    "demo-1.0/PKG-INFO": METADATA,
    "demo-1.0/setup.py": SETUP,
    "demo-1.0/setup.cfg": b"[metadata]\nname = demo\nurl = https://a.example\n[options]\ninstall_requires =\n  six\n",
    "demo-1.0/pyproject.toml": b'[build-system]\nrequires = ["setuptools"]\n[project]\nname = "demo"\nauthors = [{name = "A"}]\n',
    "demo-1.0/demo/__init__.py": b"from .inner import *\n\ndef main(a: int = 1) -> None:\n    return [x for x in a if x]\n",
    "demo-1.0/demo.pth": b"import os; os.getcwd()\n",
    "demo-1.0/demo/blob.bin": bytes(range(256)) * 8,
}  # fmt: skip
WHEEL = {
    "demo/__init__.py": FILES["demo-1.0/demo/__init__.py"],
    "demo-1.0.dist-info/METADATA": METADATA,
    "demo-1.0.dist-info/WHEEL": b"Wheel-Version: 1.0\nTag: py3-none-any\n",
    "demo-1.0.dist-info/RECORD": b"demo/__init__.py,sha256=AAAA,12\ndemo-1.0.dist-info/RECORD,,\n",
    "demo-1.0.dist-info/entry_points.txt": b"[console_scripts]\ndemo = demo:main\n",
}


def tarred(files: dict[str, bytes]) -> bytes:
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w", format=tarfile.PAX_FORMAT) as tar:
        for name, data in files.items():
            info = tarfile.TarInfo(name)
            info.size, info.pax_headers = len(data), {"comment": "c"}
            tar.addfile(info, io.BytesIO(data))
        for kind in (tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.DIRTYPE, tarfile.FIFOTYPE):
            info = tarfile.TarInfo(f"demo-1.0/{kind.decode()}" + "n" * 120)
            info.type, info.linkname = kind, "demo-1.0/setup.py"
            tar.addfile(info)
    return made.getvalue()


def zipped(files: dict[str, bytes], method: int = zipfile.ZIP_STORED) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", method) as archive:
        for name, data in files.items():
            archive.writestr(zipfile.ZipInfo(name), data, method)
    return made.getvalue()


ARCHIVES = (
    tarred(FILES),
    gzip.compress(tarred(FILES), mtime=0),
    zipped(WHEEL),
    zipped({**WHEEL, "demo/inner.zip": zipped(FILES), "demo/inner.tgz": gzip.compress(tarred(FILES))}),
    zipped(WHEEL, zipfile.ZIP_DEFLATED),
    zipped(WHEEL, zipfile.ZIP_LZMA),
)
NAMES = ("demo-1.0.tar.gz", "demo-1.0-py3-none-any.whl", "demo-1.0.zip", "demo-1.0-py3.11.egg")
BOLD = st.sampled_from([b"\xff" * 4, b"\0" * 8, b"PK\1\2", b"PK\3\4", b"PK\5\6", b"\x1f\x8b\x08", b"ustar", b"'", b'"""', b"\\",
                        b"\n", b"(", b"{", b"f'{", b"\xef\xbb\xbf", b"# coding: utf-7\n", b"0" * 9, b": ", b"\x80", b"99999999999"])  # fmt: skip


@st.composite
def mutated(draw: st.DrawFn, originals: tuple[bytes, ...]) -> bytes:
    """Draw one of the originals after up to six changes."""
    data = draw(st.sampled_from(originals))
    for _ in range(draw(st.integers(1, 6))):
        at = draw(st.integers(0, len(data)))
        size = draw(st.integers(0, 64))
        how = draw(st.sampled_from(("flip", "insert", "delete", "double", "move", "number", "bold")))
        here = data[at : at + size]
        if how == "flip" and at < len(data):
            data = data[:at] + bytes([data[at] ^ 1 << draw(st.integers(0, 7))]) + data[at + 1 :]
        elif how == "insert":
            data = data[:at] + draw(st.binary(max_size=16)) + data[at:]
        elif how == "delete":
            data = data[:at] + data[at + size :]
        elif how == "double":
            data = data[:at] + here * draw(st.integers(2, 9)) + data[at + size :]
        elif how == "move":
            to = draw(st.integers(0, len(data)))
            data = data[:to] + here + data[to:]
        elif how == "number":
            data = (
                data[:at]
                + struct.pack("<Q", draw(st.integers(0, 2**64 - 1)))[: size % 8 + 1]
                + data[at + size % 8 + 1 :]
            )
        else:
            bold = draw(BOLD)
            data = data[:at] + bold + data[at + len(bold) :]
    return data


@pytest.fixture(scope="module")
def scratch(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("mutations") / "artifact"


def check_row(row: Row) -> None:
    """Assert that a row is complete and consistent."""
    assert "internal error" not in row.reason, row.reason
    columns = {column.name for group in GROUPS for column in group.columns}
    assert set(row.values) == (set() if row.status is Status.UNREADABLE else columns)
    assert (row.status is Status.OK) == (not row.reason)


shared = settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow], deadline=None)


@pytest.mark.slow
@settings(shared, max_examples=400)
@given(data=mutated(ARCHIVES), name=st.sampled_from(NAMES))
def test_a_damaged_archive_is_opened_or_says_why_not(scratch: Path, data: bytes, name: str) -> None:
    scratch.write_bytes(data)
    result = open_release(scratch, name, LIMITS)
    assert (result.release is None) == (result.status is Status.UNREADABLE)
    if result.release is not None:
        assert sum(len(member.data) for member in result.release.members) <= LIMITS.kept_bytes + 2**20
        assert all(member.digest or member.problem or not member.size for member in result.release.members)


@settings(shared, max_examples=60)
@given(data=mutated(ARCHIVES), name=st.sampled_from(NAMES))
def test_a_damaged_archive_gives_a_row(scratch: Path, data: bytes, name: str) -> None:
    scratch.write_bytes(data)
    check_row(extract_row(scratch, name, LIMITS))


TEXTS = tuple(data for name, data in (FILES | WHEEL).items() if not name.endswith((".bin", ".py")))


@settings(shared, max_examples=400)
@given(data=mutated(TEXTS))
def test_damaged_metadata_is_parsed(data: bytes) -> None:
    metadata = core_metadata_from_headers("PKG-INFO", parse_metadata_headers(data))
    assert all(isinstance(value, str) for value in (metadata.name, metadata.summary, *metadata.requires_dist))
    for reader in (read_setup_cfg, read_pyproject, read_setup_py):
        reader(data)


@settings(shared, max_examples=80)
@given(data=mutated(TEXTS), path=st.sampled_from(sorted(FILES | WHEEL)))
def test_damaged_metadata_fills_every_column(data: bytes, path: str) -> None:
    extract_all(path, data)


@settings(shared, max_examples=250)
@given(data=mutated((SETUP, FILES["demo-1.0/demo/__init__.py"])), role=st.sampled_from(Role))
def test_damaged_source_is_analysed(data: bytes, role: Role) -> None:
    found = analyse_file(data, role)
    assert found.parsed == (not found.reason)
    assert all(count >= 0 for count in found.counts.values())


@settings(shared, max_examples=60)
@given(
    data=mutated((SETUP, FILES["demo-1.0/demo.pth"])),
    path=st.sampled_from(["demo-1.0/setup.py", "demo-1.0/a.pth", "a"]),
)
def test_damaged_source_fills_every_column(data: bytes, path: str) -> None:
    extract_all(path, data)


def extract_all(path: str, data: bytes) -> None:
    """Show one member to every group and assert that each fills its columns."""
    member = Member(
        path, len(data), file_type_of(path, data[:4096], len(data)), Role.INSTALL, data, data[:4096], bytes(16)
    )
    kind = Kind.WHEEL if ".dist-info/" in path else Kind.SDIST
    release = Release("demo-1.0.tar.gz", "demo", "1.0", kind, "tar.gz", len(data), (member,), "demo-1.0/")
    for group in GROUPS:
        assert set(group.extract(release).values) == {column.name for column in group.columns}
