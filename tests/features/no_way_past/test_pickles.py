"""Pickles that start a program, in the containers and under the names of models; nothing loads them."""

import bz2
import gzip
import io
import lzma
import tarfile
import zipfile
import zlib
from pathlib import Path

import pytest

from features.extract import extract_row
from features.limits import Limits

PICKLE = b"\x80\x04\x8c\x02os\x94\x8c\x06system\x94\x93\x94\x8c\x0becho boojum\x94\x85\x94R\x94."
ARRAY = (
    b"\x93NUMPY\x01\x00v\x00" + b"{'descr': '|O', 'fortran_order': False, 'shape': (1,), }".ljust(0x75) + b"\n" + PICKLE
)


def zipped(files: dict[str, bytes]) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        for path, data in files.items():
            archive.writestr(path, data)
    return made.getvalue()


def tarred(path: str, data: bytes) -> bytes:
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w") as archive:
        info = tarfile.TarInfo(path)
        info.size = len(data)
        archive.addfile(info, io.BytesIO(data))
    return made.getvalue()


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("ranker.pkl", PICKLE),
        ("noext", PICKLE),
        ("logo.png", PICKLE),
        ("old.pth", PICKLE),
        ("a.joblib", zlib.compress(PICKLE)),
        ("a.pkl.gz", gzip.compress(PICKLE, mtime=0)),
        ("a.dat", lzma.compress(PICKLE)),
        ("m.bin", bz2.compress(PICKLE)),
        ("m.pt", zipped({"archive/data.pkl": PICKLE, "archive/version": b"3"})),
        ("m.nemo", tarred("model/data.pkl", PICKLE)),
        ("w.npy", ARRAY),
        ("w.npz", zipped({"a.npy": ARRAY})),
        ("p0.model", b"cos\nsystem\n(S'id'\ntR."),
    ],
)
def test_a_pickle_that_starts_a_program_is_found_in_any_container(name: str, data: bytes, tmp_path: Path) -> None:
    path = tmp_path / "demo-1.0-py3-none-any.whl"
    path.write_bytes(zipped({"demo/__init__.py": b"x = 1\n", f"demo/{name}": data}))
    row = extract_row(path, path.name, Limits())
    assert (1, "pickle_execution") == (row.values["binary_pickle_execution"], row.evidence[0].indicator)
