"""The members of a release in the orders in which the groups ask for them, found once."""

from collections.abc import Mapping, Sequence

from features.contract import FileType, Member, Release

_SORTS = tuple(FileType)


def by_file_type(release: Release) -> Mapping[FileType, Sequence[Member]]:
    """Return the members of each sort, in the order of the release; every sort has a place."""
    return release.once("by sort", lambda: _by_file_type(release))


def _by_file_type(release: Release) -> Mapping[FileType, Sequence[Member]]:
    found: dict[FileType, list[Member]] = {file_type: [] for file_type in _SORTS}
    for member in release.members:
        found[member.file_type].append(member)
    return found
