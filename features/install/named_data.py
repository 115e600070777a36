"""Finds binary data that scripts, build files or sources name, so that a program may read it as text.

A compiler includes a file under any name, make and CMake include and start one, and setuptools installs any file as a
script. Bytes that are no text do not stop them.
"""

import re
from collections.abc import Iterator
from collections.abc import Set as AbstractSet
from itertools import islice

from features.archive.member_paths import normalise_path
from features.archive.retention import RawMember
from features.contract import FileType
from features.install.named_files import Members, file_name, find_matching_paths, index_by_file_name
from features.runtime.deadline import Deadline

_TEXT_TYPES = frozenset((FileType.TEXT, FileType.METADATA, FileType.PYTHON))
_KNOWN_DATA = (
    b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"\xca\xfe\xba\xbe", b"\xde\x12\x04\x95", b"\x95\x04\x12\xde", b"RIFF",
    b"\0\0\1\0", b"wOFF", b"wOF2", b"\0\1\0\0\0", b"%PDF-", b"\x93NUMPY", b"\x89HDF\r\n\x1a\n", b"SQLite format 3\0",
)  # fmt: skip
"""First bytes of data that no compiler, make or setuptools script takes for text."""
_SOURCE = re.compile(
    r"(?i)\.(?:c|cc|cp|cpp|cxx|c\+\+|h|hh|hpp|hxx|inc|inl|ipp|tcc|def|m|mm|s|asm|cu|cuh|f|for|f90|pyx|pxd|pxi|i|swg"
    r"|rs|cmake|mk|mak|am|in|ac|m4|ninja|gyp|gypi|bzl|bazel|sh|bash)$"
    r"|(?:^|/)(?:(?:gnu)?makefile(?:\.[^/]*)?|cmakelists\.txt|meson\.build|scons(?:truct|cript)|wscript|configure)$"
)
"""Paths of sources and build files that may include or start other files."""
_READS = re.compile(
    # Includes of C and their kin, also through a macro, and of Rust.
    rb"(?:(?:#|%:|\?\?=)[ \t]*(?:include(?:_next)?|import|embed|define[ \t]+\w{1,60})[ \t]*[\"<]"
    rb"|\binclude(?:_str)?![ \t]*\(\s{0,20}\"|#\[path[ \t]*=[ \t]*\""
    # Includes of make and CMake, and the first words after the name of a program that reads sources or scripts.
    rb"|(?:\b(?:include|(?:ba|da|k|z)?sh|python[\d.]*|perl|ruby|node|php|awk|source|c?make|cc|gcc|clang|[cg]\+\+)"
    rb"|(?:^|[;&|@\t])[ \t]*\.)[ \t(,'\"]+(?:-\w+[ \t(,'\"]+(?:\w{1,12}[ \t(,'\"]+)?){0,3})[^\s'\"(),;<>]{0,300}\Z",
)
"""The part of a line before the name of a file that is read as text."""
_LINE_BYTES = 400
"""Bytes of a line before a name that are searched."""
_SCRIPTS = re.compile(rb"\bscripts\b|\bscript-files\b")
"""Keys of setup.py, setup.cfg and pyproject.toml whose values are files to install as programs."""
_SCRIPTS_BYTES = 2_000
"""Bytes after such a key that are searched for file names."""
_WRITTEN = re.compile(rb"[^\s'\"\[\](),;=]{1,300}")
_SETUP_FILES = ("setup.py", "setup.cfg", "pyproject.toml")
_MAX_KEYS = 8
"""Such keys of one file that are read."""
_MAX_PLACES = 200
"""Occurrences of a name in one source that are checked."""
_NAMES_PER_PASS = 4
"""Names that are searched in the time in which as many bytes are inflated."""
_SPLIT_COST = 32
"""Cost of splitting one byte of a source into words, in the same unit."""
_FILE_NAME = re.compile(rb"[^\s'\"(),;<>/\\]{1,255}")
_WORD = re.compile(rb"[\w.-]*\w")


def find_named_data(members: Members, deadline: Deadline) -> Iterator[str]:
    """Yield the paths of binary data that is named; what is named by a file found so is found only if that is text."""
    held = {path: member for path, member in members.items() if _may_be_code(member)}
    if not held:
        return
    by_file_name = index_by_file_name(held)
    found: set[str] = set()
    for written in _written_names(members, {name.encode() for name in by_file_name}, deadline):
        name = normalise_path(written.decode("utf-8", "replace"))
        if file_name(name) in by_file_name:
            for path in find_matching_paths(name, by_file_name):
                if path not in found:
                    found.add(path)
                    yield path


def _may_be_code(member: RawMember) -> bool:
    return member.file_type is FileType.BINARY and bool(member.spare) and not member.head.startswith(_KNOWN_DATA)


def _written_names(members: Members, names: AbstractSet[bytes], deadline: Deadline) -> Iterator[bytes]:
    """Yield the paths that setup files and sources spell out; those of sources end in one of the file names."""
    for path in _SETUP_FILES:
        if path in members:
            data = members[path].data
            for key in islice(_SCRIPTS.finditer(data), _MAX_KEYS):
                yield from _WRITTEN.findall(data, key.end(), key.end() + _SCRIPTS_BYTES)
    for path, member in members.items():
        data = member.data
        if member.file_type not in _TEXT_TYPES or not data or not _SOURCE.search(path):
            continue
        passes = min(1 + len(names) // _NAMES_PER_PASS, _SPLIT_COST)
        if deadline.passed(len(data) * passes):
            return
        here = names if passes < _SPLIT_COST else {m[0] for m in _FILE_NAME.finditer(data) if m[0] in names}
        yield from (name for name in here if _is_read(name, data, deadline))


def _is_read(name: bytes, data: bytes, deadline: Deadline) -> bool:
    """Return whether a source has a name where it stands for a file that is read as text."""
    at = data.find(name)
    for _ in range(_MAX_PLACES):
        if at < 0 or deadline.passed(_LINE_BYTES * _SPLIT_COST):
            return False
        line = data[max(data.rfind(b"\n", 0, at) + 1, at - _LINE_BYTES) : at]
        if _READS.search(line) and not _WORD.match(data, at + len(name)):
            return True
        at = data.find(name, at + 1)
    return False
