import pytest
from xxhash import xxh3_128_digest

from features import member_list
from features.contract import Evidence, FileType, GroupRow, Kind, ListedMember, Mark, Member, Release, Role
from features.member_list import list_members


def member(path: str, role: Role = Role.REST, digest: bytes = b"d" * 16, size: int = 3) -> Member:
    return Member(path, size, FileType.PYTHON, role, b"x\n", b"x\n", digest)


def listed(*members: Member, rows: tuple[GroupRow, ...] = ()) -> tuple[tuple[ListedMember, ...], bool]:
    return list_members(Release("a-1.tar.gz", "a", "1", Kind.SDIST, "tar.gz", 1, members), rows)


def paths(*members: Member, rows: tuple[GroupRow, ...] = ()) -> list[str]:
    return [found.path for found in listed(*members, rows=rows)[0]]


def test_all_members_that_were_read_are_listed_by_path():
    gone = Member("gone", 3, FileType.PYTHON, Role.REST)
    found, cut = listed(member("b.bin"), member("a/setup.py", Role.INSTALL), gone)
    assert not cut
    assert found == (
        ListedMember("a/setup.py", b"d" * 16, Role.INSTALL, FileType.PYTHON, 3),
        ListedMember("b.bin", b"d" * 16, Role.REST, FileType.PYTHON, 3),
    )


def test_a_member_that_was_read_in_part_is_listed_by_what_was_read():
    cut = Member("a", 99, FileType.PYTHON, Role.REST, b"x", b"x", b"", problem="member_bytes")
    head = Member("b", 99, FileType.BINARY, Role.REST, b"", b"head", b"", kept=False)
    assert [("a", xxh3_128_digest(b"x"), 99)] == [found[:2] + found[4:5] for found in listed(cut, head)[0]]
    rows = (GroupRow({}, marks={"b": [Mark("eval_call", 1)]}),)
    assert ("b", xxh3_128_digest(b"head")) == listed(cut, head, rows=rows)[0][1][:2]


def test_a_member_that_is_there_twice_is_listed_once_but_not_two_of_one_name():
    assert ["a", "a"] == paths(member("a"), member("a"), member("a", digest=b"e" * 16))


def test_marks_come_from_all_groups_and_from_evidence_where_a_group_gives_none():
    place = Evidence("a", 1, "eval_call", Role.REST, "eval(x)", 1.0)
    rows = (
        GroupRow({}, (place, place)),
        GroupRow(
            {}, (place,), marks={"a": [Mark("exec_decoded", 1), Mark("eval_call", 4)], "b": [Mark("os_system", 1)]}
        ),
    )
    found, _ = listed(member("a"), member("b"), member("c"), rows=rows)
    assert [m.marks for m in found] == [(Mark("exec_decoded", 1), Mark("eval_call", 6)), (Mark("os_system", 1),), ()]


def test_tokens_of_members_are_listed():
    found, _ = listed(member("a"), member("b"), rows=(GroupRow({}, member_tokens={"b": (3, 1)}),))
    assert [(), (3, 1)] == [m.tokens for m in found]


def test_members_with_marks_then_early_ones_are_listed_first(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(member_list, "MOST_LISTED", 2)
    members = (member("a"), member("b", Role.INSTALL), member("c", Role.IMPORT), member("d"))
    rows = (GroupRow({}, marks={"d": [Mark("eval_call", 1)]}),)
    assert ["b", "d"] == paths(*members, rows=rows)
    assert listed(*members, rows=rows)[1]
    assert ["b", "c"] == paths(*members)


def test_the_bytes_of_a_listing_are_bounded(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(member_list, "LISTED_BYTES", 3_000)
    members = [member(f"{number:01000}") for number in range(9)]
    assert [m.path for m in members[:2]] == paths(*members)
    assert listed(*members)[1]
