"""Finds code where none is expected: native code, Python under a data suffix, bytecode without its source."""

import re
from collections import Counter

from features.binary.native_magic import NativeFormat, is_disguised, native_format
from features.contract import FileType, Kind, Release, Scalar
from features.files.release_paths import ReleasePaths

_DATA_SUFFIXES = frozenset({
    ".png", ".jpg", ".jpeg", ".gif", ".ico", ".dat", ".bin", ".log", ".tmp", ".bak", ".json", ".csv", ".db", ".dll",
    ".txt",
})  # fmt: skip
"""Suffixes of data files, under which Python may be hidden."""
_SNIFFED_TYPES = frozenset((FileType.TEXT, FileType.BINARY, FileType.PYTHON))
_CODE_LINE = re.compile(
    rb"^[ \t]*(?:import \w+|from [\w.]+ import |def \w+\(|class \w+[(:]|exec\(|eval\()", re.MULTILINE
)


def disguise_values(paths: ReleasePaths) -> dict[str, Scalar]:
    """Return the numbers of native files, and of files whose content does not match their name or place."""
    release = paths.release
    natives = paths.file_types[FileType.NATIVE]
    formats = Counter(native_format(member.head) for member in natives)
    disguised = [
        member
        for suffix, member in zip(paths.suffixes, release.members, strict=True)
        if suffix in _DATA_SUFFIXES and member.file_type in _SNIFFED_TYPES and reads_like_python(suffix, member.head)
    ]
    return {
        "elf": formats[NativeFormat.ELF],
        "pe": formats[NativeFormat.PE],
        "macho": formats[NativeFormat.MACHO],
        "native_unexpected": len(natives) if _promises_no_native_code(release) else 0,
        "native_disguised": sum(is_disguised(member.path, member.head) for member in natives),
        "python_disguised": len(disguised),
        "bytecode_orphans": _count_orphans(paths),
    }


def reads_like_python(suffix: str, head: bytes) -> bool:
    """Return whether the beginning of a file reads like Python; text needs stronger signs than binary data."""
    # Every line that the pattern matches contains one of these.
    if not (b"import " in head or b"def " in head or b"class " in head or b"exec(" in head or b"eval(" in head):
        return False
    if suffix != ".txt":
        return len(_CODE_LINE.findall(head)) >= 2
    return head.lstrip()[:6] in {b"import", b"from o"} and len(_CODE_LINE.findall(head)) >= 4


def _promises_no_native_code(release: Release) -> bool:
    return release.kind is Kind.SDIST or (
        release.kind is Kind.WHEEL and release.filename.removesuffix(".whl").endswith("-any")
    )


def _count_orphans(paths: ReleasePaths) -> int:
    compiled = [_module_path(member.path) for member in paths.file_types[FileType.BYTECODE]]
    if not compiled:
        return 0
    sources = {
        _module_path(member.path)
        for file_type in (FileType.PYTHON, FileType.EMPTY)
        for member in paths.file_types[file_type]
    }
    return sum(module not in sources for module in compiled)


def _module_path(path: str) -> str:
    """Return a module's path without suffix, the same for `__pycache__/a.cpython-311.pyc` and `a.py`."""
    folder, _, base = path.rpartition("/")
    return f"{folder.removesuffix('__pycache__').rstrip('/')}/{base.partition('.')[0]}"
