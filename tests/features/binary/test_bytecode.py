import py_compile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.binary.bytecode import foreign_names, read_bytecode, source_path, tagged_version
from features.contract import FileType, Member, Role

SOURCE = "import telling_module\n\ndef snark_hunted(by_whom):\n    return telling_module.boojum(by_whom)\n"
OTHER = "import harmless_words\n\ndef baker_vanished(softly):\n    return harmless_words.away(softly)\n"


def compiled(tmp_path, text, mode=py_compile.PycInvalidationMode.TIMESTAMP):
    path = tmp_path / "x.py"
    path.write_text(text)
    py_compile.compile(str(path), str(tmp_path / "x.pyc"), invalidation_mode=mode)
    return (tmp_path / "x.pyc").read_bytes()


def member(path, data, file_type):
    return Member(path, len(data), file_type, Role.REST, data=data, head=data[:4096])


def test_the_header_says_version_and_size(tmp_path):
    import sys

    data = compiled(tmp_path, SOURCE)
    said = read_bytecode(data)
    assert (f"3{sys.version_info.minor}", len(SOURCE), False) == (said.version, said.source_size, said.unchecked)


def test_a_file_that_python_runs_whatever_its_source_says(tmp_path):
    data = compiled(tmp_path, SOURCE, py_compile.PycInvalidationMode.UNCHECKED_HASH)
    assert (None, True) == read_bytecode(data)[1:]
    data = compiled(tmp_path, SOURCE, py_compile.PycInvalidationMode.CHECKED_HASH)
    assert (None, False) == read_bytecode(data)[1:]


def test_names_that_the_source_does_not_have(tmp_path):
    data = compiled(tmp_path, SOURCE)
    pyc = member("x.pyc", data, FileType.BYTECODE)
    assert 0 == foreign_names(pyc, member("x.py", SOURCE.encode(), FileType.PYTHON))
    assert 4 <= foreign_names(pyc, member("x.py", OTHER.encode(), FileType.PYTHON))


def test_a_private_name_is_that_of_the_source(tmp_path):
    text = "class Snark:\n    def __bell(self):\n        return self.__bell\n"
    pyc = member("x.pyc", compiled(tmp_path, text), FileType.BYTECODE)
    assert b"_Snark__bell" in pyc.data
    assert 0 == foreign_names(pyc, member("x.py", text.encode(), FileType.PYTHON))


@pytest.mark.parametrize(
    ("path", "source", "version"),
    [
        ("a/__pycache__/b.cpython-311.pyc", "a/b.py", "311"),
        ("__pycache__/b.cpython-39.opt-1.pyc", "b.py", "39"),
        ("a/b.pyc", "a/b.py", ""),
        ("my__pycache__/b.pyc", "my__pycache__/b.py", ""),
    ],
)
def test_where_the_source_stands(path, source, version):
    assert (source, version) == (source_path(path), tagged_version(path))


@given(st.binary(max_size=200))
def test_any_bytes_have_a_header(data):
    said = read_bytecode(data)
    assert said.source_size is None or 0 <= said.source_size < 2**32
    assert 0 <= foreign_names(member("x.pyc", data, FileType.BYTECODE), member("x.py", b"", FileType.PYTHON))
