"""Reads a distribution file (tar, zip, wheel) into memory under limits, changes its files and packs it again."""

import bz2
import gzip
import io
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import replace

from jobs.corpus.variants.contract import ArchiveMember, NotApplicableError, Package
from jobs.corpus.wheel_record import record_line

MAX_BYTES = 96 * 2**20
"""Inflated bytes of all members together."""
MAX_MEMBERS = 20_000
_ZIP_TIME = (2020, 2, 2, 0, 0, 0)
_ARCHIVE_ERRORS = (
    tarfile.TarError, zipfile.BadZipFile, zlib.error, struct.error, OSError, EOFError, ValueError, KeyError,
    IndexError, NotImplementedError, RuntimeError, OverflowError, MemoryError,
)  # fmt: skip
"""Exceptions that the standard library raises for a damaged or hostile archive."""


def read_package(data: bytes, filename: str, project: str, version: str) -> Package:
    """Return the members of an artifact; raises NotApplicableError for another format, damage or too many bytes."""
    try:
        if data.startswith(b"\x1f\x8b"):
            container, members = "tar.gz", list(_read_tar(_inflate(gzip.GzipFile(fileobj=io.BytesIO(data)), filename)))
        elif data.startswith(b"BZh"):
            container, members = "tar.bz2", list(_read_tar(_inflate(bz2.BZ2File(io.BytesIO(data)), filename)))
        elif data.startswith(b"PK\x03\x04"):
            container, members = "zip", list(_read_zip(data))
        elif data[257:262] == b"ustar":
            container, members = "tar", list(_read_tar(data))
        else:
            container, members = "", []
    except NotApplicableError:
        raise
    except _ARCHIVE_ERRORS as error:
        raise NotApplicableError(filename, f"is a damaged archive ({type(error).__name__})") from error
    if not container:
        raise NotApplicableError(filename, "is no archive that can be packed again")
    # Of several members with one path, unpacking leaves the last.
    last = {member.path: member for member in members}
    if not any(not member.is_folder for member in last.values()):
        raise NotApplicableError(filename, "holds no files")
    return Package(filename, project, version, container, tuple(last.values()))


def pack(package: Package) -> bytes:
    """Return the bytes of a distribution file; raises NotApplicableError where a name cannot be written."""
    try:
        if package.container == "zip":
            return _write_zip(package)
        plain = _write_tar(package)
    except _ARCHIVE_ERRORS as error:
        raise NotApplicableError(package.filename, f"cannot be packed again ({type(error).__name__})") from error
    if package.container == "tar.gz":
        return gzip.compress(plain, 6, mtime=1)
    return bz2.compress(plain) if package.container == "tar.bz2" else plain


def with_files(package: Package, files: Mapping[str, bytes]) -> Package:
    """Return a package with these files changed or added, and with RECORD and SOURCES.txt brought up to date."""
    before = package.files()
    changed = {path: data for path, data in files.items() if before.get(path) != data}
    changed |= _updated_record(before, changed)
    changed |= _updated_sources(before, changed)
    members = [replace(m, data=changed[m.path], link_target="") if m.path in changed else m for m in package.members]
    known = {member.path for member in package.members}
    members += [ArchiveMember(path, data) for path, data in changed.items() if path not in known]
    return replace(package, members=tuple(members))


def _updated_record(before: Mapping[str, bytes], changed: Mapping[str, bytes]) -> dict[str, bytes]:
    """Return {path of RECORD: content} with new lines for the changed files; {} without a RECORD or a change."""
    path = next((p for p in before if p.endswith(".dist-info/RECORD") and p.count("/") == 1), "")
    if not path or not changed:
        return {}
    lines = before[path].decode("utf-8", "replace").splitlines()
    kept = [line for line in lines if line.split(",")[0].strip('"') not in changed and line]
    new = [record_line(name, data) for name, data in changed.items() if name != path]
    own = [line for line in kept if line.startswith(path)] or [f"{path},,"]
    kept = [line for line in kept if not line.startswith(path)]
    return {path: ("\n".join([*kept, *new, *own]) + "\n").encode()}


def _updated_sources(before: Mapping[str, bytes], changed: Mapping[str, bytes]) -> dict[str, bytes]:
    """Return {path of SOURCES.txt: content} with the added files; {} without a SOURCES.txt or a new file."""
    path = next((p for p in before if p.endswith(".egg-info/SOURCES.txt")), "")
    root = path.partition("/")[0] + "/"
    added = [name.removeprefix(root) for name in changed if name not in before and name.startswith(root)]
    if not path or not added:
        return {}
    listed = before[path].decode("utf-8", "replace").splitlines()
    return {path: ("\n".join(sorted({*listed, *added})) + "\n").encode()}


def _inflate(stream: gzip.GzipFile | bz2.BZ2File, filename: str) -> bytes:
    data = stream.read(MAX_BYTES + 1)
    if len(data) > MAX_BYTES:
        raise NotApplicableError(filename, f"inflates to more than {MAX_BYTES:,} bytes")
    return data


def _read_tar(data: bytes) -> Iterator[ArchiveMember]:
    total = 0
    with tarfile.open(fileobj=io.BytesIO(data), mode="r:") as archive:
        for number, member in enumerate(archive):
            total += member.size if member.isreg() else 0
            _check_limits(number, total)
            if member.isdir():
                yield ArchiveMember(member.name, is_folder=True, mode=member.mode)
            elif member.issym() or member.islnk():
                yield ArchiveMember(
                    member.name, link_target=member.linkname, is_hard_link=member.islnk(), mode=member.mode
                )
            elif member.isreg():
                file = archive.extractfile(member)
                yield ArchiveMember(member.name, file.read() if file else b"", member.mode)


def _read_zip(data: bytes) -> Iterator[ArchiveMember]:
    total = 0
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        for number, member in enumerate(archive.infolist()):
            total += member.file_size
            _check_limits(number, total)
            mode = member.external_attr >> 16 & 0o7777
            if member.is_dir():
                yield ArchiveMember(member.filename, is_folder=True)
            else:
                yield ArchiveMember(member.filename, archive.read(member), mode or 0o644)


def _check_limits(number: int, total: int) -> None:
    if number >= MAX_MEMBERS or total > MAX_BYTES:
        raise NotApplicableError("archive", f"holds more than {MAX_MEMBERS:,} members or {MAX_BYTES:,} bytes")


def _write_tar(package: Package) -> bytes:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w", format=tarfile.PAX_FORMAT) as archive:
        for member in package.members:
            info = tarfile.TarInfo(member.path)
            info.mode, info.mtime = member.mode & 0o7777, 1_600_000_000
            if member.is_folder:
                info.type = tarfile.DIRTYPE
            elif member.link_target:
                info.type = tarfile.LNKTYPE if member.is_hard_link else tarfile.SYMTYPE
                info.linkname = member.link_target
            info.size = len(member.data)
            archive.addfile(info, io.BytesIO(member.data))
    return packed.getvalue()


def _write_zip(package: Package) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for member in package.members:
            info = zipfile.ZipInfo(member.path, _ZIP_TIME)
            info.compress_type = zipfile.ZIP_STORED if member.is_folder else zipfile.ZIP_DEFLATED
            info.external_attr = ((0o40755 if member.is_folder else 0o100000 | member.mode) << 16) | (
                0x10 * member.is_folder
            )
            archive.writestr(info, member.data)
    return packed.getvalue()
