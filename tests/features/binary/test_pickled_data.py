"""Pickles of a release; what they would run is harmless, and nothing runs it."""

import pickle

import pytest

from features.binary import pickled_data
from features.binary.examination import BinaryExamination
from features.binary.pickled_data import examine_pickles, may_be_pickle
from features.contract import FileType, Kind, Member, Release, Role

SYSTEM = b"\x80\x04\x8c\x02os\x94\x8c\x06system\x94\x93\x94\x8c\x0becho boojum\x94\x85\x94R\x94."
PLAIN = pickle.dumps({"a": [1, 2, 3]}, 4)


def member(path: str, data: bytes, file_type: FileType = FileType.BINARY) -> Member:
    return Member(path, len(data), file_type, Role.REST, data=data, head=data[:4096], digest=path.encode())


def examine(*members: Member) -> tuple[BinaryExamination, dict[str, object]]:
    examination = BinaryExamination(Release("x-1.whl", "x", "1", Kind.WHEEL, "zip", 9, members))
    examine_pickles(examination)
    return examination, dict(examination.values())


@pytest.mark.parametrize(
    ("path", "data", "file_type", "expected"),
    [
        ("x/a.bin", PLAIN, FileType.BINARY, True),
        ("x/a.bin", bytes(range(256)), FileType.BINARY, False),
        ("x/a.txt", b"\x80\x04.", FileType.TEXT, True),
        ("x/a.pkl", b"cos\nsystem\n(S'id'\ntR.", FileType.TEXT, True),
        ("x/a.txt", b"cos\nsystem\n(S'id'\ntR.", FileType.TEXT, False),
        ("x/a.pkl", b"just some words", FileType.TEXT, False),
    ],
)
def test_what_begins_like_a_pickle(path, data, file_type, expected):
    assert may_be_pickle(member(path, data, file_type)) is expected


def test_a_pickle_that_starts_a_program_is_evidence_and_data_is_not():
    examination, values = examine(member("x/a.pkl", SYSTEM))
    assert (values["pickles"], values["pickle_execution"], values["pickle_telling"]) == (1, 1, 1)
    assert [(shown.indicator, shown.excerpt) for shown in examination.evidence] == [("pickle_execution", "os.system")]
    examination, values = examine(member("x/a.pkl", PLAIN))
    assert (values["pickles"], values["pickle_telling"], examination.evidence) == (1, 0, [])


def test_text_that_does_nothing_as_a_pickle_is_text():
    examination, values = examine(member("x/a.pkl", PLAIN, FileType.TEXT))
    assert (examination.has_binaries, "pickles" in values) == (True, False)


def test_equal_pickles_count_once_and_the_smallest_is_named():
    twin = Member("x/b.pkl", len(SYSTEM), FileType.BINARY, Role.REST, data=SYSTEM, head=SYSTEM, digest=b"x/a.pkl")
    _, values = examine(member("x/a.pkl", SYSTEM), twin, member("x/c.pkl", PLAIN))
    assert (values["pickles"], values["pickle_imports"]) == (2, 1)
    assert values["pickle_least_bytes"] == min(len(SYSTEM), len(PLAIN))


def test_pickles_beyond_the_bound_are_not_read(monkeypatch):
    monkeypatch.setattr(pickled_data, "MAX_STEPS", 1)
    _, values = examine(member("x/a.pkl", SYSTEM), member("x/b.pkl", SYSTEM + b"."))
    assert (values["pickles"], values["pickle_cut"]) == (1, 1)


def test_a_pickle_too_large_to_be_searched_is_counted(monkeypatch):
    monkeypatch.setattr("features.binary.examination.BINARY_BYTES", 10)
    _, values = examine(member("x/a.pkl", SYSTEM))
    assert (values["pickles"], values["not_searched"]) == (1, 1)


def test_no_data_means_no_binaries():
    assert not examine(member("x/a.txt", b"words", FileType.TEXT))[0].has_binaries
