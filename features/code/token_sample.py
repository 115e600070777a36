"""Samples the hashed code tokens of a release, a capped number for each role."""

from collections.abc import Sequence

from features.code import tokens
from features.code.analysed_file import PROSE_SECTION, AnalysedFile
from features.contract import Member, Role
from features.runtime.cache import cached, size_of_numbers
from features.runtime.deadline import Deadline
from features.text.decode import decode_source

FALLBACK_BYTES = 8 * 1024
"""Bytes of code that give tokens of a role without interesting files."""

_INSTALL, _REST = Role.INSTALL, Role.REST


def sample_tokens(files: Sequence[AnalysedFile], deadline: Deadline) -> tuple[int, ...]:
    """Return the tokens that the feature table keeps (`tokens.code_tokens`).

    Each sampled file gets its own `tokens`. Files that the syntax pass read come first. Inner modules that another
    project published only fill the room that the others leave.
    """
    by_role: dict[Role, set[int]] = {role: set() for role in Role}
    of_known_modules: set[int] = set()
    plain: dict[Role, list[AnalysedFile]] = {role: [] for role in Role}

    def add(file: AnalysedFile, found: tuple[int, ...]) -> None:
        file.tokens = found
        role = file.member.role
        (of_known_modules if file.known and role is _REST else by_role[role]).update(found)

    for file in files:
        if file.analysis is not None:
            add(file, file.analysis.tokens)
        elif deadline.passed(0):
            continue
        elif not file.is_code:
            if file.section != PROSE_SECTION and file.scan.interesting:
                add(file, _written_tokens(file.member))
        elif file.member.role is _INSTALL:
            add(file, _written_tokens(file.member))
        else:
            plain[file.member.role].append(file)
    for role, candidates in plain.items():
        if by_role[role]:
            continue
        left = FALLBACK_BYTES
        for file in sorted(candidates, key=lambda file: (file.known, file.scan.size, file.member.path)):
            left -= file.scan.size
            if left < 0 or deadline.passed(file.scan.size):
                break
            add(file, _written_tokens(file.member))
    rest = by_role[_REST]
    room = tokens.CAP - len(tokens.smallest(rest))
    rest.update(tokens.smallest(of_known_modules - rest, room))
    return tokens.code_tokens(by_role)


@cached("loose_tokens", key=lambda member: member.key, size_of=size_of_numbers)
def _written_tokens(member: Member) -> tuple[int, ...]:
    return tokens.source_tokens(decode_source(member.content).text)
