"""Examines compiled Python: its header, its source, the names and strings in it."""

from features.binary.bytecode import foreign_names, read_bytecode, source_path, tagged_version
from features.binary.examination import BinaryExamination, distinct_members
from features.binary.string_scan import scan_strings
from features.contract import FileType, Member, Role
from features.file_type_index import by_file_type

MAX_SEARCHED = 500
"""Compiled files of one release that are searched for strings."""
COMPARED_BYTES = 4 * 2**20
"""Bytes of sources and compiled files that are compared in one release."""
SWAPPED_NAMES = 8
"""Number of names missing in the source from which it is another file's source; a few are the compiler's own."""
SWAPPED_NAMES_OF_OTHER_SIZE = 3
"""The same number if the size of the source differs too."""

_SOURCES = frozenset((FileType.PYTHON, FileType.EMPTY))


def examine_compiled_python(examination: BinaryExamination) -> None:
    """Examine the compiled Python files of a release."""
    members = by_file_type(examination.release)[FileType.BYTECODE]
    if not members:
        return
    examination.has_binaries = True
    examination.add("bytecode", len(members))
    sources = {member.path: member for member in examination.release.members if member.file_type in _SOURCES}
    versions: set[str] = set()
    left = COMPARED_BYTES
    for member in members:
        header = read_bytecode(member.head)
        tag = tagged_version(member.path)
        versions.add(header.version)
        examination.add("bytecode_early", member.role is not Role.REST)
        examination.add("bytecode_other_version", bool(tag and header.version) and tag != header.version)
        examination.add("bytecode_unchecked", header.unchecked)
        if header.unchecked:
            examination.show(member, "bytecode_unchecked", "")
        source = sources.get(source_path(member.path))
        if source is None:
            examination.add("bytecode_alone", "__pycache__/" not in member.path)
        else:
            left -= _compare(examination, member, source, header.source_size, left)
    examination.add("bytecode_versions", len(versions))
    for number, member in enumerate(distinct_members(members)):
        _search(examination, member, is_wanted=number < MAX_SEARCHED)


def _search(examination: BinaryExamination, member: Member, *, is_wanted: bool) -> None:
    """Search a file for strings; a file that is left out counts as a limit, because nothing else in it is read."""
    size = len(member.data)
    if not is_wanted or size > examination.bytes_left or not size or examination.is_late():
        examination.limits.add("binary_bytes")
        examination.add("not_searched")
        return
    examination.spend(size)
    strings = scan_strings((member.data,))
    examination.add_strings(member, "bytecode", strings)
    examination.add_python_names(member, strings)


def _compare(examination: BinaryExamination, member: Member, source: Member, source_size: int | None, left: int) -> int:
    """Compare a compiled file with its source; return the number of compared bytes."""
    differs = source_size is not None and not source.problem and source_size != source.size & 0xFFFFFFFF
    examination.add("bytecode_other_size", differs)
    size = source.size + member.size
    if not member.data or (source.size and len(source.data) < source.size) or size > left:
        return 0
    names = foreign_names(member, source)
    examination.raise_to("bytecode_foreign_names", names)
    if names >= SWAPPED_NAMES or (differs and names >= SWAPPED_NAMES_OF_OTHER_SIZE):
        examination.add("bytecode_swapped")
        examination.show(member, "bytecode_swapped", source.path)
    return size
