"""The payload in every container, under every name, and in archives inside archives."""

import bz2
import gzip
import lzma
import zipfile
from typing import Any

import pytest

INIT = "demo-1.0/demo/__init__.py"

NAMES = ("demo-1.0.tar.gz", "demo-1.0.tar.bz2", "demo-1.0.tar", "demo-1.0.zip",
         "demo-1.0-py3-none-any.whl", "demo-1.0-py3.11.egg", "demo-1.0.tar.zst", "demo-1.0.deb", "demo")  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("compress", [gzip.compress, bz2.compress, lzma.compress, bytes])
def test_the_payload_is_found_in_a_tar_of_any_name(compress, name, make, examine):
    data = compress(make.tree({"demo/__init__.py": make.code}))
    examine(data, name).is_found(INIT, "import")


def test_the_payload_is_found_in_an_old_lzma_file(make, examine):
    data = lzma.compress(make.tree({"demo/__init__.py": make.code}), format=lzma.FORMAT_ALONE)
    examine(data, "demo-1.0.tar.lzma").is_found(INIT, "import")


@pytest.mark.parametrize("preset", [0, 3, 9])
def test_the_payload_is_found_in_a_nested_lzma_file(preset, make, examine):
    inner = lzma.compress(make.tree({"p.py": make.code}), format=lzma.FORMAT_ALONE, preset=preset)
    examine(make.sdist({"data.bin": inner})).is_found("demo-1.0/data.bin!/demo-1.0/p.py", "rest")


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_the_payload_is_found_in_a_wheel_of_any_name(method, name, make, examine):
    examine(make.wheel({"demo/__init__.py": make.code}, method), name).is_found("demo/__init__.py", "import")


@pytest.mark.parametrize("name", NAMES)
def test_the_payload_is_found_in_an_egg_of_any_name(name, make, examine):
    data = make.zip({"EGG-INFO/PKG-INFO": make.info[1], "demo/__init__.py": make.code})
    examine(data, name).is_found("demo/__init__.py", "import")


@pytest.mark.parametrize("name", NAMES)
def test_the_payload_is_found_in_a_zip_of_any_name(name, make, examine):
    data = make.zip([make.info, (INIT, make.code), ("demo-1.0/setup.py", make.code)])
    seen = examine(data, name)
    seen.is_found(INIT, "import")
    seen.is_found("demo-1.0/setup.py", "install")


@pytest.mark.parametrize("data", [b"\x28\xb5\x2f\xfd" + bytes(60), b"\x1f\x9d\x90" + bytes(60), b"7z\xbc\xaf\x27\x1c" + bytes(60), b"Rar!\x1a\x07\x01\0" + bytes(60)])  # fmt: skip
def test_an_unsupported_container_is_named(data, make, examine):
    for name in NAMES:
        examine(data, name).is_named("cannot be examined")
    examine(make.sdist({"data.bin": data})).is_named("unread")
    examine(make.wheel({"demo/data.bin": data})).is_named("unread")


OUTER: dict[str, Any] = {
    "zip": lambda make, name, data: make.wheel({name: data}),
    "tar.gz": lambda make, name, data: make.sdist({name: data}),
}
INNER: dict[str, Any] = {
    "zip": lambda make, name, data: make.zip({name: data}),
    "zipapp": lambda make, name, data: b"#!/usr/bin/env python3\n" + make.zip({name: data}),
    "wheel": lambda make, name, data: make.wheel({name: data}),
    "tar": lambda make, name, data: make.tar(make.member(name, data)),
    "tar.gz": lambda make, name, data: gzip.compress(make.tar(make.member(name, data))),
    "tar.bz2": lambda make, name, data: bz2.compress(make.tar(make.member(name, data))),
    "tar.xz": lambda make, name, data: lzma.compress(make.tar(make.member(name, data))),
}
SUFFIXES = (".whl", ".pex", ".png", ".txt", ".py", ".so", "")


@pytest.mark.parametrize("suffix", SUFFIXES)
@pytest.mark.parametrize("inner", INNER)
@pytest.mark.parametrize("outer", OUTER)
def test_the_payload_is_found_in_a_nested_archive(outer, inner, suffix, make, examine):
    root = "demo-1.0/" if outer == "tar.gz" else ""
    data = OUTER[outer](make, f"inner{suffix}", INNER[inner](make, "p.py", make.code))
    examine(data).is_found(f"{root}inner{suffix}!/p.py", "rest")


@pytest.mark.parametrize("inner", [("zip", "tar.gz", "zip"), ("tar", "zip", "tar.xz"), ("tar.bz2", "wheel", "tar")])
def test_the_payload_is_found_several_levels_down(inner, make, examine):
    name, data = "p.py", make.code
    for kind in inner:
        name, data = "a.dat", INNER[kind](make, name, data)
    examine(make.wheel({name: data})).is_found("a.dat!/a.dat!/a.dat!/p.py", "rest")
    for _ in range(9):
        data = INNER["zip"](make, "a.dat", data)
    examine(make.wheel({"a.dat": data})).is_named("nesting")


@pytest.mark.parametrize("before", [b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + bytes(5000), b"x = 1\n" * 900, b"\x7fELF" + bytes(5000), b"GIF89a" + bytes(99)])  # fmt: skip
@pytest.mark.parametrize("suffix", SUFFIXES)
def test_the_payload_is_found_in_a_zip_after_other_data(suffix, before, make, examine):
    """Python imports from a zip file, whatever precedes it."""
    for comment in (b"", b"a comment"):
        inner = before + make.zip({"p.py": make.code}, comment=comment)
        examine(make.sdist({f"inner{suffix}": inner})).is_found(f"demo-1.0/inner{suffix}!/p.py", "rest")


@pytest.mark.parametrize("suffix", ["gz", "bz2", "xz"])
def test_the_payload_is_found_in_a_single_compressed_file(suffix, make, examine):
    compress: Any = {"gz": gzip.compress, "bz2": bz2.compress, "xz": lzma.compress}[suffix]
    examine(make.sdist({f"p.py.{suffix}": compress(make.code)})).is_found(f"demo-1.0/p.py.{suffix}!/p.py", "rest")
    examine(compress(make.code), f"p.py.{suffix}").is_found("p.py", "import")
    examine(compress(compress(make.sdist({"p.py": make.code})))).is_found(
        "demo-1.0.tar!/demo-1.0!/demo-1.0/p.py", "rest"
    )
