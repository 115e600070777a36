"""The summary of a release's code."""

import sys
from dataclasses import replace

from features.code.columns import COLUMNS
from features.code.passes import scan_members
from features.code.release_summary import ZERO_VALUES, CodeSummary, summarise_code
from features.contract import Dtype, FileType, Kind, Member, Release, Role
from features.runtime.cache import caches, clear_caches
from features.runtime.deadline import Deadline

PAYLOAD = b"import base64\nexec(base64.b64decode('aW1wb3J0IG9zCm9zLnN5c3RlbSgnaWQnKQ=='))\n"


def member(path: str, data: bytes = PAYLOAD, file_type: FileType = FileType.PYTHON, role: Role = Role.REST) -> Member:
    return Member(path, len(data), file_type, role, data=data, head=data[:4096])


def summarise(*members: Member, deadline: float = float("inf")) -> CodeSummary:
    release = Release("a-1.whl", "a", "1", Kind.WHEEL, "zip", 1, members, deadline=deadline)
    files, _ = scan_members(release, set(), Deadline(float("inf")), set())
    return summarise_code(release, files, Deadline(deadline))


def test_zeros_have_the_types_of_their_columns() -> None:
    assert list(ZERO_VALUES) == [column.name for column in COLUMNS]
    for column in COLUMNS:
        assert type(ZERO_VALUES[column.name]) is (float if column.dtype is Dtype.FLOAT32 else int)


def test_a_summary_has_what_is_not_zero_evidence_and_tokens() -> None:
    summary = summarise(member("a/__init__.py", role=Role.IMPORT))
    assert summary.values["code_import_finding_decode_then_execute"] == 1
    assert summary.values["code_reached_import_findings"] != 0
    assert all(summary.values.values())
    assert [evidence.line for evidence in summary.evidence] == [2]
    assert summary.tokens
    assert (summary.limits, summary.complete) == (frozenset(), True)


def test_odd_encodings_are_counted() -> None:
    summary = summarise(member("a.py", "exec(1)\n".encode("utf-16")), member("b.py"))
    assert (summary.values["code_bad_encoding"], summary.values["code_utf16"]) == (1, 1)


def test_evidence_in_a_file_that_an_import_leads_to_weighs_more() -> None:
    inner = member("a/b.py", PAYLOAD + b"def go(): pass\n")
    alone = summarise(inner, member("a/__init__.py", b"x = 1\n", role=Role.IMPORT)).evidence[0]
    led = summarise(inner, member("a/__init__.py", b"from . import b\n", role=Role.IMPORT)).evidence[0]
    assert (alone.member, led.member) == ("a/b.py", "a/b.py")
    assert led.weight > alone.weight


def test_what_the_deadline_ended_is_not_complete_and_never_kept() -> None:
    clear_caches()
    late = summarise(member("a/__init__.py", role=Role.IMPORT), deadline=-1.0)
    assert (late.complete, late.limits, late.size_in_bytes()) == (False, frozenset({"seconds"}), sys.maxsize)
    assert caches()["code_summaries"].held == 0


def test_a_complete_summary_has_a_size_that_grows_with_it() -> None:
    small = summarise(member("a.py", b"x = 1\n"))
    assert 0 < small.size_in_bytes() < summarise(member("a.py")).size_in_bytes() < 2**20


def test_lists_of_a_wheel_count_by_what_was_found_in_them() -> None:
    def with_record(path: str, text: bytes) -> int:
        before = caches()["code_summaries"].hits
        summarise(member("a.py"), member(path, text, FileType.METADATA))
        return caches()["code_summaries"].hits - before

    clear_caches()
    record = "a-1.dist-info/RECORD"
    assert [with_record(record, text) for text in (b"one,,\n", b"two,,\n", b"exec(x)\n")] == [0, 1, 0]
    entry_points = "a-1.dist-info/entry_points.txt"
    assert [with_record(entry_points, text) for text in (b"one\n", b"two\n", b"one\n")] == [0, 0, 1]


def test_a_known_or_cut_file_makes_another_summary() -> None:
    clear_caches()
    whole = member("a.py")
    summarise(whole)
    before = caches()["code_summaries"].hits
    summarise(replace(whole, kept=False))
    summarise(replace(whole, path="b.py"))
    assert caches()["code_summaries"].hits == before
