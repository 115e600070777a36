"""Selects the source of a release that the text group measures, by when it runs."""

import time
from collections.abc import Mapping, Sequence
from itertools import chain
from operator import attrgetter

from features.contract import FileType, Member, Release, Role
from features.file_type_index import by_file_type
from features.limits import TEXT_SOURCE_BYTES
from features.text.source_metrics import SourceFiles

DEPTHS: Mapping[Role, tuple[int, int]] = {
    Role.INSTALL: (2**18, 2**18),
    Role.IMPORT: (2**16, 2**15),
    Role.REST: (2**14, 2**13),
}
"""Bytes that are measured in full depth: of a role, and of one file of it.

This nearly always covers all install and import code. Otherwise, files with very long lines come first and the others
in the order of their digests, so that no path or file name is sure to be left out.
"""

SOURCE_LIMIT = "text_source_bytes"
"""Name of the limit in a row with cut source."""

_SCRIPTS = (".sh", ".bash", ".bat", ".cmd", ".ps1", ".psm1", ".vbs")
_SUFFIX_CHARS = 5
_PYTHON, _PTH, _TEXT = FileType.PYTHON, FileType.PTH, FileType.TEXT
_ROLE_ORDER = (Role.INSTALL, Role.IMPORT, Role.REST)
_by_digest_and_path = attrgetter("digest", "path")


def select_source(release: Release) -> tuple[dict[Role, SourceFiles], tuple[str, ...]]:
    """Return the source of each role that has any, the earliest role first, and the limits that were reached.

    Source is Python, `.pth` files and scripts, each distinct content once, in the role that runs first. If there is
    more than TEXT_SOURCE_BYTES, every file is cut to the same size. After the deadline nothing is selected.
    """
    if time.process_time() > release.deadline:
        return {}, ("seconds",)
    files = _distinct_files(release)
    sizes = [len(member.data) for members in files.values() for member in members]
    cut = even_cut(sizes)
    is_cut = max(sizes, default=0) > cut
    source = {
        role: SourceFiles(
            [member.data[:cut] for member in members],
            *DEPTHS[role],
            () if is_cut else [member.key for member in members],
        )
        for role, members in files.items()
        if members
    }
    return source, (SOURCE_LIMIT,) if is_cut else ()


def even_cut(sizes: Sequence[int]) -> int:
    """Return the size to which files are cut so that their total is at most TEXT_SOURCE_BYTES."""
    left = TEXT_SOURCE_BYTES
    if sum(sizes) <= left:
        return left
    ordered = sorted(sizes)
    for at, size in enumerate(ordered):
        share = left // (len(ordered) - at)
        if size > share:
            return max(share, 1)
        left -= size
    return TEXT_SOURCE_BYTES


def _distinct_files(release: Release) -> dict[Role, list[Member]]:
    """Return the source members of each role in the order of their digests, one for each content."""
    members: dict[Role, list[Member]] = {role: [] for role in _ROLE_ORDER}
    file_types = by_file_type(release)
    for member in chain(file_types[_PYTHON], file_types[_PTH], filter(_is_script, file_types[_TEXT])):
        if member.data:
            members[member.role].append(member)
    seen: set[bytes] = set()
    distinct: dict[Role, list[Member]] = {}
    for role, candidates in members.items():
        distinct[role] = []
        for member in sorted(candidates, key=_by_digest_and_path):
            if member.digest not in seen:
                distinct[role].append(member)
            if member.digest:
                seen.add(member.digest)
    return distinct


def _is_script(member: Member) -> bool:
    return member.head[:2] == b"#!" or member.path[-_SUFFIX_CHARS:].lower().endswith(_SCRIPTS)
