"""Builds small inert packages in memory, for variants to be made from."""

import gzip
import io
import tarfile
import zipfile
from collections.abc import Callable, Mapping

import pytest

from jobs.corpus.rows import Label
from jobs.corpus.variants.contract import CorpusArtifact, Package, Variant, VariantContext
from jobs.corpus.variants.packing import read_package
from jobs.corpus.wheel_record import record_line

SDIST = {
    "PKG-INFO": "Metadata-Version: 2.1\nName: quillbox\nVersion: 1.2\nSummary: writes quills\n\nA box.\n",
    "setup.py": '"""Build."""\nfrom setuptools import setup\n\nsetup(name="quillbox", version="1.2", install_requires=["feather"])\n',
    "quillbox/__init__.py": '"""Quills."""\nfrom __future__ import annotations\n\nfrom quillbox.pen import draw\n\n__version__ = "1.2"\n',
    "quillbox/pen.py": 'import math\n\n\ndef draw(width):\n    area = math.pi * width\n    return f"{area:.2f}"\n',
    "quillbox/deep/__init__.py": "",
    "quillbox/deep/nib.py": "NIB = 3\n",
    "tests/__init__.py": "",
    "quillbox.egg-info/SOURCES.txt": "setup.py\nquillbox/__init__.py\n",
    "quillbox.egg-info/requires.txt": "feather\n",
}
WHEEL = {
    "quillbox/__init__.py": SDIST["quillbox/__init__.py"],
    "quillbox/pen.py": SDIST["quillbox/pen.py"],
    "quillbox-1.2.dist-info/METADATA": SDIST["PKG-INFO"],
    "quillbox-1.2.dist-info/WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
}


def tar_bytes(files: Mapping[str, str | bytes], root: str = "quillbox-1.2/") -> bytes:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as archive:
        for path, content in files.items():
            data = content.encode() if isinstance(content, str) else content
            info = tarfile.TarInfo(root + path)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return gzip.compress(packed.getvalue())


def zip_bytes(files: Mapping[str, str | bytes], root: str = "") -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for path, content in files.items():
            archive.writestr(root + path, content)
    return packed.getvalue()


def wheel_bytes(files: Mapping[str, str] = WHEEL) -> bytes:
    lines = [record_line(path, text.encode()) + "\n" for path, text in files.items()]
    record = "quillbox-1.2.dist-info/RECORD"
    return zip_bytes({**files, record: "".join(lines) + f"{record},,\n"})


@pytest.fixture
def sdist() -> Package:
    return read_package(tar_bytes(SDIST), "quillbox-1.2.tar.gz", "quillbox", "1.2")


@pytest.fixture
def wheel() -> Package:
    return read_package(wheel_bytes(), "quillbox-1.2-py3-none-any.whl", "quillbox", "1.2")


def context_of(variant: Variant, **more) -> VariantContext:
    return VariantContext(variant, variant.rng(), **more)


def changed_paths(before: Package, after: Package) -> set[str]:
    return {path for path, data in after.files().items() if before.files().get(path) != data}


@pytest.fixture
def variant() -> Callable[..., Variant]:
    def make(kind: str, recipe: str, *, payload: str = "", payload_loc: str = "", seed: int = 1, donor=None) -> Variant:
        base = CorpusArtifact((), "quillbox-1.2.tar.gz", "0" * 64, "quillbox", "1.2", payload_loc)
        label = Label("0" * 64, base.filename, 1, 1, "c", "7", None, "variant", "train", payload_loc)
        return Variant("variant", kind, recipe, seed, base, label, donor, payload)

    return make
