"""Compiled Python files of a release."""

from importlib.util import MAGIC_NUMBER

import pytest

from features.binary import compiled_python
from features.binary.compiled_python import examine_compiled_python
from features.binary.examination import BinaryExamination
from features.contract import FileType, Kind, Member, Release, Role

NAMES = [f"function_{chr(97 + number)}" for number in range(12)]
SOURCE = "".join(f"def {name}(): pass\n" for name in NAMES).encode()
SOURCE_SIZE = len(SOURCE)


def pyc(names, size=SOURCE_SIZE):
    body = b"".join(b"\xda" + bytes([len(name)]) + name.encode() for name in names)
    return MAGIC_NUMBER + bytes(8) + size.to_bytes(4, "little") + body


def examine(*files):
    members = tuple(
        Member(path, len(data), file_type, Role.REST, data=data, head=data[:4096], digest=path.encode())
        for path, data, file_type in files
    )
    examination = BinaryExamination(Release("x-1.whl", "x", "1", Kind.WHEEL, "zip", 9, members))
    examine_compiled_python(examination)
    return examination, examination.values()


def bytecode(data, path="x/m.pyc"):
    return path, data, FileType.BYTECODE


def source(data, path="x/m.py"):
    return path, data, FileType.PYTHON


def test_a_file_made_from_its_source_is_calm():
    examination, values = examine(bytecode(pyc(NAMES)), source(SOURCE))
    assert (values["bytecode"], values["bytecode_other_size"], values["bytecode_foreign_names"]) == (1, 0, 0)
    assert examination.evidence == []


@pytest.mark.parametrize(
    ("foreign", "size", "expected"),
    [(8, SOURCE_SIZE, True), (7, SOURCE_SIZE, False), (3, 1, True), (2, 1, False)],
)
def test_names_that_the_source_does_not_contain_show_a_swapped_file(foreign, size, expected):
    names = [*NAMES, *(f"secret_{chr(97 + number)}" for number in range(foreign))]
    examination, values = examine(bytecode(pyc(names, size)), source(SOURCE))
    assert values["bytecode_foreign_names"] == foreign
    assert ("bytecode_swapped" in {shown.indicator for shown in examination.evidence}) is expected


def test_without_a_source_only_a_file_that_is_imported_stands_alone():
    assert examine(bytecode(pyc(NAMES)))[1]["bytecode_alone"] == 1
    assert examine(bytecode(pyc(NAMES), "x/__pycache__/m.cpython-311.pyc"))[1]["bytecode_alone"] == 0


def test_an_empty_source_is_one():
    _, values = examine(bytecode(pyc([], 0)), ("x/m.py", b"", FileType.EMPTY))
    assert "bytecode_alone" not in values
    assert values["bytecode_other_size"] == 0


def test_files_that_are_too_many_are_a_limit(monkeypatch):
    monkeypatch.setattr(compiled_python, "MAX_SEARCHED", 1)
    examination, values = examine(bytecode(pyc(NAMES), "x/a.pyc"), bytecode(pyc(NAMES[:3]), "x/b.pyc"))
    assert (values["not_searched"], examination.limits) == (1, {"binary_bytes"})
    assert examine(bytecode(pyc(NAMES)))[0].limits == set()


def test_a_comparison_keeps_to_its_bound(monkeypatch):
    monkeypatch.setattr(compiled_python, "COMPARED_BYTES", 10)
    _, values = examine(bytecode(pyc(["secret_name"])), source(SOURCE))
    assert "bytecode_foreign_names" not in values
