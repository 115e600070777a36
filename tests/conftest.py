"""Builders of small distribution files, so that every test makes the archives that it reads."""

import bz2
import gzip
import hashlib
import io
import lzma
import tarfile
import zipfile
from base64 import urlsafe_b64encode
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

# A busy machine is slow at times, and no test is about time.
settings.register_profile("boojum", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("quick", settings.get_profile("boojum"), max_examples=15)  # `make check`
settings.load_profile("boojum")

Files = Mapping[str, bytes | str]


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--update-snapshots",
        action="store_true",
        help="write golden rows anew (tests/features/test_row_snapshots.py): only where values are meant to change",
    )


_COMPRESS: dict[str, tuple[str, Callable[[bytes], bytes]]] = {
    "gz": (".tar.gz", lambda data: gzip.compress(data, mtime=0)),
    "bz2": (".tar.bz2", bz2.compress),
    "xz": (".tar.xz", lzma.compress),
    "": (".tar", bytes),
}


def _bytes(files: Files) -> dict[str, bytes]:
    return {path: text.encode() if isinstance(text, str) else text for path, text in files.items()}


def _metadata(name: str, version: str) -> bytes:
    return f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\nSummary: A demonstration\n".encode()


def _tar(files: Mapping[str, bytes]) -> bytes:
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w", format=tarfile.PAX_FORMAT) as tar:
        for path, data in files.items():
            info = tarfile.TarInfo(path)
            info.size = len(data)
            info.mode = 0o644
            tar.addfile(info, io.BytesIO(data))
    return made.getvalue()


def _zip(files: Mapping[str, bytes]) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for path, data in files.items():
            info = zipfile.ZipInfo(path, (2020, 1, 1, 0, 0, 0))
            info.compress_type = zipfile.ZIP_DEFLATED
            info.external_attr = 0o100644 << 16
            archive.writestr(info, data)
    return made.getvalue()


def _record(files: Mapping[str, bytes], record: str) -> bytes:
    lines = [
        f"{path},sha256={urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b'=').decode()},{len(data)}"
        for path, data in files.items()
    ]
    return "\n".join([*lines, f"{record},,", ""]).encode()


@pytest.fixture
def make_sdist(tmp_path: Path) -> Callable[..., Path]:
    """Return `make_sdist(files, name="demo", version="1.0", compression="gz") -> Path`.

    The paths of `files` are relative to the sdist's top folder; PKG-INFO is added where it is absent.
    `compression` is one of "gz", "bz2", "xz", "" (plain tar) and "zip".
    """

    def make(files: Files, name: str = "demo", version: str = "1.0", compression: str = "gz") -> Path:
        inside = _bytes({"PKG-INFO": _metadata(name, version), **files})
        rooted = {f"{name}-{version}/{path}": data for path, data in inside.items()}
        if compression == "zip":
            path = tmp_path / f"{name}-{version}.zip"
            path.write_bytes(_zip(rooted))
            return path
        suffix, compress = _COMPRESS[compression]
        path = tmp_path / f"{name}-{version}{suffix}"
        path.write_bytes(compress(_tar(rooted)))
        return path

    return make


@pytest.fixture
def make_wheel(tmp_path: Path) -> Callable[..., Path]:
    """Return `make_wheel(files, name="demo", version="1.0") -> Path`.

    `*.dist-info/WHEEL`, METADATA and a true RECORD are added where they are absent.
    """

    def make(files: Files, name: str = "demo", version: str = "1.0") -> Path:
        folder = f"{name}-{version}.dist-info"
        inside = _bytes(files)
        inside.setdefault(f"{folder}/METADATA", _metadata(name, version))
        inside.setdefault(
            f"{folder}/WHEEL",
            b"Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        )
        inside.setdefault(f"{folder}/RECORD", _record(inside, f"{folder}/RECORD"))
        path = tmp_path / f"{name}-{version}-py3-none-any.whl"
        path.write_bytes(_zip(inside))
        return path

    return make
