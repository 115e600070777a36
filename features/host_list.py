"""Merges the hosts that the members of a release spell out into one list, the most important first."""

from collections.abc import Iterable
from enum import IntEnum

from features.contract import HostUse

MOST_HOSTS = 256
"""Hosts that a row keeps."""
LIMIT = "listed_hosts"
"""Name of the limit in a row that does not list all hosts; all of its members were examined as ever."""
_MOST_MERGED = 16 * MOST_HOSTS
_MOST_TIMES = 2**31 - 1


class HostRank(IntEnum):
    """Order of hosts by the kind of member that spells them out."""

    INSTALL = 0
    IMPORT = 1
    REST = 2
    DATA = 3
    """Text that is not code, binary data, code of tests and code that another project published."""
    PROSE = 4


def merge_hosts(ranked: Iterable[tuple[int, HostUse]]) -> list[tuple[int, HostUse]]:
    """Return each host once, at its first place of the lowest rank; at most one more than MOST_HOSTS."""
    found: dict[str, tuple[int, int, HostUse]] = {}
    for number, (rank, use) in enumerate(ranked):
        before = found.get(use.host)
        if before is None:
            found[use.host] = rank, number, use
        else:
            first = before if before[0] <= rank else (rank, number, use)
            times = min(before[2].times + use.times, _MOST_TIMES)
            found[use.host] = *first[:2], first[2]._replace(times=times)
        if len(found) > _MOST_MERGED:
            found = {use.host: (rank, number, use) for rank, number, use in sorted(found.values())[:MOST_HOSTS]}
    return [(rank, use) for rank, _, use in sorted(found.values())[: MOST_HOSTS + 1]]
