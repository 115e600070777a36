"""What a member is, by its content, and when its code runs, by its place."""

import re
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from posixpath import basename

from features.contract import Kind, Role, Sort
from features.decode import wide_encoding

SCRIPT_SUFFIXES = frozenset({
    ".sh", ".bash", ".zsh", ".fish", ".csh", ".bat", ".cmd", ".ps1", ".psm1", ".vbs", ".vbe", ".wsf", ".hta",
    ".js", ".mjs", ".cjs", ".jse", ".pl", ".rb", ".php", ".lua", ".tcl", ".applescript",
})  # fmt: skip
"""Suffixes of source that something other than Python runs."""

PYTHON_SUFFIXES = frozenset((".py", ".pyw", ".py2", ".py3"))

_METADATA_NAMES = frozenset(("pkg-info", "metadata", "pyproject.toml", "setup.cfg"))
_ZIP_SUFFIXES = frozenset((".zip", ".whl", ".egg", ".pyz", ".pyzw", ".jar", ".xpi", ".apk"))
_CUSTOMIZE = frozenset(("sitecustomize", "usercustomize"))
_SITE_FOLDER = re.compile(r"site-packages|dist-packages|python\d[\d.]*|Lib")
"""Folders of an installation that modules are imported from by their own name: the standard library's too."""
_TEST_MODULE = re.compile(r"(?:conftest|tests?|test_.*|.*_test)\Z")
_SHEBANG_PYTHON = re.compile(rb"#![^\n]*\b(?:python|pypy|pypy3)[\d.]*w?\b")
_PTH_CODE = re.compile(rb"(?:^|[\r\n])import[ \t]")

_TEXT_CONTROLS = bytes({7, 8, 9, 10, 12, 13, 27})
_CONTROLS = bytes(set(range(32)) - set(_TEXT_CONTROLS))
_ARCHIVE_MAGICS = (
    b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08", b"\x1f\x8b\x08", b"\xfd7zXZ\x00", b"\x28\xb5\x2f\xfd",
    b"7z\xbc\xaf\x27\x1c", b"Rar!\x1a\x07", b"MSCF\x00\x00\x00\x00", b"\x1f\x9d", b"LZIP\x01", b"\x04\x22\x4d\x18",
)  # fmt: skip
_LZMA = re.compile(rb"\x5d\x00\x00.{2}(?:.{7}\x00|\xff{8})\x00", re.DOTALL)
"""An .lzma file: its properties, any dictionary, a size or none, and the first byte of every stream."""
_NATIVE_MAGICS = (
    b"\x7fELF", b"\xfe\xed\xfa\xce", b"\xfe\xed\xfa\xcf", b"\xce\xfa\xed\xfe", b"\xcf\xfa\xed\xfe",
    b"\x00asm", b"!<arch>\n",
)  # fmt: skip
_MAGIC_FIRST = frozenset({0x5D, *(magic[0] for magic in (*_ARCHIVE_MAGICS, *_NATIVE_MAGICS)), *b"MB\xca"})
"""First bytes of what is told by its magic without a zero byte in it."""
_CHECKSUM = re.compile(rb"[0-7]{6}")
_BZIP2 = re.compile(rb"BZh[1-9](?:1AY&SY|\x17rE8P\x90)")
_BYTECODE_MAGIC = ((20000, 62300), (3000, 4200))
"""Ranges of CPython's magic numbers: 1.x and 2.x, then 3.x (importlib/_bootstrap_external); PyPy has its own."""
_HEAD_BYTES = 4096
_PICKLE = 0x80


@dataclass(frozen=True, slots=True)
class Layout:
    """What must be known of a whole archive before a place in it means anything.

    `root` is the top folder with its slash or "". `setup` says whether an installer would run a setup.py of
    it: true of everything but a wheel or an egg that is named as one. `folders` are in-tree build backends'
    folders (relative to the root, with their slash), `files` single files that run at install or start.
    """

    root: str = ""
    kind: Kind = Kind.UNKNOWN
    setup: bool = True
    folders: tuple[str, ...] = ()
    files: AbstractSet[str] = field(default_factory=frozenset)


def sort_of(path: str, head: bytes, size: int, *, by_magic: bool = True) -> Sort:
    """Return what a member is; `head` is its first bytes (up to 4,096), `size` that of all of it.

    Without `by_magic` it is neither an archive nor native code nor bytecode, whatever it begins with.
    """
    if size == 0:
        return Sort.EMPTY
    name = path.replace("\\", "/").rpartition("/")[2].lower()
    suffix = _suffix(name)
    has_nul = b"\0" in head
    if not has_nul and head[0] not in _MAGIC_FIRST and suffix not in _ZIP_SUFFIXES:
        # Nearly every text.
        by_magic = False
    # A text that begins like an archive may still be Python ("BZh91AY&SY if 0 else 0").
    plain = suffix in PYTHON_SUFFIXES and not has_nul
    magic = None if not by_magic or (plain and is_text(head)) else _magic(head, suffix)
    if magic is not None:
        return magic
    if suffix in PYTHON_SUFFIXES:
        # Whatever its bytes: a file that Python is told to run is shown to the passes that look for code.
        return Sort.PYTHON
    if not is_text(head):
        # Python reads all of a `.pth`; weights of that suffix are pickles.
        if suffix == ".pth" and (head[0] != _PICKLE or _PTH_CODE.search(head)):
            return Sort.PTH
        if head.startswith(b"#!"):
            # Shells pass over zero bytes.
            return Sort.PYTHON if _SHEBANG_PYTHON.match(head) else Sort.TEXT
        return Sort.TEXT if suffix in SCRIPT_SUFFIXES or _is_utf8(head) else Sort.BINARY
    if suffix == ".pth":
        return Sort.PTH
    if _SHEBANG_PYTHON.match(head):
        return Sort.PYTHON
    if name in _METADATA_NAMES or _is_metadata_folder(path):
        return Sort.METADATA
    return Sort.TEXT


def is_text(head: bytes) -> bool:
    """Return whether bytes look like text: no zero bytes (or UTF-16, UTF-32), few control characters."""
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return True
    if b"\0" in head:
        # Every second byte of UTF-16 is zero, but for a few letters.
        return head.count(0) * 6 > len(head) and bool(wide_encoding(head))
    return len(head) - len(head.translate(None, _CONTROLS)) <= len(head) // 20


def _is_utf8(head: bytes) -> bool:
    """Return whether bytes are UTF-8 without zero bytes: a comment of control characters makes no binary of code."""
    if b"\0" in head:
        return False
    try:
        head.decode()
    except UnicodeDecodeError as error:
        return len(head) == _HEAD_BYTES and error.start > _HEAD_BYTES - 4
    return True


def _magic(head: bytes, suffix: str) -> Sort | None:
    first = head[:1]
    if head.startswith(_NATIVE_MAGICS) or (first == b"M" and _is_pe(head)) or _is_fat_macho(head):
        return Sort.NATIVE
    if head.startswith(_ARCHIVE_MAGICS) or (first == b"B" and _BZIP2.match(head)) or _is_tar(head):
        return Sort.ARCHIVE
    if first == b"\x5d" and _LZMA.match(head):
        return Sort.ARCHIVE
    # A zip may begin with anything: self-extracting programs, zipapps with a shebang.
    if suffix in _ZIP_SUFFIXES and (b"PK\x03\x04" in head or not is_text(head)):
        return Sort.ARCHIVE
    if head.startswith(b"#!") and b"\0" in head and b"PK\x03\x04" in head:
        return Sort.ARCHIVE
    if head[2:4] == b"\r\n" and b"\0" in head[:16]:
        number = int.from_bytes(head[:2], "little")
        if suffix in {".pyc", ".pyo"} or any(low <= number <= high for low, high in _BYTECODE_MAGIC):
            return Sort.BYTECODE
    return None


def _is_tar(head: bytes) -> bool:
    """Unlike text that happens to say "ustar" there, a header holds zero bytes; v7's has no such word."""
    if b"\0" not in head[:512]:
        return False
    if head[257:262] == b"ustar":
        return True
    said = _CHECKSUM.match(head, 148)
    return said is not None and len(head) >= 512 and int(said[0], 8) == sum(head[:148] + b" " * 8 + head[156:512])


def _is_pe(head: bytes) -> bool:
    """DOS and Windows programs: "MZ", and a header that text would not have."""
    return head[:2] == b"MZ" and (b"\0" in head[:64] or b"PE\0\0" in head)


def _is_fat_macho(head: bytes) -> bool:
    """Several architectures in one; Java classes have the same magic, but a version where the count is."""
    return head[:4] in {b"\xca\xfe\xba\xbe", b"\xca\xfe\xba\xbf"} and int.from_bytes(head[4:8], "big") < 43


def _is_metadata_folder(path: str) -> bool:
    parts = path.lower().replace("\\", "/").split("/")[:-1]
    return bool(parts) and (parts[-1] == "egg-info" or parts[-1].endswith((".dist-info", ".egg-info")))


def _suffix(name: str) -> str:
    dot = name.rfind(".")
    return name[dot:] if dot >= 0 else ""


def is_script(path: str, head: bytes) -> bool:
    """Return whether a text is source that something other than Python runs."""
    return head.startswith(b"#!") or _suffix(basename(path).lower()) in SCRIPT_SUFFIXES


def clean(path: str) -> str:
    r"""Return a member's path as an extraction resolves it: `\` as `/`, without `.`, `..` and roots."""
    if "\\" not in path and "//" not in path and "/." not in path and path[:1] not in {".", "/"}:
        return path
    parts: list[str] = []
    for part in path.replace("\\", "/").split("/"):
        if part == "..":
            del parts[-1:]
        elif part not in {"", "."}:
            parts.append(part)
    return "/".join(parts)


def role_of(path: str, sort: Sort, layout: Layout, *, nested: bool = False) -> Role:
    """Return when the code of a member runs; of a `nested` archive's member `path` is that inside it.

    Install: an sdist's own setup.py, its in-tree build backend and what these run by name; `.pth` files,
    sitecustomize and usercustomize where they can land in site-packages. Import: `__init__` of any package
    and modules at the top. Everything else is rest; no folder is left out for its name.
    """
    place = clean(path)
    rel = place if nested else place.removeprefix(layout.root)
    name = rel.rpartition("/")[2]
    if not nested and _is_install(rel, name.lower(), sort, layout):
        return Role.INSTALL
    stem, _, suffix = name.rpartition(".")
    if sort is not Sort.PYTHON and not (sort is Sort.EMPTY and suffix in {"py", "pyw"}):
        return Role.REST
    if stem == "__init__":
        return Role.IMPORT
    if not nested and f".{suffix}" in PYTHON_SUFFIXES and stem != "__main__" and _is_top(rel, layout):
        return Role.REST if stem == "setup" or _TEST_MODULE.match(stem) else Role.IMPORT
    return Role.REST


def _is_install(rel: str, name: str, sort: Sort, layout: Layout) -> bool:
    if rel in layout.files or rel.startswith(layout.folders):
        return True
    # File systems that fold case run Setup.py too.
    if layout.setup and rel.lower() in {"setup.py", "setup.pyw"}:
        return True
    if sort is Sort.PTH:
        return layout.setup or _is_site(rel)
    if name.partition(".")[0] in _CUSTOMIZE and sort in {Sort.PYTHON, Sort.BYTECODE, Sort.NATIVE}:
        return layout.setup or _is_site(rel)
    if name == "__init__.py" and "customize/" in rel and rel.split("/")[-2:-1] and rel.split("/")[-2] in _CUSTOMIZE:
        return layout.setup or _is_site(rel.rpartition("/")[0])
    return False


def _is_site(rel: str) -> bool:
    """Return whether a wheel's member lands directly in site-packages."""
    folder = rel.rpartition("/")[0]
    if not folder:
        return True
    top, _, inside = folder.partition("/")
    if not top.endswith(".data"):
        return False
    if inside in {"purelib", "platlib"}:
        return True
    return inside.startswith("data") and _SITE_FOLDER.fullmatch(basename(folder)) is not None


def _is_top(rel: str, layout: Layout) -> bool:
    """Return whether a module stands where it is imported by its own name alone."""
    folder = rel.rpartition("/")[0]
    if not folder:
        return True
    if layout.kind in {Kind.WHEEL, Kind.EGG}:
        return _is_site(rel)
    return folder in {"src", "lib", "python"}
