"""Lists the members of a release for the feature table, with the marks and tokens that the groups found in them."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from xxhash import xxh3_128_digest

from features.contract import GroupRow, ListedMember, Mark, Member, Release, Role
from features.marks import heaviest_marks

MOST_LISTED = 8_192
"""Members that a row lists."""
LISTED_BYTES = 2 * 2**20
"""Bytes of the paths, marks and tokens that a row lists."""
LIMIT = "listed_members"
"""Name of the limit in a row that does not list all members; all of them were examined as ever."""

_MEMBER_BYTES, _MARK_BYTES, _TOKEN_BYTES = 48, 8, 4
_ROLE_ORDER: Mapping[Role, int] = {Role.INSTALL: 0, Role.IMPORT: 1, Role.REST: 2}


def list_members(release: Release, group_rows: Sequence[GroupRow]) -> tuple[tuple[ListedMember, ...], bool]:
    """Return the members that were read, also in part, by path, and whether some of them were left out.

    Members with marks come before others, then those of the role that runs first.
    """
    marks = _marks_by_path(group_rows)
    tokens: dict[str, tuple[int, ...]] = {}
    for group_row in group_rows:
        tokens.update(group_row.member_tokens)
    # A release may hold a member twice, which says nothing more.
    listed: dict[tuple[str, bytes], ListedMember] = {}
    for member in release.members:
        path = member.path
        seen = marks.get(path, ())
        if digest := member.digest or _digest_of_part(member, is_marked=bool(seen)):
            listed[path, digest] = ListedMember(
                path, digest, member.role, member.file_type, member.size, seen, tokens.get(path, ())
            )
    chosen = _within_bounds(list(listed.values()))
    return tuple(sorted(chosen)), len(chosen) < len(listed)


def _digest_of_part(member: Member, *, is_marked: bool) -> bytes:
    """Return the digest of what was read of a member whose content was not read to its end, b"" if nothing was."""
    content = member.content
    return xxh3_128_digest(content) if content and (member.kept or is_marked) else b""


def _within_bounds(members: list[ListedMember]) -> list[ListedMember]:
    if len(members) <= MOST_LISTED and sum([_size(member) for member in members]) <= LISTED_BYTES:
        return members
    ordered = sorted(members, key=lambda member: (not member.marks, _ROLE_ORDER[member.role], member.path))
    left = LISTED_BYTES
    chosen: list[ListedMember] = []
    for member in ordered[:MOST_LISTED]:
        left -= _size(member)
        if left < 0:
            break
        chosen.append(member)
    return chosen


def _size(member: ListedMember) -> int:
    """Return about how many bytes a member takes in the table before compression."""
    lists = _MARK_BYTES * len(member.marks) + _TOKEN_BYTES * len(member.tokens)
    return _MEMBER_BYTES + len(member.path) + lists


def _marks_by_path(group_rows: Iterable[GroupRow]) -> Mapping[str, tuple[Mark, ...]]:
    """Return the marks of members by path; the evidence of a group without marks stands for them."""
    found: dict[str, tuple[Mark, ...]] = {}
    several: dict[str, Counter[str]] = {}
    for group_row in group_rows:
        for path, marks in (group_row.marks or _marks_of_evidence(group_row)).items():
            if path in found or path in several:
                counts = several.setdefault(path, Counter(dict(found.pop(path, ()))))
                counts.update(dict(marks))
            else:
                found[path] = tuple(marks)
    return found | {path: heaviest_marks(counts, path) for path, counts in several.items()}


def _marks_of_evidence(group_row: GroupRow) -> Mapping[str, Sequence[Mark]]:
    counts: dict[str, Counter[str]] = {}
    for place in group_row.evidence:
        counts.setdefault(place.member, Counter())[place.indicator] += 1
    return {path: heaviest_marks(marks, path) for path, marks in counts.items()}
