"""Lists the hosts that the members of a release spell out, each once, the most important first."""

from collections.abc import Iterable, Mapping
from enum import IntEnum
from itertools import chain

from features.contract import GroupRow, HostKind, HostUse, Member, Role
from features.text.host_place import HostPlace

MOST_HOSTS = 256
"""Hosts that a row keeps."""
LIMIT = "listed_hosts"
"""Name of the limit in a row that does not list all hosts; all of its members were examined as ever."""
_MOST_COLLECTED = 16 * MOST_HOSTS
_MOST_TIMES = 2**31 - 1


class HostRank(IntEnum):
    """Order of hosts by the kind of member that spells them out."""

    INSTALL = 0
    IMPORT = 1
    REST = 2
    DATA = 3
    """Text that is not code, binary data, code of tests and code that another project published."""
    PROSE = 4


RANKS_OF_CODE: Mapping[Role, HostRank] = {
    Role.INSTALL: HostRank.INSTALL,
    Role.IMPORT: HostRank.IMPORT,
    Role.REST: HostRank.REST,
}
"""Rank of code by its role."""


class HostList:
    """Collects hosts; each stands at its first place of the lowest rank."""

    def __init__(self) -> None:
        self._found: dict[str, PlaceOfHost] = {}

    def add(self, rank: int, member: Member, places: Iterable[HostPlace]) -> None:
        """Add the places of hosts in one member."""
        for host, kind, line, times in places:
            before = self._found.get(host)
            if before is not None and before.rank <= rank:
                before.times += times
            else:
                self.add_place(host, PlaceOfHost(rank, kind, member.path, line, member.role, times))

    def ranked(self) -> list[tuple[int, HostUse]]:
        """Return the hosts, each with its rank, in that order; at most one more than MOST_HOSTS."""
        ordered = sorted(self._found.items(), key=lambda pair: pair[1].rank)[: MOST_HOSTS + 1]
        return [
            (at.rank, HostUse(host, at.kind, at.member, at.line, at.role, min(at.times, _MOST_TIMES)))
            for host, at in ordered
        ]

    def add_place(self, host: str, place: "PlaceOfHost") -> None:
        """Add a host with one place, and the number of all of its places."""
        before = self._found.get(host)
        if before is None:
            self._found[host] = place
            if len(self._found) > _MOST_COLLECTED:
                kept = sorted(self._found.items(), key=lambda pair: pair[1].rank)[: MOST_HOSTS + 1]
                self._found = dict(kept)
        elif place.rank < before.rank:
            place.times += before.times
            self._found[host] = place
        else:
            before.times += place.times


def merge_hosts(group_rows: Iterable[GroupRow]) -> list[HostUse]:
    """Return the hosts of all groups, in the order of their ranks; at most one more than MOST_HOSTS."""
    lists = [group_row.hosts for group_row in group_rows if group_row.hosts]
    if len(lists) == 1:
        return [use for _, use in lists[0]]
    merged = HostList()
    for rank, use in chain.from_iterable(lists):
        merged.add_place(use.host, PlaceOfHost(rank, use.kind, use.member, use.line, use.role, use.times))
    return [use for _, use in merged.ranked()]


class PlaceOfHost:
    """The place at which a host stands, and its number at all places."""

    __slots__ = ("kind", "line", "member", "rank", "role", "times")

    def __init__(self, rank: int, kind: HostKind, member: str, line: int, role: Role, times: int) -> None:
        self.rank = rank
        self.kind = kind
        self.member = member
        self.line = line
        self.role = role
        self.times = times
