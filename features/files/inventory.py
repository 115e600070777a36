"""Counts and measures the files of a release, and counts the anomalies of its container."""

import re
from statistics import median

from features.contract import FileType, Kind, Member, Release, Role, Scalar
from features.files.columns import COLUMN_ANOMALIES
from features.files.release_paths import ReleasePaths
from features.text.lexing import code_bytes

MEASURED_BYTES = 16 * 2**10
"""Bytes of Python up to which the code outside setup.py is measured; a larger release is never nearly empty."""
NEARLY_EMPTY_BYTES = 200
"""Bytes of code outside setup.py below which a release is nearly empty."""

_INITIALISER_BYTES = 2_000
"""Bytes from which an `__init__` is taken to hold code."""
_ROLES = tuple(Role)
_BEGINS_WITH_CODE = re.compile(rb"(?:\s++|#[^\n]*+)*+[A-Za-z_@(\[{]")
"""Matches source whose first token is neither blank, a comment nor a string."""
_NO_CONTENT = frozenset(("dangling link", "link out of the archive", "device"))
"""Problems of members that have no content to examine."""
_ZIP_ANOMALIES = ("anomaly_hidden_member", "anomaly_duplicate_member")
"""Columns that are null for anything but a zip; see `features.files.columns`."""


def anomaly_values(release: Release) -> dict[str, Scalar]:
    """Return the number of occurrences of each anomaly of the container."""
    values: dict[str, Scalar] = {
        f"anomaly_{anomaly.id}": int(release.anomalies.get(anomaly.id, 0)) for anomaly in COLUMN_ANOMALIES
    }
    if not release.container.startswith("zip"):
        values |= dict.fromkeys(_ZIP_ANOMALIES)
    return values


def count_values(paths: ReleasePaths) -> dict[str, Scalar]:
    """Return the numbers of files, folders, suffixes and packages."""
    members = paths.release.members
    initialisers = [member for member in members if member.path.endswith("__init__.py") and _is_initialiser(member)]
    empty = sum(map(_is_empty_initialiser, initialisers))
    return {
        "members": len(members),
        **{
            file_type.value: len(found)
            for file_type, found in paths.file_types.items()
            if file_type is not FileType.METADATA
        },
        "folders": len({member.path.rpartition("/")[0] for member in members}),
        "types": len(set(paths.suffixes)),
        "initialisers": len(initialisers),
        "empty_initialisers": empty / len(initialisers) if initialisers else None,
        "unexamined": sum([member.problem not in _NO_CONTENT for member in members if member.problem]),
        "limits": len(paths.release.limits),
    }


def size_values(paths: ReleasePaths) -> dict[str, Scalar]:
    """Return the sizes of a release's files, by file type and by role."""
    release = paths.release
    if not release.members:
        return {"artifact_bytes": release.size}
    sizes = [member.size for member in release.members]
    total, largest = sum(sizes), max(sizes)
    python = [member.size for member in paths.file_types[FileType.PYTHON]]
    python_bytes = sum(python)
    role_bytes = dict.fromkeys(_ROLES, 0)
    for file_type in (FileType.PYTHON, FileType.PTH):
        for member in paths.file_types[file_type]:
            role_bytes[member.role] += member.size
    code = sum(role_bytes.values())
    depths = [path.count("/") for path in paths.relative]
    values: dict[str, Scalar] = {
        "artifact_bytes": release.size,
        "bytes": total,
        "ratio": total / release.size if release.size else None,
        "largest": largest,
        "largest_share": largest / total if total else None,
        "python_bytes": python_bytes,
        "python_share": python_bytes / total if total else None,
        "python_median": int(median(python)) if python else None,
        "python_largest": max(python, default=None),
        "install_bytes": role_bytes[Role.INSTALL],
        "import_bytes": role_bytes[Role.IMPORT],
        "rest_bytes": role_bytes[Role.REST],
        "install_share": role_bytes[Role.INSTALL] / code if code else None,
        "native_bytes": paths.total_size(FileType.NATIVE),
        "binary_bytes": paths.total_size(FileType.BINARY, FileType.ARCHIVE),
        "depth": max(depths),
        "depth_mean": sum(depths) / len(depths),
    }
    return values | _code_values(paths, python_bytes) | _setup_values(release)


def _code_values(paths: ReleasePaths, python_bytes: int) -> dict[str, Scalar]:
    """Return the amount of code outside setup.py, if it is small; {} if it is not known."""
    if python_bytes > MEASURED_BYTES:
        return {"nearly_empty": False}
    setup = f"{paths.release.root}setup.py"
    body = [member for member in paths.file_types[FileType.PYTHON] if member.path not in {setup, "setup.py"}]
    if any(member.size and not member.data for member in body):
        return {}
    code = sum(code_bytes(member.data) for member in body)
    compiled = bool(paths.file_types[FileType.NATIVE] or paths.file_types[FileType.BYTECODE])
    return {"code_bytes": code, "nearly_empty": code < NEARLY_EMPTY_BYTES and not compiled}


def _setup_values(release: Release) -> dict[str, Scalar]:
    path = f"{release.root}setup.py"
    setup = next((member for member in release.members if member.path == path), None)
    if setup is None or release.kind in {Kind.WHEEL, Kind.EGG}:
        return {}
    lines = setup.data.count(b"\n") + 1 if setup.data else None
    return {"setup_bytes": min(setup.size, 2**31 - 1), "setup_lines": lines}


def _is_initialiser(member: Member) -> bool:
    return member.path.rpartition("/")[2] == "__init__.py" and not member.problem


def _is_empty_initialiser(member: Member) -> bool:
    if member.size == 0:
        return True
    if member.size >= _INITIALISER_BYTES or not member.data:
        return False
    return _BEGINS_WITH_CODE.match(member.data) is None and code_bytes(member.data) == 0
