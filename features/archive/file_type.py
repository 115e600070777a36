"""Determines the type of a member by its first bytes and its name."""

import pickletools
import re

from features.archive.acting_names import reads_as_text
from features.archive.compression_format import is_unusual_lzma, is_zlib
from features.archive.member_paths import path_on_windows
from features.contract import FileType

SCRIPT_SUFFIXES = frozenset({
    ".sh", ".bash", ".zsh", ".fish", ".csh", ".bat", ".cmd", ".ps1", ".psm1", ".vbs", ".vbe", ".wsf", ".hta",
    ".js", ".mjs", ".cjs", ".jse", ".pl", ".rb", ".php", ".lua", ".tcl", ".applescript",
})  # fmt: skip
"""Suffixes of source that a program other than Python runs."""

PYTHON_SUFFIXES = frozenset((".py", ".pyw", ".py2", ".py3"))

STARTUP_SUFFIXES = frozenset((".pth", ".start"))
"""Files that Python reads at every start: `.pth`, and from 3.15 on `.start` (PEP 829)."""

# Global names: looking up a member of an enum takes as long as a call (stage `open` of `boojum bench`).
_EMPTY, _PYTHON, _PTH, _TEXT, _METADATA = (
    FileType.EMPTY,
    FileType.PYTHON,
    FileType.PTH,
    FileType.TEXT,
    FileType.METADATA,
)

_METADATA_NAMES = frozenset(("pkg-info", "metadata", "pyproject.toml", "setup.cfg"))
_ZIP_SUFFIXES = frozenset((".zip", ".whl", ".egg", ".pyz", ".pyzw", ".jar", ".xpi", ".apk"))
_SHEBANG_PYTHON = re.compile(rb"#![^\n]*\b(?:python|pypy|pypy3)[\d.]*w?\b")
_PTH_CODE = re.compile(rb"(?:^|[\r\n\x0b\x0c\x1c-\x1e\x85\xa8\xa9])import[ \t]")
"""A line that Python executes; the last bytes of U+0085, U+2028 and U+2029 end a line too."""

_TEXT_CONTROLS = bytes({7, 8, 9, 10, 12, 13, 27})
_CONTROLS = bytes(set(range(32)) - set(_TEXT_CONTROLS))
_CONTROLS_DIVISOR = 20
"""Divisor of the bytes of a text: so many of them may be control characters."""
_ARCHIVE_MAGICS = (
    b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08", b"\x1f\x8b\x08", b"\xfd7zXZ\x00", b"\x28\xb5\x2f\xfd",
    b"7z\xbc\xaf\x27\x1c", b"Rar!\x1a\x07", b"MSCF\x00\x00\x00\x00", b"\x1f\x9d", b"LZIP\x00", b"LZIP\x01",
    b"\x04\x22\x4d\x18", b"070701", b"070702",
)  # fmt: skip
_LZMA = re.compile(rb"\x5d\x00\x00.{2}(?:.{7}\x00|\xff{8})\x00", re.DOTALL)
"""The header of an .lzma file: properties, dictionary size, uncompressed size or none, and a stream's first byte."""
_NATIVE_MAGICS = (
    b"\x7fELF", b"\xfe\xed\xfa\xce", b"\xfe\xed\xfa\xcf", b"\xce\xfa\xed\xfe", b"\xcf\xfa\xed\xfe",
    b"\x00asm", b"!<arch>\n",
)  # fmt: skip
_MAGIC_FIRST_BYTES = frozenset(
    {0x5D, 0x78, *(magic[0] for magic in (*_ARCHIVE_MAGICS, *_NATIVE_MAGICS)), *b"MB\xca"} - {*b"0"}
)
"""First bytes of the types whose magic contains no zero byte; a cpio always has one near its start."""
_TAR_CHECKSUM = re.compile(rb"[0-7]{6}")
_BZIP2 = re.compile(rb"BZh[1-9](?:1AY&SY|\x17rE8P\x90)")
_BYTECODE_MAGIC = ((20000, 62300), (3000, 4200))
"""Ranges of CPython's magic numbers, of 1.x and 2.x and of 3.x (importlib/_bootstrap_external); PyPy has its own."""
_HEAD_BYTES = 4096
_PICKLE_PROTO = 0x80
_SNIFFED_BYTES = 4096
_NUL_SHARE = 0.4
_OPCODES = frozenset(opcode.code.encode("latin-1")[0] for opcode in pickletools.opcodes)
_OLD_PICKLE = re.compile(rb"(?:[(\]})lda]|[qp]\S?\n?){0,6}[ci](?:[A-Za-z_][\w.]{0,80})\r?\n[A-Za-z_][\w.]{0,80}\r?\n")
ARRAY_MAGIC = b"\x93NUMPY"
PICKLE_STARTS = frozenset(bytes((code,)) for code in b"\x80\x93(]})ldaqpci")
"""First bytes of the data that `is_pickle` accepts."""


def file_type_of(path: str, head: bytes, size: int, *, by_magic: bool = True) -> FileType:
    """Return the type of a member of `size` bytes with the first bytes `head` (up to 4,096).

    Without `by_magic`, its first bytes cannot make it an archive, native code or bytecode.
    """
    if size == 0:
        return _EMPTY
    if path.endswith(".py") and head[0] not in _MAGIC_FIRST_BYTES and head.find(0) < 0:
        return _PYTHON
    name = _file_name(path).lower()
    suffix = _suffix(name)
    has_nul = head.find(0) >= 0
    if not has_nul and head[0] not in _MAGIC_FIRST_BYTES and suffix not in _ZIP_SUFFIXES:
        by_magic = False
    if by_magic and not (suffix in PYTHON_SUFFIXES and not has_nul and is_text(head)):
        # Valid Python may begin with the magic of an archive ("BZh91AY&SY if 0 else 0").
        file_type = _type_by_magic(head, suffix)
        # Scripts and sources may begin like a program too ("MZ = 1  # and a zero byte").
        if file_type is not None and (file_type is FileType.ARCHIVE or not _is_nearly_text(head)):
            return file_type
    if suffix in PYTHON_SUFFIXES:
        # Python may run the file by its name, also if its bytes look like another type.
        return _PYTHON
    if suffix in STARTUP_SUFFIXES and (head[0] != _PICKLE_PROTO or not is_pickle(head) or has_startup_code(head)):
        # Python reads every such file; model weights with the suffix `.pth` are pickles.
        return _PTH
    if not (is_text(head) or head.startswith(b"#!") or _is_utf8(head) or _is_nearly_text(head) or reads_as_text(path)):
        return FileType.BINARY
    if head.startswith(b"#!") and _SHEBANG_PYTHON.match(head):
        return _PYTHON
    if name in _METADATA_NAMES or _is_metadata_folder(path):
        return _METADATA
    return _TEXT


def has_startup_code(data: bytes) -> bool:
    """Return whether a `.pth` with this content has a line that Python executes, whatever the rest of it is."""
    return _PTH_CODE.search(data) is not None


def is_text(head: bytes) -> bool:
    """Return whether bytes look like text: few control characters, and no zero bytes unless in UTF-16 or UTF-32."""
    if not any(map(head.__contains__, _CONTROLS)) or head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return True
    if b"\0" in head:
        # Nearly every second byte of UTF-16 is zero.
        return head.count(0) * 6 > len(head) and bool(wide_encoding(head))
    return len(head) - len(head.translate(None, _CONTROLS)) <= len(head) // _CONTROLS_DIVISOR


def _is_nearly_text(head: bytes) -> bool:
    """Return whether bytes are UTF-8 but for a few zero bytes and control characters, which many programs pass over."""
    text = head.translate(None, _CONTROLS)
    if not text or len(head) - len(text) > max(1, len(head) // _CONTROLS_DIVISOR):
        return False
    return _decodes(text, is_cut=len(head) == _HEAD_BYTES)


def _is_utf8(head: bytes) -> bool:
    """Return whether bytes are UTF-8 without zero bytes, which code with control characters in a comment is too."""
    if b"\0" in head:
        return False
    return _decodes(head, is_cut=len(head) == _HEAD_BYTES)


def _decodes(data: bytes, *, is_cut: bool) -> bool:
    """Return whether bytes are UTF-8, whose last letter may be cut."""
    try:
        data.decode()
    except UnicodeDecodeError as error:
        return is_cut and error.start > len(data) - 4
    return True


def _type_by_magic(head: bytes, suffix: str) -> FileType | None:
    first = head[:1]
    if head.startswith(_NATIVE_MAGICS) or (first == b"M" and _is_pe(head)) or _is_fat_macho(head):
        return FileType.NATIVE
    if head.startswith(_ARCHIVE_MAGICS) or (first == b"B" and _BZIP2.match(head)) or _is_tar(head):
        return FileType.ARCHIVE
    if (first == b"\x5d" and _LZMA.match(head)) or (head[13:14] == b"\0" and is_unusual_lzma(head)) or is_zlib(head):
        return FileType.ARCHIVE
    # A zip may begin with other data: self-extracting programs, zipapps with a shebang.
    if suffix in _ZIP_SUFFIXES and (b"PK\x03\x04" in head or not is_text(head)):
        return FileType.ARCHIVE
    if head.startswith(b"#!") and b"\0" in head and b"PK\x03\x04" in head:
        return FileType.ARCHIVE
    if head[2:4] == b"\r\n" and b"\0" in head[:16]:
        number = int.from_bytes(head[:2], "little")
        if suffix in {".pyc", ".pyo"} or any(low <= number <= high for low, high in _BYTECODE_MAGIC):
            return FileType.BYTECODE
    return None


def _is_tar(head: bytes) -> bool:
    """Return whether data is a tar: it has zero bytes, and the word "ustar" or, in the v7 format, a valid checksum."""
    if b"\0" not in head[:512]:
        return False
    if head[257:262] == b"ustar":
        return True
    checksum = _TAR_CHECKSUM.match(head, 148)
    return (
        checksum is not None and len(head) >= 512 and int(checksum[0], 8) == sum(head[:148] + b" " * 8 + head[156:512])
    )


def _is_pe(head: bytes) -> bool:
    """Return whether data is a DOS or Windows program: "MZ", and a header that text would not have."""
    return head[:2] == b"MZ" and (b"\0" in head[:64] or b"PE\0\0" in head)


def _is_fat_macho(head: bytes) -> bool:
    """Return whether data is a Mach-O file of several architectures; a Java class has a version in their place."""
    return head[:4] in {b"\xca\xfe\xba\xbe", b"\xca\xfe\xba\xbf"} and int.from_bytes(head[4:8], "big") < 43


def _is_metadata_folder(path: str) -> bool:
    if "-" not in path or "info" not in (path := path.lower()):
        return False
    parts = path.replace("\\", "/").split("/")[:-1]
    return bool(parts) and (parts[-1] == "egg-info" or parts[-1].endswith((".dist-info", ".egg-info")))


def _file_name(path: str) -> str:
    r"""Return the part of a path after its last `/` or `\`, without what Windows drops at its end."""
    path = path_on_windows(path)
    return path[path.rfind("/") + 1 :]


def _suffix(name: str) -> str:
    dot = name.rfind(".")
    return name[dot:] if dot >= 0 else ""


def wide_encoding(data: bytes) -> str:
    """Return the codec of UTF-16 or UTF-32 text without a byte-order mark, "" if it seems to be in neither."""
    if len(data) < 4 or b"\0" not in data[:_SNIFFED_BYTES]:
        return ""
    # All of the text counts: zero bytes in a comment at its start must not make the rest unreadable.
    quarter = len(data) / 4
    nul_shares = [data[at::4].count(0) / quarter for at in range(4)]
    if min(nul_shares[1:]) > 0.9 and nul_shares[0] < 0.1:
        return "utf-32-le"
    if min(nul_shares[:3]) > 0.9 and nul_shares[3] < 0.1:
        return "utf-32-be"
    even, odd = (nul_shares[0] + nul_shares[2]) / 2, (nul_shares[1] + nul_shares[3]) / 2
    if odd > _NUL_SHARE and even < 0.05:
        return "utf-16-le"
    if even > _NUL_SHARE and odd < 0.05:
        return "utf-16-be"
    return ""


def is_script(path: str, head: bytes) -> bool:
    """Return whether a text is source that a program other than Python runs."""
    return head.startswith(b"#!") or _suffix(path[path.rfind("/") + 1 :].lower()) in SCRIPT_SUFFIXES


def is_pickle(head: bytes) -> bool:
    """Return whether data that begins with `head` is a pickle or a NumPy array of pickled objects."""
    first = head[:1]
    if first == b"\x80":
        return len(head) > 2 and 2 <= head[1] <= 5 and head[2] in _OPCODES and (head[1] < 4 or head[2] != 0x80)
    if first == b"\x93":
        return head.startswith(ARRAY_MAGIC) and b"'|O" in head[:256]
    return _OLD_PICKLE.match(head) is not None or head[:3] in {b"}q\0", b"]q\0", b"(lp", b"(dp"}
