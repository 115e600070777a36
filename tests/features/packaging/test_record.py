import csv
import hashlib
import io
from base64 import urlsafe_b64encode
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.contract import FileType, Kind, Member, Release, Role
from features.packaging.record import RecordCheck, _parse_rows, check_record, count_unlisted_python
from features.runtime.cache import COMPARED_BYTES


def member(path: str, data: bytes, file_type: FileType = FileType.PYTHON) -> Member:
    return Member(path, len(data), file_type, Role.REST, data=data, head=data, digest=path.encode()[:16])


def digest(data: bytes) -> str:
    return urlsafe_b64encode(hashlib.sha256(data).digest()).decode().rstrip("=")


def wheel(record: str, *members: Member) -> Release:
    own = member("demo-1.0.dist-info/RECORD", record.encode(), FileType.METADATA)
    return Release("demo-1.0-py3-none-any.whl", "demo", "1.0", Kind.WHEEL, "zip", 100, (*members, own))


TRUE = f"demo.py,sha256={digest(b'x = 1')},5\ndemo-1.0.dist-info/RECORD,,\n"


@pytest.mark.parametrize(
    ("record", "members", "expected"),
    [
        (TRUE, {"demo.py": b"x = 1"}, RecordCheck(0, 0, 0, 0)),
        (TRUE, {"demo.py": b"x = 2"}, RecordCheck(0, 0, 1, 0)),
        (TRUE, {"demo.py": b"x = 1", "more.py": b""}, RecordCheck(1, 0, 0, 0)),
        (TRUE, {}, RecordCheck(0, 1, 0, 0)),
        (TRUE + "nonsense\n", {"demo.py": b"x = 1"}, RecordCheck(0, 0, 0, 1)),
        (TRUE.replace("sha256=", "sha256=ü"), {"demo.py": b"x = 1"}, RecordCheck(0, 0, 1, 0)),
        (TRUE.replace(",5", "=,5"), {"demo.py": b"x = 1"}, RecordCheck(0, 0, 0, 0)),
        (TRUE.replace(",5", "AAAA,5"), {"demo.py": b"x = 1"}, RecordCheck(0, 0, 1, 0)),
        (TRUE.replace(",5", ",6"), {"demo.py": b"x = 1"}, RecordCheck(0, 0, 1, 0)),
        ('"a,b.py",,\n' + TRUE, {"demo.py": b"x = 1", "a,b.py": b"y"}, RecordCheck(0, 0, 0, 0)),
        ('"open quote\n' * 3, {}, RecordCheck(0, 0, 0, 2)),
    ],
)
def test_differences_between_record_and_contents_are_counted(record: Any, members: Any, expected: Any) -> None:
    assert expected == check_record(wheel(record, *(member(path, data) for path, data in members.items())))


def test_a_large_file_is_compared_by_the_digest_that_is_its_key() -> None:
    data = b"x" * (COMPARED_BYTES + 1)
    record = f"data.bin,sha256={digest(data)},{len(data)}\ndemo-1.0.dist-info/RECORD,,\n"
    assert RecordCheck(0, 0, 0, 0) == check_record(wheel(record, member("data.bin", data)))
    assert RecordCheck(0, 0, 1, 0) == check_record(wheel(record, member("data.bin", data[:-1] + b"y")))


def test_a_wheel_without_a_record_is_not_compared() -> None:
    assert check_record(Release("demo.whl", "demo", "1.0", Kind.WHEEL, "zip", 1, ())) is None


def test_the_signatures_of_a_record_need_no_row() -> None:
    signature = member("demo-1.0.dist-info/RECORD.jws", b"{}")
    assert RecordCheck(0, 0, 0, 0) == check_record(wheel(TRUE, member("demo.py", b"x = 1"), signature))


def test_a_script_outside_the_wheel_is_not_missing() -> None:
    assert RecordCheck(0, 0, 0, 0) == check_record(wheel(TRUE + "../../bin/demo,,\n", member("demo.py", b"x = 1")))


def test_a_size_is_compared_although_the_content_was_not_kept() -> None:
    cut = Member("demo.py", 6, FileType.PYTHON, Role.REST, kept=False)
    assert RecordCheck(0, 0, 1, 0) == check_record(wheel(TRUE, cut))


def test_an_sdist_without_sources_txt_is_not_compared() -> None:
    members = (member("demo-1.0/setup.py", b"x"),)
    assert count_unlisted_python(Release("d.tar.gz", "d", "1", Kind.SDIST, "tar.gz", 1, members)) is None


@pytest.mark.parametrize(
    ("sources", "unlisted"),
    [(b"setup.py\ndemo/__init__.py\n", 1), (b"setup.py\ndemo\\__init__.py\ndemo/added.py\n", 0)],
)
def test_python_files_that_sources_txt_does_not_list_are_counted(sources: Any, unlisted: Any) -> None:
    members = (
        member("demo-1.0/setup.py", b"x"),
        member("demo-1.0/demo/__init__.py", b""),
        member("demo-1.0/demo/added.py", b"x"),
        member("demo-1.0/demo.egg-info/SOURCES.txt", sources, FileType.METADATA),
    )
    release = Release("demo-1.0.tar.gz", "demo", "1.0", Kind.SDIST, "tar.gz", 1, members, root="demo-1.0/")
    assert unlisted == count_unlisted_python(release)


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        ("a,b,1\r\n\r\nc,d,2", [["a", "b", "1"], ["c", "d", "2"]]),
        ('"a,b",,\nc,d', [["a,b", "", ""], ["c", "d"]]),
        ("a\rb,,", [["a"], ["b", "", ""]]),
        ("a" * csv.field_size_limit() + "b,,1\n", [["a" * csv.field_size_limit() + "b", "", "1"]]),
        ("a\0,,\n \n", [["a\ufffd", "", ""], [" "]]),
    ],
)
def test_rows_of_a_record_are_those_of_the_csv_reader(text: str, rows: Any) -> None:
    assert rows == _parse_rows(text.encode())


@given(st.text('ab,"\r\n ', max_size=12))
def test_rows_that_are_only_split_are_those_of_the_csv_reader(text: str) -> None:
    try:
        expected = [row for row in csv.reader(io.StringIO(text)) if row]
    except csv.Error:
        return
    assert expected == [row for row in _parse_rows(text.encode()) if row]
