"""The type of a member follows from its first bytes and its name."""

import io
import pickle
import struct
import tarfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.archive.file_type import file_type_of, has_startup_code, is_pickle, is_script, is_text, wide_encoding
from features.contract import FileType

NOISE = bytes([1, 2, 3, 0x80, 0x81, 0xFE, 0]) * 600
"""Bytes that no text has, and that many programs pass over in a comment."""
PYC = struct.pack("<H", 3495) + b"\r\n" + bytes(12) + b"\xe3"


def tar_header(form: int) -> bytes:
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w", format=form) as archive:
        archive.addfile(tarfile.TarInfo("a"))
    return made.getvalue()[:512]


@pytest.mark.parametrize(
    ("file_type", "path", "head"),
    [
        (FileType.EMPTY, "a.py", b""),
        (FileType.PYTHON, "a.py", b"x = 1\n"),
        (FileType.PYTHON, "a.PYW", b"x = 1\n"),
        (FileType.PYTHON, "a.py", b"x = 1\n\0\0\0\0\x01\x02"),
        (FileType.PYTHON, "a.py", b"BZh91AY&SY if 0 else print()\n"),
        (FileType.PYTHON, "a.py", (b"#" * 257) + b"ustar\nimport os\n"),
        (FileType.PYTHON, "bin/tool", b"#!/usr/bin/env python3\nprint()\n"),
        (FileType.PYTHON, "bin/tool", b"#! /usr/bin/pypy\nprint()\n"),
        (FileType.TEXT, "bin/tool", b"#!/bin/sh\necho\n"),
        (FileType.TEXT, "a.pyi", b"x: int\n"),
        (FileType.TEXT, "README", b"hello\n"),
        (FileType.TEXT, "MZ.txt", b"MZ is a magic\n"),
        (FileType.TEXT, "utf16.txt", "hello world".encode("utf-16")),
        (FileType.TEXT, "utf16.txt", ("hello world" * 9).encode("utf-16-le")),
        (FileType.PTH, "a.pth", b"import os\n"),
        (FileType.PTH, "a.pth", b"\0\0\0\x01\nimport os; os.x\n"),
        (FileType.BINARY, "weights.pth", b"\x80\x02\x8a\x00\x00"),
        (FileType.PTH, "a.start", b"demo.boot:main\n"),
        (FileType.PTH, "a.start", b"#\x01\x02\x03\x04\x05\ndemo:main\n"),
        (FileType.PTH, "a.start", bytes(range(1, 256))),
        (FileType.PTH, "a.pth", b"\x80\x01\x02" + bytes([1, 2]) * 2100),
        (FileType.PTH, "a.pth", b"\x80\x02K\x01.\x0bimport os"),
        (FileType.METADATA, "demo-1.0/PKG-INFO", b"Name: x\n"),
        (FileType.METADATA, "d-1.dist-info/RECORD", b"a,,\n"),
        (FileType.METADATA, "demo-1.0/pyproject.toml", b"[x]\n"),
        (FileType.PYTHON, "d-1.dist-info/a.py", b"x = 1\n"),
        (FileType.NATIVE, "a.py", b"\x7fELF\x02\x01\x01" + bytes(9)),
        (FileType.NATIVE, "logo.png", b"MZ\x90\x00\x03" + bytes(60)),
        (FileType.NATIVE, "a", b"\xca\xfe\xba\xbe\x00\x00\x00\x02"),
        (FileType.BINARY, "A.class", b"\xca\xfe\xba\xbe\x00\x00\x00\x34"),
        (FileType.NATIVE, "a.wasm", b"\0asm\x01\0\0\0"),
        (FileType.BYTECODE, "a.pyc", PYC),
        (FileType.BYTECODE, "notes.txt", PYC),
        (FileType.ARCHIVE, "a.py", b"PK\x03\x04\x14\x00"),
        (FileType.ARCHIVE, "a.txt", b"\x1f\x8b\x08\x00\x00"),
        (FileType.ARCHIVE, "a.bin", b"\xfd7zXZ\x00\x00"),
        (FileType.ARCHIVE, "app", b"#!/usr/bin/env python\nPK\x03\x04\0\0"),
        (FileType.BINARY, "a.png", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR"),
        (FileType.TEXT, "a.unknown", b"a text of one line with a zero byte \0 in it"),
        (FileType.BINARY, "a.unknown", b"a text with many \0\0\0\0 of them"),
        (FileType.BINARY, "a.unknown", b"\0"),
        (FileType.TEXT, "src/a.c", NOISE),
        (FileType.TEXT, "Makefile", NOISE),
        (FileType.TEXT, "a-1.data/scripts/tool.bin", NOISE),
        (FileType.METADATA, "demo-1.0/PKG-INFO", NOISE),
        (FileType.BINARY, "a-1.dist-info/licenses/logo.png", NOISE),
        (FileType.PYTHON, "bin/tool", b"#!/usr/bin/python\n" + NOISE),
        (FileType.PYTHON, "demo/a.py.", NOISE),
        (FileType.PYTHON, "demo\\a.py::$DATA", NOISE),
        (FileType.PYTHON, "setup.py", b"MZ = 1  # \0 ends a line for older versions of Python\nimport os\n"),
        (FileType.TEXT, "bin/tool", b"MZ=1  # \0\ncurl -s http://198.51.100.7/x\n" + b"# a comment\n" * 9),
        (FileType.NATIVE, "setup.py", b"MZ\x90\x00\x03" + bytes(60)),
    ],
)
def test_a_type_follows_from_bytes_and_name(file_type: FileType, path: str, head: bytes) -> None:
    assert file_type == file_type_of(path, head, len(head))


def test_only_the_first_bytes_count_but_the_size_is_that_of_the_whole() -> None:
    assert FileType.EMPTY == file_type_of("a.py", b"", 0)
    assert FileType.TEXT == file_type_of("a.txt", b"hello", 2**30)


@pytest.mark.parametrize("form", [tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT])
def test_a_tar_is_an_archive_also_without_its_magic(form: int) -> None:
    head = tar_header(form)
    assert FileType.ARCHIVE == file_type_of("a.dat", head, 512)
    old = head[:257] + bytes(8) + head[265:]
    checksum = sum(old[:148] + b" " * 8 + old[156:])
    old = old[:148] + b"%06o\0 " % checksum + old[156:]
    assert FileType.ARCHIVE == file_type_of("a.dat", old, 512)
    assert FileType.BINARY == file_type_of("a.dat", old[:148] + b"000001\0 " + old[156:], 512)


@pytest.mark.parametrize("head", [b"PK\x03\x04\x14\x00", b"\x7fELF\x02\x01\x01" + bytes(9), PYC])
def test_without_its_magic_no_content_is_an_archive_or_code(head: bytes) -> None:
    assert FileType.BINARY == file_type_of("a.bin", head, len(head), by_magic=False)


@pytest.mark.parametrize(
    ("expected", "path", "head"),
    [(True, "run.SH", b"echo"), (True, "run", b"#!/bin/sh\n"), (False, "a.txt", b"echo"), (False, "a.sh/b", b"echo")],
)
def test_a_script_has_a_suffix_or_a_shebang(expected: bool, path: str, head: bytes) -> None:
    assert expected is is_script(path, head)


@pytest.mark.parametrize(
    ("expected", "head"),
    [
        (True, b""),
        (True, b"plain\ttext\r\n"),
        (True, b"caf\xe9"),
        (True, b"x" * 99 + b"\x01"),
        (False, b"x" * 9 + b"\x01"),
        (False, b"a\0b"),
        (True, "sheep and goats".encode("utf-16-le")),
        (True, b"\xff\xfe\x01\x02"),
    ],
)
def test_text_has_few_control_characters_and_no_zero_bytes(expected: bool, head: bytes) -> None:
    assert expected is is_text(head)


@pytest.mark.parametrize("codec", ["utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be"])
def test_wide_text_is_recognised_without_a_mark(codec: str) -> None:
    assert codec == wide_encoding("import os; os.getcwd()".encode(codec))


@pytest.mark.parametrize("data", [b"", b"a\0", b"plain text", bytes(64), b"a\0b\0" + bytes(range(1, 60))])
def test_other_bytes_are_no_wide_text(data: bytes) -> None:
    assert "" == wide_encoding(data)


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
@pytest.mark.parametrize("value", [{"a": 1}, [1, 2], (print, 1)])
def test_a_pickle_of_any_protocol_is_recognised(protocol: int, value: object) -> None:
    data = pickle.dumps(value, protocol)
    if protocol >= 2 or value == (print, 1):
        assert is_pickle(data)


@pytest.mark.parametrize(
    "head", [b"", b"\x80", b"\x80\x09.", b"\x80\x04\xff", b"\x93NUMPY\x01\0{'descr': '<f8'}", b"code"]
)
def test_other_data_is_no_pickle(head: bytes) -> None:
    assert not is_pickle(head)


@given(st.text("a./\\", max_size=8), st.binary(max_size=40))
def test_any_member_has_a_type(path: str, head: bytes) -> None:
    assert (file_type_of(path, head, len(head)) is FileType.EMPTY) is (head == b"")


@pytest.mark.parametrize(
    ("expected", "data"),
    [
        (True, b"import os"),
        (True, b"\x80\x04\nimport\tos"),
        (True, b"\x80 \xe2\x80\xa8import os"),
        (False, b"\x80 import os"),
        (False, b"\nimportlib"),
        (False, b""),
    ],
)
def test_a_line_that_begins_with_import_runs_at_start(expected: bool, data: bytes) -> None:
    assert expected is has_startup_code(data)
