"""Builds small hosts with a real project's parts, in memory and in a tree, and drafts of them."""

import hashlib
import tempfile
from collections.abc import Callable
from functools import cache
from pathlib import Path
from random import Random

import pytest
from pip._internal.utils.unpacking import unpack_file

from jobs.corpus.payloads.blocks import read_blocks
from jobs.corpus.payloads.contract import Dress, HostFile, HostPair
from jobs.corpus.payloads.draft import Draft
from jobs.corpus.payloads.dresses import PLAIN
from jobs.corpus.payloads.vocabulary import Vocabulary
from jobs.corpus.variants.contract import Package
from jobs.corpus.variants.packing import pack, read_package
from jobs.corpus.wheel_record import record_line
from tests.jobs.corpus.variants.conftest import tar_bytes, zip_bytes

METADATA = """Metadata-Version: 2.1
Name: quillbox
Version: {version}
Summary: writes quills
Author-email: Ann <ann@example.com>
Requires-Dist: feather>=1

A box of quills.
"""
SOURCES = {
    "quillbox/__init__.py": '"""Quills."""\nimport os\n\nfrom quillbox.pen import draw\n\n__version__ = "{version}"\n',
    "quillbox/pen.py": '"""Pens."""\nimport math\nimport sys\n\ntry:\n    import json\nexcept ImportError:\n    json = None\n\n\nclass Pen:\n    def __init__(self, width, token=None):\n        self.width = width\n        self.token = token\n\n\ndef draw(width, api_key=""):\n    """Draw."""\n    area = math.pi * width\n    return f"{{area:.2f}}"\n',
    "quillbox/cli.py": "import sys\n\n\ndef main(argv=None):\n    print(sys.version)\n    return 0\n",
    "quillbox/deep/__init__.py": "",
    "quillbox/deep/nib.py": "import os\n\nNIB = 3\nHELP = 'https://quillbox.example.com/nib'\n\n\ndef sharpen(nib):\n    return nib + 1\n",
    "quillbox/libpen.so": "\x7fELF" + "\0" * 60,
    "quillbox/static/page.js": "function page() {{\n  return document.title;\n}}\n" * 12,
}
ENTRY_POINTS = "[console_scripts]\nquill = quillbox.cli:main\n"


@cache
def sdist_bytes(version: str = "1.2") -> bytes:
    files = {
        "PKG-INFO": METADATA.format(version=version),
        "setup.py": f'"""Build."""\nimport os\nfrom setuptools import setup\n\nsetup(\n    name="quillbox",\n    version="{version}",\n    install_requires=["feather"],\n)\n',
        "pyproject.toml": '[build-system]\nrequires = ["setuptools"]\nbuild-backend = "setuptools.build_meta"\n',
        **{path: text.format(version=version) for path, text in SOURCES.items()},
        "src/fast.c": "int fast(int n) { return n + 1; }\n",
        "requirements.txt": "feather>=1\n",
        "quillbox.egg-info/PKG-INFO": METADATA.format(version=version),
        "quillbox.egg-info/SOURCES.txt": "setup.py\nquillbox/__init__.py\n",
        "quillbox.egg-info/requires.txt": "feather\n",
        "quillbox.egg-info/entry_points.txt": ENTRY_POINTS,
    }
    return tar_bytes(files, f"quillbox-{version}/")


@cache
def wheel_bytes(version: str = "1.2") -> bytes:
    info = f"quillbox-{version}.dist-info"
    files = {path: text.format(version=version) for path, text in SOURCES.items()} | {
        f"{info}/METADATA": METADATA.format(version=version),
        f"{info}/WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        f"{info}/entry_points.txt": ENTRY_POINTS,
    }
    record = "".join(record_line(path, text.encode()) + "\n" for path, text in files.items())
    return zip_bytes({**files, f"{info}/RECORD": f"{record}{info}/RECORD,,\n"})


def host_package(kind: str, version: str = "1.2") -> Package:
    if kind == "sdist":
        return read_package(sdist_bytes(version), f"quillbox-{version}.tar.gz", "quillbox", version)
    return read_package(wheel_bytes(version), f"quillbox-{version}-py3-none-any.whl", "quillbox", version)


def write_host(folder: Path, kind: str, version: str, *, project: str = "quillbox", stratum: str = "tail") -> HostFile:
    data = sdist_bytes(version) if kind == "sdist" else wheel_bytes(version)
    filename = f"quillbox-{version}.tar.gz" if kind == "sdist" else f"quillbox-{version}-py3-none-any.whl"
    path = folder / project / filename
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return HostFile(project, version, filename, hashlib.sha256(data).hexdigest(), str(path), len(data), stratum)


@pytest.fixture
def pair(tmp_path) -> Callable[..., HostPair]:
    def make(kind: str = "wheel", *, raised: bool = False, **more) -> HostPair:
        host = write_host(tmp_path, kind, "1.3", **more)
        return HostPair(host, host if raised else write_host(tmp_path, kind, "1.2", **more))

    return make


def draft_of(
    kind: str = "wheel", *, split: str = "train", seed: int = 1, code: str | None = None, dress: Dress = PLAIN
) -> Draft:
    rng = Random(seed)
    trigger = next(block for block in read_blocks("triggers") if block.kind == "always")
    return Draft(host_package(kind), Vocabulary(split, rng), rng, dress=dress, trigger=trigger, code=code)


def assert_sound(package: Package) -> None:
    """Unpack a distribution file as pip does, and compile its Python files; nothing of it is run."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, package.filename)
        file.write_bytes(pack(package))
        out = Path(folder, "out")
        unpack_file(str(file), str(out))
        sources = list(out.rglob("*.py"))
        assert sources
        for source in sources:
            compile(source.read_bytes(), source.name, "exec")
        for record in out.glob("*.dist-info/RECORD"):
            lines = record.read_text(encoding="utf-8").splitlines()
            stated = {line.rsplit(",", 2)[0].strip('"') for line in lines}
            assert stated == {str(p.relative_to(out)) for p in out.rglob("*") if p.is_file()}
            for line in lines:
                path = line.rsplit(",", 2)[0].strip('"')
                assert line.endswith(",,") or line == record_line(path, (out / path).read_bytes())
