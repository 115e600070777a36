import ast
import base64
import random

import pytest

from features.contract import Role
from features.limits import Limits
from features.opening import open_release
from jobs.corpus.variants.contract import NotApplicableError, Package
from jobs.corpus.variants.extraction import memory_file
from jobs.corpus.variants.insertion import INSERTION_POINTS, insert_code, insert_statements
from jobs.corpus.variants.packing import pack, read_package
from jobs.corpus.variants.payloads import read_payloads
from tests.jobs.corpus.variants.conftest import SDIST, tar_bytes, zip_bytes

CODE = b"import os\nMARK = os.environ.get('mark-of-the-code')\n"


def roles_of(package: Package, mark: bytes) -> set[Role]:
    """Return when the members run that hold a mark, as the reader sees it."""
    with memory_file(pack(package)) as path:
        release = open_release(path, package.filename, Limits()).release
    assert release is not None
    return {member.role for member in release.members if mark in member.data}


@pytest.mark.parametrize(
    ("source", "at_end", "expected"),
    [
        (b"x = 1\n", False, b"import os\nx = 1\n"),
        (b"x = 1", True, b"x = 1\nimport os\n"),
        (b'"""Doc."""\nfrom __future__ import annotations\nx = 1\n', False, b'"""Doc."""\nfrom __future__ import annotations\nimport os\nx = 1\n'),
        (b"#!/usr/bin/python\n# -*- coding: utf-8 -*-\nx = 1\n", False, b"#!/usr/bin/python\n# -*- coding: utf-8 -*-\nimport os\nx = 1\n"),
        (b'"""Doc\nof lines."""', False, b'"""Doc\nof lines."""\nimport os\n'),
        (b"", False, b"import os\n"),
        (b"print 'old'\n", False, b"import os\nprint 'old'\n"),
        (b"print 'old'\n", True, b"print 'old'\nimport os\n"),
    ],
)  # fmt: skip
def test_statements_go_where_they_may(source, at_end, expected):
    assert expected == insert_statements(source, b"import os\n", at_end=at_end)


def test_the_encoding_of_a_file_is_kept():
    source = "# coding: latin-1\nx = 'ä'\n".encode("latin-1")
    assert b"x = '\xe4'" in insert_statements(source, CODE, at_end=True)


@pytest.mark.parametrize(
    ("place", "role"),
    [("install", Role.INSTALL), ("import", Role.IMPORT), ("conditional", Role.IMPORT)],
)
@pytest.mark.parametrize("seed", range(6))
def test_code_runs_at_the_moment_of_its_insertion_point(sdist, place, role, seed):
    made = insert_code(sdist, place, CODE, random.Random(seed))
    assert {role} == roles_of(made, b"mark-of-the-code")
    for path, data in made.files().items():
        if path.endswith(".py"):
            ast.parse(data)


@pytest.mark.parametrize("place", ["rest", "module"])
@pytest.mark.parametrize("seed", range(12))
def test_a_new_module_is_imported_by_another(sdist, place, seed):
    before, made = sdist.files(), insert_code(sdist, place, CODE, random.Random(seed))
    marked = [path for path, data in made.files().items() if b"mark-of-the-code" in data]
    assert 1 == len(marked)
    new = [path for path in made.files() if path not in before]
    changed = [path for path in before if path.endswith(".py") and before[path] != made.files()[path]]
    assert 1 == len(changed)
    if new:
        assert marked[0] in new
        name = new[0].rpartition("/")[2].removesuffix(".py").encode()
        assert name in made.files()[changed[0]]
    else:
        assert marked == changed
    assert ("module" == place) <= changed[0].endswith("quillbox/__init__.py")
    assert ("rest" == place) <= (changed[0].rpartition("/")[2] in {"pen.py", "nib.py"})


def test_an_sdist_without_setup_gets_one():
    files = {path: text for path, text in SDIST.items() if path != "setup.py"}
    package = read_package(tar_bytes(files), "quillbox-1.2.tar.gz", "quillbox", "1.2")
    made = insert_code(package, "install", CODE, random.Random(1)).files()["quillbox-1.2/setup.py"]
    assert made.startswith(CODE)
    assert made.endswith(b"setup()\n")


def test_a_wheel_runs_nothing_at_install(wheel, sdist):
    with pytest.raises(NotApplicableError, match="no sdist"):
        insert_code(wheel, "install", CODE, random.Random(1))
    with pytest.raises(NotApplicableError, match="no wheel"):
        insert_code(sdist, "pth", CODE, random.Random(1))


@pytest.mark.parametrize("seed", range(9))
def test_a_pth_file_is_at_the_root_and_has_one_line(wheel, seed):
    made = insert_code(wheel, "pth", CODE, random.Random(seed)).files()
    name, data = next((path, data) for path, data in made.items() if path.endswith(".pth"))
    assert "/" not in name
    assert 1 == len(data.splitlines())
    assert data.startswith(b"import ")
    assert name.encode() in made["quillbox-1.2.dist-info/RECORD"]
    shown = data + b"".join(made.get(path, b"") for path in ("_quillbox_startup.py",))
    assert b"mark-of-the-code" in shown or base64.b64encode(CODE) in shown


@pytest.mark.parametrize("seed", range(6))
def test_a_native_library_holds_the_strings_and_is_loaded(wheel, seed):
    made = insert_code(wheel, "native", CODE, random.Random(seed)).files()
    path = next(path for path in made if path.endswith((".so", ".dll")))
    assert made[path].startswith(b"\x7fELF" if path.endswith(".so") else b"MZ")
    assert b"mark-of-the-code" in made[path]
    assert path.rpartition("/")[2].encode() in made["quillbox/__init__.py"]
    with memory_file(pack(insert_code(wheel, "native", CODE, random.Random(seed)))) as file:
        release = open_release(file, wheel.filename, Limits()).release
    assert release is not None
    assert {"native"} == {member.file_type.value for member in release.members if member.path == path}


def test_a_dependency_is_declared_in_all_metadata(sdist, wheel):
    made = insert_code(sdist, "dependency", b"", random.Random(1)).files()
    assert b"Requires-Dist: " in made["quillbox-1.2/PKG-INFO"].partition(b"\n\n")[0]
    assert made["quillbox-1.2/PKG-INFO"].endswith(b"\n\nA box.\n")
    assert 2 == len(made["quillbox-1.2/quillbox.egg-info/requires.txt"].splitlines())
    ast.parse(made["quillbox-1.2/setup.py"])
    assert (
        b"Requires-Dist: "
        in insert_code(wheel, "dependency", b"", random.Random(2)).files()["quillbox-1.2.dist-info/METADATA"]
    )


def test_a_package_without_python_or_metadata_has_no_insertion_point():
    package = read_package(zip_bytes({"a/data.txt": "x"}), "a-1.whl", "a", "1")
    for point in INSERTION_POINTS:
        if point.name != "pth":
            with pytest.raises(NotApplicableError):
                insert_code(package, point.name, CODE, random.Random(1))


def test_a_single_module_is_a_place():
    package = read_package(
        tar_bytes({"setup.py": "", "quillbox.py": "x = 1\n"}), "quillbox-1.2.tar.gz", "quillbox", "1.2"
    )
    assert CODE in insert_code(package, "import", CODE, random.Random(1)).files()["quillbox-1.2/quillbox.py"]
    made = insert_code(package, "module", CODE, random.Random(1)).files()
    assert 1 == len([path for path in made if made[path] == CODE])


@pytest.mark.parametrize("payload", read_payloads(), ids=lambda payload: payload.id)
def test_every_payload_fits_every_place(payload, sdist, wheel):
    code = payload.source.encode()
    for point in INSERTION_POINTS:
        host = wheel if point.name == "pth" else sdist
        made = insert_code(host, point.name, code, random.Random(payload.id))
        assert made.files() != host.files()
        for path, data in made.files().items():
            if path.endswith(".py"):
                ast.parse(data)
            if path.endswith(".pth"):
                ast.parse(data)
