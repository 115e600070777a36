"""The members of a release in the orders in which the groups ask for them, found once."""

from collections.abc import Mapping, Sequence

from features.contract import Member, Release, Sort

_SORTS = tuple(Sort)


def by_sort(release: Release) -> Mapping[Sort, Sequence[Member]]:
    """Return the members of each sort, in the order of the release; every sort has a place."""
    return release.once("by sort", lambda: _by_sort(release))


def _by_sort(release: Release) -> Mapping[Sort, Sequence[Member]]:
    found: dict[Sort, list[Member]] = {sort: [] for sort in _SORTS}
    for member in release.members:
        found[member.sort].append(member)
    return found
