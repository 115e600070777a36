from typing import Any

import pytest

from features.code import member_marks
from features.code.analysed_file import AnalysedFile, section_of
from features.code.contract import FileAnalysis
from features.code.member_marks import MOST_TOKENS, MarkedFile, mark_files, marks_by_path, tokens_by_path
from features.code.text_decoding import read_text
from features.contract import FileType, Mark, Member, Role

ACT = b"import os\nos.system('true')\neval(x)\neval(y)\n"


def analysed(data: bytes = ACT, path: str = "a.py", role: Role = Role.IMPORT, **more: Any) -> AnalysedFile:
    member = Member(path, len(data), FileType.PYTHON, role, data, data[:4096], b"d" * 16)
    return AnalysedFile(member, section_of(member), data, b"", read_text(member).scan, **more)


def marks_of(file: AnalysedFile) -> dict[str, int]:
    return {mark.id: mark.times for marked in mark_files([file]) for mark in marked.unpack_marks()}


def test_indicators_and_what_the_syntax_pass_counts_are_marks_but_not_its_measures():
    counts = {"finding_unpacked_code": 1, "call_execute_code": 2, "run_execute_code": 2, "unpacked_network": 3,
              "folded_execution": 1, "unpacked_bytes": 900, "nodes": 12, "longest_line": 40}  # fmt: skip
    assert marks_of(analysed(analysis=FileAnalysis(True, counts=counts))) == {
        "finding_unpacked_code": 1,
        "unpacked_network": 3,
        "folded_execution": 1,
        "run_execute_code": 2,
        "call_execute_code": 2,
        "eval_call": 2,
        "os_system": 1,
    }


def test_a_place_among_tests_and_known_code_are_marks_of_a_file_with_others():
    assert {"auxiliary_path", "known_code"} <= marks_of(analysed(path="tests/test_a.py", known=True)).keys()
    assert {} == marks_of(analysed(b"x = 1\n", path="tests/test_a.py", known=True))


def test_the_heaviest_files_keep_their_first_tokens_with_their_role(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(member_marks, "MOST_WITH_TOKENS", 1)
    files = [
        analysed(path="rest.py", role=Role.REST, tokens=(1, 2)),
        analysed(path="first.py", tokens=tuple(range(7, 99))),
        analysed(path="tests/a.py", tokens=(3,)),
        analysed(b"x = 1\n", path="quiet.py", tokens=(4,)),
    ]
    marked = mark_files(files)
    assert ["rest.py", "first.py", "tests/a.py"] == list(marks_by_path(files, marked))
    assert {"first.py": tuple(1 << 20 | token for token in range(7, 7 + MOST_TOKENS))} == tokens_by_path(files, marked)


def test_marks_of_files_of_one_path_stand_together():
    files = [analysed(b"eval(x)\n", tokens=(1,)), analysed(b"import os\nos.system(eval(x))\n", tokens=(2,))]
    marked = mark_files(files)
    assert {"a.py": (Mark("eval_call", 2), Mark("os_system", 1))} == marks_by_path(files, marked)
    assert {"a.py": (1 << 20 | 1,)} == tokens_by_path(files, marked)


def test_a_packed_file_takes_four_bytes_for_a_number():
    (marked,) = mark_files([analysed(tokens=(1, 2, 3))])
    assert MarkedFile(0, marked.marks, marked.tokens) == marked
    assert (8 * len(marked.unpack_marks()), 12) == (len(marked.marks), len(marked.tokens))
    assert marked.size_in_bytes() > len(marked.marks)
