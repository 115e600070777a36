import csv
import hashlib
import io
from base64 import urlsafe_b64encode
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.contract import FileType, Kind, Member, Release, Role
from features.packaging.record import Listed, _rows, check_record, unlisted_python


def member(path: str, data: bytes, file_type: FileType = FileType.PYTHON) -> Member:
    return Member(path, len(data), file_type, Role.REST, data=data, head=data, digest=path.encode()[:16])


def digest(data: bytes) -> str:
    return urlsafe_b64encode(hashlib.sha256(data).digest()).decode().rstrip("=")


def wheel(record: str, *members: Member) -> Release:
    own = member("demo-1.0.dist-info/RECORD", record.encode(), FileType.METADATA)
    return Release("demo-1.0-py3-none-any.whl", "demo", "1.0", Kind.WHEEL, "zip", 100, (*members, own))


TRUE = f"demo.py,sha256={digest(b'x = 1')},5\ndemo-1.0.dist-info/RECORD,,\n"


@pytest.mark.parametrize(
    ("record", "members", "listed"),
    [
        (TRUE, {"demo.py": b"x = 1"}, Listed(0, 0, 0, 0)),
        (TRUE, {"demo.py": b"x = 2"}, Listed(0, 0, 1, 0)),
        (TRUE, {"demo.py": b"x = 1", "more.py": b""}, Listed(1, 0, 0, 0)),
        (TRUE, {}, Listed(0, 1, 0, 0)),
        (TRUE + "nonsense\n", {"demo.py": b"x = 1"}, Listed(0, 0, 0, 1)),
        (TRUE.replace("sha256=", "sha256=ü"), {"demo.py": b"x = 1"}, Listed(0, 0, 1, 0)),
        (TRUE.replace(",5", "=,5"), {"demo.py": b"x = 1"}, Listed(0, 0, 0, 0)),
        (TRUE.replace(",5", "AAAA,5"), {"demo.py": b"x = 1"}, Listed(0, 0, 1, 0)),
        (TRUE.replace(",5", ",6"), {"demo.py": b"x = 1"}, Listed(0, 0, 1, 0)),
        ('"a,b.py",,\n' + TRUE, {"demo.py": b"x = 1", "a,b.py": b"y"}, Listed(0, 0, 0, 0)),
        ('"open quote\n' * 3, {}, Listed(0, 0, 0, 2)),
    ],
)
def test_a_record_against_the_contents(record: Any, members: Any, listed: Any) -> None:
    assert check_record(wheel(record, *(member(path, data) for path, data in members.items()))) == listed


def test_no_record_is_not_a_clean_one() -> None:
    assert check_record(Release("demo.whl", "demo", "1.0", Kind.WHEEL, "zip", 1, ())) is None


@pytest.mark.parametrize(
    ("sources", "unlisted"),
    [(b"setup.py\ndemo/__init__.py\n", 1), (b"setup.py\ndemo\\__init__.py\ndemo/added.py\n", 0)],
)
def test_python_that_was_added_to_an_sdist_afterwards(sources: Any, unlisted: Any) -> None:
    members = (
        member("demo-1.0/setup.py", b"x"),
        member("demo-1.0/demo/__init__.py", b""),
        member("demo-1.0/demo/added.py", b"x"),
        member("demo-1.0/demo.egg-info/SOURCES.txt", sources, FileType.METADATA),
    )
    release = Release("demo-1.0.tar.gz", "demo", "1.0", Kind.SDIST, "tar.gz", 1, members, root="demo-1.0/")
    assert unlisted_python(release) == unlisted


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
def test_a_record_s_lines_are_those_of_the_standard_s_reader(text: str, rows: Any) -> None:
    assert rows == _rows(text.encode())


@given(st.text('ab,"\r\n ', max_size=12))
def test_a_fast_look_at_lines_says_what_a_slow_one_does(text: str) -> None:
    try:
        slow = [row for row in csv.reader(io.StringIO(text)) if row]
    except csv.Error:
        return
    assert slow == [row for row in _rows(text.encode()) if row]
