"""Lists the hosts that the text members of a release spell out, also inside encoded and folded text."""

from collections.abc import Iterable, Sequence

from features.code.analysed_file import PROSE_SECTION, AnalysedFile
from features.contract import HostUse
from features.host_list import RANKS_OF_CODE, HostList, HostRank
from features.install.roles import is_auxiliary
from features.text.host_place import HostPlace


def list_hosts(files: Sequence[AnalysedFile], hidden: Iterable[tuple[int, HostPlace]]) -> Sequence[tuple[int, HostUse]]:
    """Return the hosts of files and `hidden` ones, each with the position of its file, as in `GroupRow.hosts`."""
    found = HostList()
    for file in files:
        if file.hosts:
            found.add(_rank(file), file.member, file.hosts)
    for position, place in hidden:
        found.add(_rank(files[position]), files[position].member, (place,))
    return found.ranked()


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


def _rank(file: AnalysedFile) -> HostRank:
    if file.section == PROSE_SECTION:
        return HostRank.PROSE
    if not file.is_code or file.known or is_auxiliary(file.member.path):
        return HostRank.DATA
    return RANKS_OF_CODE[file.member.role]
