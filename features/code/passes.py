"""Runs the indicator pass over all text members of a release, and the syntax pass over some of them."""

from collections.abc import Collection, Sequence

from features.code.analyse_file import analyse_file
from features.code.analysed_file import AnalysedFile, section_of
from features.code.contract import FileAnalysis
from features.code.file_selection import SelectedFile, select_files
from features.code.text_decoding import TEXT_TYPES, read_text
from features.contract import Release
from features.limits import SYNTAX_BYTES, SYNTAX_TOTAL_BYTES
from features.runtime.cache import cached, content_key
from features.runtime.deadline import PARSING_COST, Deadline
from features.runtime.gc_control import collect_young
from features.runtime.memory import make_room

_LIMIT_OF_REASON = {"depth": "syntax_depth", "size": "syntax_bytes"}
"""Limits that prevent a syntax tree, by the reason in a file's analysis."""
_ROOM_BYTES = 8 * 2**20
"""Bytes of text after which memory is looked at again."""
_LONG_BYTES = 2**16
"""Bytes of a file whose tree takes much memory."""


def scan_members(
    release: Release, known: Collection[int], deadline: Deadline, limits: set[str]
) -> tuple[list[AnalysedFile], int]:
    """Run the indicator pass; return the text members and the number of them that were not examined completely.

    `known` holds the `id` of every member that another project published. Limits that were reached are added to
    `limits`.
    """
    files: list[AnalysedFile] = []
    missed = searched = 0
    for member in release.members:
        if member.file_type not in TEXT_TYPES:
            continue
        if deadline.passed(len(member.data)):
            limits.add("seconds")
            missed += 1
            continue
        searched += len(member.data)
        if searched > _ROOM_BYTES:
            searched = 0
            make_room()
        missed += not member.kept or bool(member.problem)
        read = read_text(member)
        python = member.content if read.python is None else read.python
        key = (member.key if read.python is None else content_key(python)) if python else b""
        files.append(
            AnalysedFile(
                member,
                section_of(member),
                python,
                key,
                read.scan,
                read.problems,
                known=id(member) in known,
                hosts=read.hosts,
            )
        )
        if "too_long" in read.problems:
            limits.add("encoding_bytes")
            missed += not member.problem and member.kept
    return files, missed


def analyse_files(files: Sequence[AnalysedFile], deadline: Deadline, limits: set[str]) -> int:
    """Run the syntax pass over the selected files; return the number of them that it did not read completely.

    Limits that were reached are added to `limits`.
    """
    left = SYNTAX_TOTAL_BYTES
    missed = 0
    for selected in select_files(files, deadline):
        file = selected.file
        size = min(len(file.python), SYNTAX_BYTES)
        if deadline.passed(PARSING_COST * size):
            limits.add("seconds")
            missed += 1
        elif size > left:
            limits.add("syntax_total_bytes")
            missed += 1
        else:
            left -= size
            if len(file.python) > size:
                limits.add("syntax_bytes")
                missed += 1
            if size > _LONG_BYTES:
                make_room()
            file.analysis = _analyse(selected)
            if limit := _LIMIT_OF_REASON.get(file.analysis.reason):
                limits.add(limit)
            collect_young()
    return missed


@cached(
    "syntax_analyses",
    key=lambda selected: (selected.file.key, selected.file.member.role, selected.lines),
    size_of=FileAnalysis.size_in_bytes,
)
def _analyse(selected: SelectedFile) -> FileAnalysis:
    return analyse_file(selected.file.python, selected.file.member.role, selected.lines)
