"""Lists the hosts that the text members of a release spell out, also inside encoded and folded text."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from features.code.analysed_file import PROSE_SECTION, AnalysedFile
from features.contract import HostUse, Role
from features.host_list import HostRank
from features.install.roles import is_auxiliary
from features.text.hosts import HostPlace

_OF_ROLE: Mapping[Role, HostRank] = {
    Role.INSTALL: HostRank.INSTALL,
    Role.IMPORT: HostRank.IMPORT,
    Role.REST: HostRank.REST,
}


def host_uses(
    files: Sequence[AnalysedFile], hidden: Iterable[tuple[int, HostPlace]]
) -> Iterator[tuple[HostRank, HostUse]]:
    """Yield the hosts of each file, and `hidden` ones, each with the position of its file."""
    for file in files:
        if file.hosts:
            yield from _uses(file, file.hosts)
    for position, place in hidden:
        yield from _uses(files[position], (place,))


def hidden_hosts(files: Sequence[AnalysedFile]) -> tuple[tuple[int, HostPlace], ...]:
    """Return the hosts inside the encoded and folded text of files, each with the position of its file."""
    return tuple(
        [
            (position, place)
            for position, file in enumerate(files)
            if file.analysis is not None
            for place in file.analysis.hosts
        ]
    )


def _uses(file: AnalysedFile, places: Iterable[HostPlace]) -> Iterator[tuple[HostRank, HostUse]]:
    path, role, rank = file.member.path, file.member.role, _rank(file)
    for host, kind, line, times in places:
        yield rank, HostUse(host, kind, path, line, role, times)


def _rank(file: AnalysedFile) -> HostRank:
    if file.section == PROSE_SECTION:
        return HostRank.PROSE
    if not file.is_code or file.known or is_auxiliary(file.member.path):
        return HostRank.DATA
    return _OF_ROLE[file.member.role]
