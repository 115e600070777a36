"""The two passes over the text members of a release."""

from dataclasses import replace

import pytest

from features.code import passes
from features.code.passes import analyse_files, scan_members
from features.contract import FileType, Kind, Member, Release, Role
from features.runtime.deadline import Deadline

NEVER = Deadline(float("inf"))
PAYLOAD = b"import base64\nexec(base64.b64decode(x))\n"


def member(path: str, data: bytes = PAYLOAD, file_type: FileType = FileType.PYTHON, role: Role = Role.REST) -> Member:
    return Member(path, len(data), file_type, role, data=data, head=data[:4096])


def scan(*members: Member, deadline: Deadline = NEVER, known: tuple[Member, ...] = ()):
    limits: set[str] = set()
    release = Release("a-1.tar.gz", "a", "1", Kind.SDIST, "tar", 1, members)
    files, missed = scan_members(release, {id(item) for item in known}, deadline, limits)
    return files, missed, limits


def test_only_text_is_scanned():
    files, missed, limits = scan(
        member("a.py"), member("b.so", file_type=FileType.NATIVE), member("c", b"", FileType.EMPTY)
    )
    assert [file.member.path for file in files] == ["a.py"]
    assert (missed, limits) == (0, set())


def test_a_scanned_file_knows_its_section_its_source_and_who_published_it():
    own, other = member("a.py", role=Role.IMPORT), member("b.py")
    first, second = scan(own, other, known=(other,))[0]
    assert (first.section, first.python, first.known, first.analysis) == ("import", PAYLOAD, False, None)
    assert second.known
    assert first.scan.counts
    assert first.key == own.key


def test_text_without_python_has_no_source_and_no_key():
    (file,) = scan(member("a.md", b"# words\n", FileType.TEXT))[0]
    assert (file.python, file.key) == (b"", b"")


def test_members_that_were_not_kept_or_have_a_problem_are_missed():
    whole = member("a.py")
    files, missed, _ = scan(whole, replace(whole, kept=False), replace(whole, problem="encrypted"))
    assert (len(files), missed) == (3, 2)


def test_after_the_deadline_nothing_is_scanned():
    files, missed, limits = scan(member("a.py"), member("b.py"), deadline=Deadline(-1.0))
    assert (files, missed, limits) == ([], 2, {"seconds"})


def test_selected_files_are_analysed_and_others_are_not():
    files = scan(member("a.py"), member("b.py", b"x = 1\n"))[0]
    limits: set[str] = set()
    assert analyse_files(files, NEVER, limits) == 0
    assert [file.analysis is not None for file in files] == [True, False]
    assert "decode_then_execute" in files[0].rule_ids
    assert limits == set()


@pytest.mark.parametrize(
    ("constant", "bound", "expected"),
    [
        ("SYNTAX_TOTAL_BYTES", len(PAYLOAD), ([True, False], 1, {"syntax_total_bytes"})),
        ("SYNTAX_BYTES", len(PAYLOAD) - 1, ([True, True], 2, {"syntax_bytes"})),
    ],
)
def test_bounds_of_the_syntax_pass_are_limits(constant, bound, expected, monkeypatch):
    monkeypatch.setattr(passes, constant, bound)
    files = scan(member("a.py"), member("b.py"))[0]
    limits: set[str] = set()
    missed = analyse_files(files, NEVER, limits)
    assert ([file.analysis is not None for file in files], missed, limits) == expected


def test_after_the_deadline_nothing_is_analysed():
    files = scan(member("a.py"))[0]
    limits: set[str] = set()
    assert analyse_files(files, Deadline(-1.0), limits) == 1
    assert (files[0].analysis, limits) == (None, {"seconds"})


def test_source_that_nests_too_deep_is_a_limit():
    (file,) = scan(member("setup.py", b"exec(" + b"(" * 400 + b")" * 400 + b")\n", role=Role.INSTALL))[0]
    limits: set[str] = set()
    assert analyse_files([file], NEVER, limits) == 0
    assert limits == {"syntax_depth"}
