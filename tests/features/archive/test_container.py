"""An archive is recognised by its content, and so are the archives in it."""

import bz2
import gzip
import io
import tarfile
import zipfile
import zlib
from dataclasses import replace

import pytest

from features.archive.budget import Budget, LimitExceeded
from features.archive.byte_source import MemorySource
from features.archive.collection import MemberCollection
from features.archive.container import Container, open_nested, read_container, unsupported_format
from features.contract import FileType
from features.limits import Limits

CODE = b"import os\n"


def zipped(*files: tuple[str, bytes]) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        for name, data in files:
            archive.writestr(zipfile.ZipInfo(name), data)
    return made.getvalue()


def tarred(*files: tuple[str, bytes]) -> bytes:
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w") as archive:
        for name, data in files:
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return made.getvalue()


def read(data: bytes, nesting: int = 3) -> tuple[Container, MemberCollection]:
    collection = MemberCollection(Budget(replace(Limits(), nesting=nesting), float("inf")))
    container = read_container(MemorySource(data), collection, "", "data")
    open_nested(collection)
    return container, collection


@pytest.mark.parametrize(
    ("expected", "data"),
    [
        (Container("zip", 1), zipped(("a.py", CODE))),
        (Container("zip"), zipped()),
        (Container("tar", 1), tarred(("a.py", CODE))),
        (Container("tar.gz", 1), gzip.compress(tarred(("a.py", CODE)), mtime=0)),
        (Container("tar.bz2", 1), bz2.compress(tarred(("a.py", CODE)))),
        # tarfile stops at the zeros; what follows them is hidden.
        (Container("tar.gz", 0), gzip.compress(bytes(1024) + tarred(("a.py", CODE)), mtime=0)),
        (Container("gz", 1), gzip.compress(CODE, mtime=0)),
        (Container("gz"), gzip.compress(b"", mtime=0)),
        (Container("zst"), b"\x28\xb5\x2f\xfd" + bytes(90)),
        (Container(""), b"no archive\n" * 90),
        (Container(""), b""),
        (Container("zip", 1), b"#!/usr/bin/env python\n" + zipped(("a.py", CODE))),
    ],
)
def test_a_format_is_recognised_by_its_content(expected: Container, data: bytes) -> None:
    assert expected == read(data)[0]


@pytest.mark.parametrize(
    ("expected", "head"),
    [
        ("7z", b"7z\xbc\xaf\x27\x1c"),
        ("rpm", b"\xed\xab\xee\xdb"),
        ("zstd", b"\x28\xb5\x2f\xfd"),
        ("", b"PK\3\4"),
        ("", b""),
    ],
)
def test_a_format_that_cannot_be_read_has_a_name(expected: str, head: bytes) -> None:
    assert expected == unsupported_format(head)


def test_members_of_nested_archives_have_the_path_of_each_archive() -> None:
    inner = zipped(("b/setup.py", CODE))
    middle = gzip.compress(tarred(("d.zip", inner)))
    collection = read(zipped(("a.zip", zipped(("c.tar.gz", middle)))))[1]
    path = "a.zip!/c.tar.gz!/d.zip!/b/setup.py"
    assert path in [member.path for member in collection.members]
    assert ["b/setup.py"] == [member.inner_path for member in collection.members if member.path == path]


def test_an_archive_below_the_limit_of_nesting_is_not_opened() -> None:
    data = zipped(("a.zip", zipped(("b.zip", zipped(("c.py", CODE))))))
    collection = read(data, nesting=1)[1]
    assert [("a.zip", ""), ("a.zip!/b.zip", "nesting")] == [(m.path, m.problem) for m in collection.members]
    assert ["nesting"] == list(collection.budget.limits_reached)


def test_no_memory_stays_reserved_for_opened_archives() -> None:
    collection = read(zipped(("a.zip", zipped(("b.py", CODE)))))[1]
    assert len(CODE) == collection.budget.kept
    assert not any(member.nested_data for member in collection.members)


def test_a_text_with_the_magic_of_an_archive_becomes_a_text() -> None:
    member = read(zipped(("d/run", b"BZh91AY&SY if 0 else 1\n")))[1].members[0]
    assert (FileType.TEXT, "", True) == (member.file_type, member.problem, member.kept)


def test_an_archive_that_cannot_be_read_is_a_problem() -> None:
    member = read(zipped(("a.7z", b"7z\xbc\xaf\x27\x1c" + bytes(range(200)))))[1].members[0]
    assert "unread 7z" == member.problem


def test_data_after_a_compressed_stream_is_a_hidden_member() -> None:
    collection = read(gzip.compress(tarred(("a.py", CODE))) + bytes(10) + b"print(1)\n")[1]
    assert [("a.py", False), ("!trailing_data", True)] == [(m.path, m.hidden) for m in collection.members]
    assert b"print(1)\n" == collection.members[1].data
    assert 1 == collection.budget.anomalies["trailing_data"]


def test_zeros_after_a_compressed_stream_are_padding() -> None:
    collection = read(gzip.compress(tarred(("a.py", CODE))) + bytes(4096))[1]
    assert ["a.py"] == [member.path for member in collection.members]


def test_the_members_of_a_hidden_archive_are_hidden() -> None:
    collection = read(gzip.compress(CODE) + bz2.compress(tarred(("a.py", CODE))))[1]
    expected = [("data", False), ("!trailing_data", True), ("!trailing_data!/a.py", True)]
    assert expected == [(member.path, member.hidden) for member in collection.members]


def test_a_limit_within_a_nested_archive_is_a_problem_of_that_archive() -> None:
    data = zipped(("a.zip", zipped(*((f"{at}.py", CODE) for at in range(9)))))
    collection = MemberCollection(Budget(replace(Limits(), members=5), float("inf")))
    read_container(MemorySource(data), collection, "", "data")
    with pytest.raises(LimitExceeded):
        open_nested(collection)
    assert "members" == collection.members[0].problem
    assert 0 == collection.budget.depth


def test_data_after_a_mebibyte_of_zeros_after_a_stream_is_a_hidden_member() -> None:
    collection = read(gzip.compress(CODE, mtime=0) + bytes(3 * 2**20) + b"print(1)\n")[1]
    assert [("data", CODE), ("!trailing_data", b"print(1)\n")] == [(one.path, one.data) for one in collection.members]


@pytest.mark.parametrize("first", [tarred(("demo/setup.py", CODE)), gzip.compress(tarred(("demo/setup.py", CODE)))])
def test_a_tar_that_ends_with_a_zip_is_read_as_both(first: bytes) -> None:
    # pip 26 goes by the name of the file, and an earlier one by what it is.
    container, collection = read(first + zipped(("demo/other.py", CODE)))
    assert container == Container("zip", 1)
    assert {"demo/other.py": False, "demo/setup.py": True} == {one.path: one.hidden for one in collection.members}
    assert collection.budget.anomalies["ambiguous_header"] == 1
    assert collection.outer_names == ["demo/other.py"]


def test_a_zip_behind_a_program_is_read_as_a_zip_only() -> None:
    collection = read(b"#!/bin/sh\nexec python3 $0\n" + zipped(("demo/other.py", CODE)))[1]
    assert not collection.budget.anomalies["ambiguous_header"]


def test_a_comment_in_a_gzip_header_is_hidden_data() -> None:
    plain = gzip.compress(tarred(("a.py", CODE)), mtime=0)
    collection = read(plain[:3] + b"\x10" + plain[4:10] + CODE * 9 + b"\0" + plain[10:])[1]
    assert {"a.py": CODE, "!hidden_data": CODE * 9} == {one.path: one.data for one in collection.members}
    assert collection.budget.anomalies == {"hidden_data": 1}


def test_a_zlib_stream_in_an_archive_is_opened() -> None:
    collection = read(zipped(("data.z", zlib.compress(CODE * 9))))[1]
    assert ("data.z!/data", CODE * 9) in [(one.path, one.data) for one in collection.members]


def test_a_cpio_is_named_as_what_is_not_examined() -> None:
    cpio = b"070701" + b"0" * 104 + b"a.bin\0" + bytes(range(256)) * 4
    collection = read(zipped(("data", cpio)))[1]
    assert ["unread cpio"] == [one.problem for one in collection.members]
