"""Earlier extractions change no row: the same contents in other places, roles and releases."""

import io
import tarfile
from itertools import permutations

import pytest

from features.extract import extract_row
from features.limits import Limits
from features.runtime.cache import caches, clear_caches

LOADER = "import base64\nexec(base64.b64decode('" + "cHJpbnQoMSkK" * 3 + "'))\n"
HELPER = "import subprocess\n\n\ndef go(x):\n    return subprocess.run(x, shell=True)\n"
LONG = "import os\n" + "\n".join(f"def f{number}(x):\n    return x + {number}\n" for number in range(300)) + HELPER
LICENCE = (
    "MIT License\n\nPermission is hereby granted, free of charge, to any person obtaining a copy of this software\n"
)
README = "# Sheep\n\nCount them. import os\n"
COOKIE = b"# -*- coding: utf-16 -*-\nimport os\nos.system('true')\n"


@pytest.fixture
def artifacts(make_sdist, make_wheel):
    """Return artifacts that share contents, though not what these are there."""
    cold = "import demo.helper\n\n\ndef run():\n    demo.helper.go('true')\n"
    return [
        make_sdist({"setup.py": LOADER, "demo/__init__.py": HELPER, "demo/long.py": LONG, "LICENSE": LICENCE}, "one"),
        make_sdist(
            {"setup.py": HELPER, "demo/__init__.py": LONG, "tests/test_a.py": LOADER, "README.md": README}, "two"
        ),
        make_wheel(
            {"demo/__init__.py": cold, "demo/helper.py": HELPER, "demo/long.py": LONG, "a.pth": LOADER}, "three"
        ),
        make_wheel({"demo/__init__.py": cold, "demo/helper.py": LOADER, "demo/long.txt": LONG, "b.py": COOKIE}, "four"),
        make_wheel({"demo/__init__.py": cold, "demo/helper.py": HELPER, "demo/long.py": LONG, "c.txt": COOKIE}, "five"),
        make_sdist({"setup.py": "from setuptools import setup\nsetup()\n", "setup.cfg": LOADER, "x.py": README}, "six"),
    ]


def test_what_stood_in_the_release_before_comes_from_the_caches(artifacts):
    clear_caches()
    before = {name: cache.hits for name, cache in caches().items()}
    for path in artifacts[:3] * 2:
        extract_row(path, path.name, Limits())
    used = {name for name, cache in caches().items() if cache.hits > before[name]}
    assert {"inflated_members", "decoded_texts", "code_summaries", "line_shapes", "source_words"} <= used
    assert all(cache.held <= cache.budget for cache in caches().values())


def test_a_row_is_the_same_whatever_was_read_before(artifacts):
    alone = {}
    for path in artifacts:
        clear_caches()
        alone[path] = extract_row(path, path.name, Limits())
    for order in list(permutations(artifacts))[::40]:
        clear_caches()
        for path in order:
            assert alone[path] == extract_row(path, path.name, Limits())


def test_what_the_reader_hashed_is_not_hashed_again(make_wheel, tmp_path, monkeypatch):
    def fail(_):
        raise AssertionError

    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w:gz") as archive:
        for name, data in (("demo-1.0/PKG-INFO", b"Name: demo\n"), ("demo-1.0/a.py", HELPER.encode())):
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
        link = tarfile.TarInfo("demo-1.0/setup.py")
        link.type, link.linkname = tarfile.SYMTYPE, "a.py"
        archive.addfile(link)
    sdist = tmp_path / "demo-1.0.tar.gz"
    sdist.write_bytes(made.getvalue())
    native = b"\x7fELF" + bytes(100)
    wheel = make_wheel({"demo/__init__.py": HELPER, "demo/core.so": native, "LICENSE": LICENCE})
    clear_caches()
    monkeypatch.setattr("features.contract.content_key", fail)
    assert [extract_row(path, path.name, Limits()).reason for path in (sdist, wheel)] == ["", ""]
