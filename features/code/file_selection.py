"""Selects the files that the syntax pass reads, and the lines that matter in them."""

import re
from collections.abc import Sequence
from itertools import islice
from typing import NamedTuple

from features.code.analysed_file import AnalysedFile
from features.code.parse.executing_names import PROCESS_STARTERS, SOURCE_RUNNERS
from features.contract import Role
from features.runtime.cache import cached, size_of_numbers
from features.runtime.deadline import Deadline
from features.text.indicator_hits import lines_of

SHORT_BYTES = 8 * 1024
"""Size up to which a file is selected if it is `interesting`; a longer file must be `deserving` (`TextScan`)."""
PLAIN_BYTES = 4 * 1024
"""Bytes of import files without any indicator that are read whole in one release, the shortest files first."""
WHOLE_FILE_CLUSTER = 8
"""Cluster weight from which a file is read whole; other files are sliced to the lines of their indicators."""

_ACTING_LINES = 200
_INSTALL, _IMPORT = Role.INSTALL, Role.IMPORT
_ACTING = re.compile(
    rb"\b(?:(?:%b|system|popen|spawn[lv]p?e?)[ \t]*(?:[(;)\],]|as\b|$)|%b|urlopen|urlretrieve|marshal|ctypes|windll"
    rb"|b64decode|b85decode|a85decode|unhexlify|fromhex|decompress|subprocess|runpy|__import__|__builtins__)"
    # `compile` is left out: it is mostly re.compile.
    % ("|".join((*SOURCE_RUNNERS, "execfile")).encode(), "|".join(PROCESS_STARTERS).encode()),
    re.MULTILINE,
)
"""Matches names that execute, start, download or decode, also in forms that no indicator matches."""


class SelectedFile(NamedTuple):
    """A file that the syntax pass reads; `lines` are those that matter, None if all do."""

    file: AnalysedFile
    lines: tuple[int, ...] | None


def select_files(files: Sequence[AnalysedFile], deadline: Deadline) -> list[SelectedFile]:
    """Return the files that the syntax pass reads, the most urgent first.

    These are all install files, files with sufficient indicators, and import files that are short or may act.
    """
    selected: list[SelectedFile] = []
    plain: list[AnalysedFile] = []
    for file in files:
        if not file.python:
            continue
        scan, role = file.scan, file.member.role
        if role is _INSTALL:
            selected.append(SelectedFile(file, None))
        elif (scan.interesting or (role is _IMPORT and scan.counts)) and (scan.size <= SHORT_BYTES or scan.deserving):
            selected.append(SelectedFile(file, None if scan.cluster_weight >= WHOLE_FILE_CLUSTER else scan.lines))
        elif role is _IMPORT:
            plain.append(file)
    selected += _select_plain(plain, deadline)
    return sorted(selected, key=lambda chosen: chosen.file.urgency)


def _select_plain(files: Sequence[AnalysedFile], deadline: Deadline) -> list[SelectedFile]:
    """Select import files without sufficient indicators: the shortest, and those that may act or name a rare way to."""
    selected: list[SelectedFile] = []
    left = PLAIN_BYTES
    for file in sorted(files, key=lambda file: (file.scan.size, file.member.path)):
        left -= file.scan.size
        if left >= 0 or deadline.passed(file.scan.size):
            selected.append(SelectedFile(file, None))
        elif (lines := find_acting_lines(file)) or file.scan.unusual:
            selected.append(SelectedFile(file, tuple(sorted({*lines, *file.scan.lines}))))
    return selected


@cached("acting_lines", key=lambda file: file.key, size_of=size_of_numbers)
def find_acting_lines(file: AnalysedFile) -> tuple[int, ...]:
    """Return the distinct lines of a file with names that act, up to a bound, such as an alias of `exec`."""
    found = [match.start() for match in islice(_ACTING.finditer(file.python), _ACTING_LINES)]
    return tuple(dict.fromkeys(lines_of(file.python, found)))
