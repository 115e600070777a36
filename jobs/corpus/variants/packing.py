"""Reads a distribution file into memory, under limits, and packs members again: sdists (tar, zip) and wheels."""

import base64
import bz2
import csv
import gzip
import hashlib
import io
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import replace

from jobs.corpus.variants.contract import Entry, Package, UnfitError

MOST_BYTES = 96 * 2**20
"""Bytes of all members together, inflated."""
MOST_MEMBERS = 20_000
_WHEN = (2020, 2, 2, 0, 0, 0)
_FAULTS = (
    tarfile.TarError, zipfile.BadZipFile, zlib.error, struct.error, OSError, EOFError, ValueError, KeyError,
    IndexError, NotImplementedError, RuntimeError, OverflowError, MemoryError,
)  # fmt: skip
"""What the standard library raises over a damaged or hostile archive."""


def read_package(data: bytes, filename: str, project: str, version: str) -> Package:
    """Return an artifact's members; raises UnfitError for what is no archive of ours to change, or too large."""
    try:
        if data.startswith(b"\x1f\x8b"):
            container, entries = "tar.gz", list(_read_tar(_inflate(gzip.GzipFile(fileobj=io.BytesIO(data)), filename)))
        elif data.startswith(b"BZh"):
            container, entries = "tar.bz2", list(_read_tar(_inflate(bz2.BZ2File(io.BytesIO(data)), filename)))
        elif data.startswith(b"PK\x03\x04"):
            container, entries = "zip", list(_read_zip(data))
        elif data[257:262] == b"ustar":
            container, entries = "tar", list(_read_tar(data))
        else:
            container, entries = "", []
    except UnfitError:
        raise
    except _FAULTS as error:
        raise UnfitError(filename, f"is a damaged archive ({type(error).__name__})") from error
    if not container:
        raise UnfitError(filename, "is no archive that can be packed again")
    # Of members of one path the last is what an unpacker leaves.
    last = {entry.path: entry for entry in entries}
    if not any(not entry.folder for entry in last.values()):
        raise UnfitError(filename, "holds no files")
    return Package(filename, project, version, container, tuple(last.values()))


def pack(package: Package) -> bytes:
    """Return a package as the bytes of a distribution file; raises UnfitError where a name cannot be written."""
    try:
        if package.container == "zip":
            return _write_zip(package)
        plain = _write_tar(package)
    except _FAULTS as error:
        raise UnfitError(package.filename, f"cannot be packed again ({type(error).__name__})") from error
    if package.container == "tar.gz":
        return gzip.compress(plain, 6, mtime=1)
    return bz2.compress(plain) if package.container == "tar.bz2" else plain


def with_files(package: Package, files: Mapping[str, bytes]) -> Package:
    """Return a package with these files changed or added, and its lists of files (RECORD, SOURCES.txt) kept true."""
    before = package.files()
    changed = {path: data for path, data in files.items() if before.get(path) != data}
    changed |= _records(before, changed)
    changed |= _sources(before, changed)
    entries = [replace(e, data=changed[e.path], link="") if e.path in changed else e for e in package.entries]
    known = {entry.path for entry in package.entries}
    entries += [Entry(path, data) for path, data in changed.items() if path not in known]
    return replace(package, entries=tuple(entries))


def record_line(path: str, data: bytes) -> str:
    """Return a file's line of a wheel's RECORD."""
    digest = base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerow([path, f"sha256={digest}", len(data)])
    return text.getvalue()


def _records(before: Mapping[str, bytes], changed: Mapping[str, bytes]) -> dict[str, bytes]:
    path = next((p for p in before if p.endswith(".dist-info/RECORD") and p.count("/") == 1), "")
    if not path or not changed:
        return {}
    lines = before[path].decode("utf-8", "replace").splitlines()
    kept = [line for line in lines if line.split(",")[0].strip('"') not in changed and line]
    made = [record_line(name, data).rstrip("\n") for name, data in changed.items() if name != path]
    last = [line for line in kept if line.startswith(path)]
    kept = [line for line in kept if not line.startswith(path)]
    return {path: ("\n".join([*kept, *made, *(last or [f"{path},,"])]) + "\n").encode()}


def _sources(before: Mapping[str, bytes], changed: Mapping[str, bytes]) -> dict[str, bytes]:
    path = next((p for p in before if p.endswith(".egg-info/SOURCES.txt")), "")
    root = path.partition("/")[0] + "/"
    added = [name.removeprefix(root) for name in changed if name not in before and name.startswith(root)]
    if not path or not added:
        return {}
    listed = before[path].decode("utf-8", "replace").splitlines()
    return {path: ("\n".join(sorted({*listed, *added})) + "\n").encode()}


def _inflate(stream: gzip.GzipFile | bz2.BZ2File, filename: str) -> bytes:
    data = stream.read(MOST_BYTES + 1)
    if len(data) > MOST_BYTES:
        raise UnfitError(filename, f"inflates to more than {MOST_BYTES:,} bytes")
    return data


def _read_tar(data: bytes) -> Iterator[Entry]:
    total = 0
    with tarfile.open(fileobj=io.BytesIO(data), mode="r:") as archive:
        for number, member in enumerate(archive):
            total += member.size if member.isreg() else 0
            _bound(number, total)
            if member.isdir():
                yield Entry(member.name, folder=True, mode=member.mode)
            elif member.issym() or member.islnk():
                yield Entry(member.name, link=member.linkname, hard=member.islnk(), mode=member.mode)
            elif member.isreg():
                file = archive.extractfile(member)
                yield Entry(member.name, file.read() if file else b"", member.mode)


def _read_zip(data: bytes) -> Iterator[Entry]:
    total = 0
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        for number, member in enumerate(archive.infolist()):
            total += member.file_size
            _bound(number, total)
            mode = member.external_attr >> 16 & 0o7777
            if member.is_dir():
                yield Entry(member.filename, folder=True)
            else:
                yield Entry(member.filename, archive.read(member), mode or 0o644)


def _bound(number: int, total: int) -> None:
    if number >= MOST_MEMBERS or total > MOST_BYTES:
        raise UnfitError("archive", f"holds more than {MOST_MEMBERS:,} members or {MOST_BYTES:,} bytes")


def _write_tar(package: Package) -> bytes:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w", format=tarfile.PAX_FORMAT) as archive:
        for entry in package.entries:
            info = tarfile.TarInfo(entry.path)
            info.mode, info.mtime = entry.mode & 0o7777, 1_600_000_000
            if entry.folder:
                info.type = tarfile.DIRTYPE
            elif entry.link:
                info.type = tarfile.LNKTYPE if entry.hard else tarfile.SYMTYPE
                info.linkname = entry.link
            info.size = len(entry.data)
            archive.addfile(info, io.BytesIO(entry.data))
    return packed.getvalue()


def _write_zip(package: Package) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for entry in package.entries:
            info = zipfile.ZipInfo(entry.path, _WHEN)
            info.compress_type = zipfile.ZIP_STORED if entry.folder else zipfile.ZIP_DEFLATED
            info.external_attr = ((0o40755 if entry.folder else 0o100000 | entry.mode) << 16) | (0x10 * entry.folder)
            archive.writestr(info, entry.data)
    return packed.getvalue()
