"""Places distribution files in bandersnatch's on-disk layout: `web/packages/aa/bb/<60 hex>/<filename>`.

The 64 hex digits of a path are the BLAKE2b-256 of the file's bytes; its mtime is the upload time.
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from features.runtime.atomic_write import write_atomically
from jobs.mirror.inventory import package_path

_MAX_COMPONENT_BYTES = 255
"""Limit of the common file systems."""


@dataclass(frozen=True, slots=True)
class PlacedFile:
    """A file of the tree: `path` is relative to the tree's root, `filename` its true name, times are UTC."""

    version: str
    filename: str
    path: str
    size: int
    sha256: str
    blake2b_256: str
    upload_time: datetime
    requires_python: str | None = None
    yanked: bool = False
    yanked_reason: str | None = None


def safe_component(name: str) -> str:
    """Return `name` as one component of a path, with `_` for each character that cannot be part of one.

    Separators, control characters and lone surrogates are replaced, as is a leading dot, which readers of a mirror take
    for a partial download. A name that is too long is cut in the middle, so that its suffix stays.
    """
    clean = "".join("_" if c in "/\\" or not (c.isprintable() or c == " ") else c for c in name)
    clean = clean.encode("utf-8", "replace").decode("utf-8")
    if not clean or clean.startswith("."):
        clean = "_" + clean[1:]
    encoded = clean.encode()
    if len(encoded) > _MAX_COMPONENT_BYTES:
        half = (_MAX_COMPONENT_BYTES - 1) // 2
        clean = encoded[:half].decode("utf-8", "ignore") + "_" + encoded[-half:].decode("utf-8", "ignore")
    return clean


def tree_path(blake2b_256: str, filename: str) -> str:
    """Return the path of a file with this digest (64 hex digits), relative to the tree's root."""
    return f"web/{package_path(blake2b_256, safe_component(filename))}"


def place_file(root: Path, filename: str, content: bytes, upload_time: datetime) -> PlacedFile:
    """Write a file to the path of its digest without listing it; a file of its size there is left as it is."""
    blake2b_256 = hashlib.blake2b(content, digest_size=32).hexdigest()
    relative = tree_path(blake2b_256, filename)
    path = root / relative
    if not (path.is_file() and path.stat().st_size == len(content)):
        write_atomically(path, content, mtime=upload_time, parents=True)
    return PlacedFile(
        version="",
        filename=filename,
        path=relative,
        size=len(content),
        sha256=hashlib.sha256(content).hexdigest(),
        blake2b_256=blake2b_256,
        upload_time=upload_time,
    )
