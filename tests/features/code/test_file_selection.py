"""Files that the syntax pass reads."""

import pytest

from features.code.analysed_file import AnalysedFile
from features.code.file_selection import PLAIN_BYTES, SHORT_BYTES, find_acting_lines, select_files
from features.contract import FileType, Member, Role
from features.runtime.cache import content_key
from features.runtime.deadline import Deadline
from features.text.indicator_scan import scan_text

NEVER = float("inf")
QUIET = b"def harmless(a):\n    return a + 1\n"
INTERESTING = b"import base64\nexec(base64.b64decode(x))\n"
FILLER = QUIET * (SHORT_BYTES // len(QUIET) + 1)
HINT = b"import subprocess\n"


def file(data: bytes, role: Role = Role.REST, path: str = "a.py", python: bytes | None = None) -> AnalysedFile:
    member = Member(path, len(data), FileType.PYTHON, role, data=data, head=data[:4096])
    source = data if python is None else python
    return AnalysedFile(member, role.value, source, content_key(source), scan_text(data))


def selected(*files: AnalysedFile, deadline: float = NEVER) -> list[tuple[str, bool]]:
    """Return path of each selected file and whether it is read whole."""
    return [(chosen.file.member.path, chosen.lines is None) for chosen in select_files(files, Deadline(deadline))]


def test_install_files_are_always_read_whole() -> None:
    assert selected(file(QUIET, Role.INSTALL)) == [("a.py", True)]


def test_inner_modules_need_an_interesting_indicator() -> None:
    assert selected(file(QUIET)) == []
    assert selected(file(INTERESTING)) == [("a.py", True)]


def test_what_is_no_python_is_not_read() -> None:
    assert selected(file(INTERESTING, Role.INSTALL, python=b"")) == []


def test_a_long_file_must_deserve_it() -> None:
    lone = b"marshal.loads(x)\n"
    assert scan_text(lone).interesting
    assert not scan_text(lone).deserving
    assert selected(file(lone)) != []
    assert selected(file(FILLER + lone)) == []
    assert selected(file(FILLER + INTERESTING)) != []


def test_loose_indicators_select_their_lines_alone() -> None:
    data = b"marshal.loads(x)\n" + b"\n" * 99 + b"z = 1\n"
    (chosen,) = select_files([file(data)], Deadline(NEVER))
    assert chosen.lines == (1,)


def test_short_import_files_are_read_whole_up_to_a_bound_the_shortest_first() -> None:
    small = file(QUIET, Role.IMPORT, "small.py")
    large = file(QUIET * (PLAIN_BYTES // len(QUIET)), Role.IMPORT, "large.py")
    assert selected(large, small) == [("small.py", True)]
    assert selected(large) == [("large.py", True)]


def test_a_long_import_file_is_read_where_it_may_act() -> None:
    acting = FILLER + b"from os import system as s\ns('id')\n"
    lines = find_acting_lines(file(acting))
    assert lines == (acting.count(b"\n", 0, acting.index(b"system")) + 1,)
    assert selected(file(acting, Role.IMPORT)) == [("a.py", False)]
    assert selected(file(FILLER, Role.IMPORT)) == []


@pytest.mark.parametrize(
    ("line", "acts"),
    [
        (b"s = exec", True),
        (b"from os import popen as p", True),
        (b"eval(x)", True),
        (b"re.compile(x)", False),
        (b"executor.run(x)", False),
        (b"a.system_name", False),
        (b"subprocess", True),
        (b"x.decompress(y)", True),
    ],
)
def test_names_that_act_are_found(line: bytes, acts: bool) -> None:
    assert bool(find_acting_lines(file(b"# first\n" + line + b"\n"))) is acts


def test_after_the_deadline_no_more_lines_are_searched() -> None:
    large = file(FILLER, Role.IMPORT)
    assert selected(large, deadline=-1.0) == [("a.py", True)]


def test_the_most_urgent_file_comes_first() -> None:
    files = file(INTERESTING, path="rest.py"), file(QUIET, Role.IMPORT, "import.py"), file(QUIET, Role.INSTALL, "i.py")
    assert [path for path, _ in selected(*files)] == ["i.py", "import.py", "rest.py"]


def test_a_rare_way_to_execute_alone_selects_a_long_import_file() -> None:
    lone = b"from pkgutil import resolve_name as r\n"
    assert scan_text(lone).unusual
    assert selected(file(FILLER + lone, Role.IMPORT)) == [("a.py", False)]
    assert selected(file(FILLER + lone)) == []
    assert not scan_text(b"import requests\n").unusual
