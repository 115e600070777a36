"""Groups the members of a release by file type, once for all feature groups."""

from collections.abc import Mapping, Sequence

from features.contract import FileType, Member, Release
from features.runtime.memo import memoize


@memoize
def by_file_type(release: Release) -> Mapping[FileType, Sequence[Member]]:
    """Return the members of each file type, in the order of the release; every file type has a key."""
    found: dict[FileType, list[Member]] = {file_type: [] for file_type in FileType}
    for member in release.members:
        found[member.file_type].append(member)
    return found
