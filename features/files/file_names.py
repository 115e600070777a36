"""Measures file names and raw content: hidden, random or misleading names, encrypted-looking and repeated content."""

import re
from collections.abc import Sequence

from features.contract import FileType, Scalar
from features.files.release_paths import ReleasePaths
from features.runtime.cache import cached_texts
from features.text.entropy import entropy
from features.text.word_metrics import is_random, may_be_odd

ENCRYPTED_ENTROPY = 7.5
"""Bits for each byte from which content looks compressed or encrypted."""
_LEAST_BYTES = 1_024
"""Bytes of the smallest file that is judged by its entropy."""
_FEW = 50
"""Number of names up to which each is tested without filtering them first."""
_SEPARATORS = re.compile(r"[-_]")
_DOUBLE_SUFFIX = re.compile(
    r"\.(?:pdf|docx?|xlsx?|png|jpe?g|gif|txt|md|csv|mp[34]|zip|html?)"
    r"\.(?:py|pyw|exe|scr|bat|cmd|js|vbs|ps1|sh|com|pif|lnk|so|dll)$",
    re.IGNORECASE,
)
_COMPRESSED = frozenset({
    ".png", ".jpg", ".jpeg", ".gif", ".webp", ".ico", ".icns", ".tif", ".tiff", ".jp2", ".avif", ".woff",
    ".woff2", ".ttf", ".otf", ".eot", ".mp3", ".mp4", ".ogg", ".wav", ".flac", ".avi", ".mov", ".swf", ".npz",
    ".npy", ".h5", ".hdf5", ".parquet", ".pkl", ".pickle", ".joblib", ".pt", ".pth", ".onnx", ".pb",
    ".tflite", ".safetensors", ".model", ".mo", ".fits", ".nc", ".rda", ".crc", ".bin", ".db", ".sqlite",
    ".sqlite3", ".pdf", ".docx", ".xlsx", ".pptx", ".odt", ".whl", ".egg", ".jar", ".zip", ".gz", ".bz2",
    ".xz", ".zst", ".7z", ".br", ".lz4", ".wasm",
})  # fmt: skip
"""Suffixes of formats that are or may be compressed."""
_BINARY, _METADATA = FileType.BINARY, FileType.METADATA


def file_name_values(paths: ReleasePaths) -> dict[str, Scalar]:
    """Return the figures of file names, of content that looks encrypted and of repeated content."""
    own = paths.own
    members = paths.release.members
    stems = [path.rpartition("/")[2].partition(".")[0] for path in own]
    random = sum(_are_random([stem.encode("utf-8", "replace") or b" " for stem in stems]))
    encrypted = [
        member.size
        for suffix, member in zip(paths.suffixes, members, strict=True)
        if member.file_type is _BINARY and looks_encrypted(suffix, member.head)
    ]
    digests = [m.digest for m in members if m.digest and m.size and m.file_type is not _METADATA]
    return {
        "hidden": _count_hidden(paths),
        "double_suffixes": sum(_DOUBLE_SUFFIX.search(path) is not None for path in own if path.count(".") > 1),
        "foreign_names": 0 if paths.own_text.isascii() else sum([not path.isascii() for path in own]),
        "random_names": random,
        "random_name_share": random / len(stems) if stems else None,
        "high_entropy": len(encrypted),
        "high_entropy_bytes": sum(encrypted),
        "duplicates": 1 - len(set(digests)) / len(digests) if digests else None,
    }


def looks_encrypted(suffix: str, head: bytes) -> bool:
    """Return whether binary content has the entropy of compressed data under a suffix of uncompressed data."""
    return len(head) >= _LEAST_BYTES and suffix not in _COMPRESSED and entropy(head) > ENCRYPTED_ENTROPY


def _count_hidden(paths: ReleasePaths) -> int:
    if "/." not in paths.own_text and "\n." not in f"\n{paths.own_text}":
        return 0
    return sum(
        any(segment.startswith(".") and segment not in {".", ".."} for segment in path.split("/")) for path in paths.own
    )


@cached_texts("random_file_names")
def _are_random(stems: Sequence[bytes]) -> list[bool]:
    candidates = set(may_be_odd(stems)) if len(stems) > _FEW else range(len(stems))
    return [at in candidates and any(map(is_random, _SEPARATORS.split(stem.decode()))) for at, stem in enumerate(stems)]
