"""Words that say how a binary was made, and names that it should import and only spells out.

One pass over bytes finds them, and most indicators with them.
"""

from functools import cache
from typing import Any, NamedTuple

import hyperscan

from features.binary.api_families import FAMILIES, HIDDEN
from features.runtime.pattern_store import Scans, database_of
from features.text.indicator_file import Pass
from features.text.indicator_hits import BINARY_PASSES, MATCHES_PER_PASS, patterns_of
from features.text.indicators import INDICATORS

_SHORTEST = 8
"""Function names of fewer letters are words of other things too."""
URLS = 256
"""Hosts of one stretch of bytes that are kept."""
ADDRESSES = 16 * URLS
"""Addresses of one stretch of bytes that are looked at; marks behind them are not."""
_ADDRESS_BYTES = 96


class Mark(NamedTuple):
    """What a word inside a binary says; `kind` groups words of one meaning."""

    kind: str
    pattern: str


_MAKERS: tuple[Mark, ...] = (
    Mark("upx", r"UPX!"),
    Mark("upx", r"UPX0\x00"),
    Mark("upx", r"This file is packed with the UPX"),
    Mark("protector", r"\.themida"),
    Mark("protector", r"\.winlice"),
    Mark("protector", r"\.vmp[0-2]\x00"),
    Mark("protector", r"VMProtect (?:begin|end)"),
    Mark("protector", r"\.MPRESS[12]"),
    Mark("protector", r"\.aspack\x00"),
    Mark("protector", r"\.enigma[12]\x00"),
    Mark("protector", r"PECompact2"),
    Mark("protector", r"\.petite\x00"),
    Mark("protector", r"\.nsp[012]\x00"),
    Mark("protector", r"ConfusedByAttribute"),
    Mark("pyarmor", r"pyarmor_runtime"),
    Mark("pyarmor", r"pytransform"),
    Mark("pyarmor", r"__pyarmor__"),
    Mark("pyarmor", r"__armor_enter__"),
    Mark("frozen", r"_MEIPASS"),
    Mark("frozen", r"PyInstaller"),
    Mark("frozen", r"pyi-(?:windows-manifest|runtime-tmpdir|python-flag)"),
    Mark("frozen", r"PYTHONSCRIPT"),
    Mark("frozen", r"cx_Freeze"),
    Mark("frozen", r"NUITKA_ONEFILE_PARENT"),
    Mark("frozen", r"pyoxidizer"),
    Mark("nuitka", r"nuitka_module_loader"),
    Mark("nuitka", r"__nuitka"),
    Mark("nuitka", r"__compiled__"),
    Mark("cython", r"__pyx_capi__"),
    Mark("cython", r"__pyx_vtable__"),
    Mark("cython", r"cython_runtime"),
    Mark("rust", r"/rustc/[0-9a-f]{8}"),
    Mark("rust", r"rust_begin_unwind"),
    Mark("rust", r"rust_eh_personality"),
    Mark("rust", r"cargo/registry/src"),
    Mark("go", r"Go build(?: ID:|inf:)"),
    Mark("go", r"runtime\.gopanic"),
    Mark("dotnet", r"mscorlib\x00"),
    Mark("dotnet", r"_CorExeMain"),
    Mark("installer", r"NullsoftInst"),
    Mark("installer", r"Inno Setup Setup Data"),
    Mark("installer", r"AU3!EA0[56]"),
    Mark("installer", r";!@Install@!UTF-8!"),
    Mark("node", r"pkg/prelude/bootstrap"),
    Mark("node", r"NODE_SEA_BLOB"),
    Mark("tool", r"mimikatz"),
    Mark("tool", r"meterpreter"),
    Mark("tool", r"ReflectiveLoader"),
    Mark("tool", r"beacon\.x64\.dll"),
    Mark("tool", r"[Ss]tratum\+tcp://"),
    Mark("tool", r"\bxmrig\b"),
    Mark("tool", r"sliver(?:pb|/implant)"),
)
MAKERS: tuple[str, ...] = tuple(dict.fromkeys(mark.kind for mark in _MAKERS))
"""The kinds of makers' marks, in the order of the columns."""

PYTHON_NAMES: tuple[str, ...] = (
    "subprocess", "Popen", "check_output", "getoutput", "urlopen", "urlretrieve", "urllib.request", "requests",
    "b64decode", "marshal", "ctypes", "windll", "winreg", "getpass", "Fernet", "win32crypt", "CryptUnprotectData",
    "ImageGrab", "pyautogui", "pynput", "browser_cookie3", "getlogin", "gethostname", "startfile",
    "create_connection", "SOCK_STREAM", "decompress", "fromhex", "tempfile", "CREATE_NO_WINDOW", "STARTUPINFO",
    "WEBHOOK", "webhook", "getnode", "psutil", "SetValueEx", "GetAsyncKeyState", "discord", "telebot",
    "win32clipboard", "pyperclip", "cookies.sqlite", "leveldb",
)  # fmt: skip
"""Names that compiled Python (Cython, Nuitka, bytecode) holds when its source does what malware does."""


def _expressions() -> tuple[Mark, ...]:
    hidden = sorted(
        name
        for family in FAMILIES
        if family.id in HIDDEN
        for name in family.names.split()
        if len(name) >= _SHORTEST and name.isalnum()
    )
    return (
        *_MAKERS,
        *(Mark(f"python:{name}", rf"(?:^|[^\w.]){name.replace('.', '[.]')}") for name in PYTHON_NAMES),
        *(Mark(f"function:{name}", rf"(?:^|\x00){name}[AW]?(?:\x00|$)") for name in hidden),
        Mark("url", r"(?i)https?://[a-z0-9]"),
    )


_EXPRESSIONS = _expressions()
_URL = len(_EXPRESSIONS) - 1
_FIRST = len(INDICATORS)
"""The number of the first mark in a database: lower ones are places in `INDICATORS`."""
_ALONE: frozenset[Pass] = frozenset()


@cache
def _database(passes: frozenset[Pass]) -> Any:
    once = hyperscan.HS_FLAG_SINGLEMATCH
    marks = [(_FIRST + at, mark.pattern, 0 if at == _URL else once) for at, mark in enumerate(_EXPRESSIONS)]
    return database_of([*patterns_of(passes), *marks])


_SCANS = Scans(_database)


class Marks(NamedTuple):
    """What one stretch of bytes spells out: makers, Python names, functions, and hosts of addresses (lower case)."""

    makers: frozenset[str]
    python: frozenset[str]
    functions: frozenset[str]
    hosts: frozenset[str]


def find_marks(data: bytes, passes: frozenset[Pass] = BINARY_PASSES) -> tuple[Marks, list[tuple[int, int]] | None]:
    """Return the marks in any bytes, and (end, indicator) of all matches of some passes; linear in their length.

    None stands for as many matches as `scan` does not take of a pass, which is then to look for them itself.
    """
    kinds: set[str] = set()
    places: list[int] = []
    found: list[tuple[int, int]] = []

    def on_match(which: int, _start: int, end: int, _flags: int, _context: object) -> bool:
        if which < _FIRST:
            found.append((end, which))
        elif len(places) < ADDRESSES:
            kinds.add(_EXPRESSIONS[which - _FIRST].kind)
            if which == _FIRST + _URL:
                places.append(end)
        return len(found) >= MATCHES_PER_PASS

    try:
        _SCANS.of(passes)(data, match_event_handler=on_match)
    except hyperscan.ScanTerminated:
        return find_marks(data, _ALONE)[0], None
    hosts = {_host(data, end - 1) for end in places}
    marks = Marks(
        frozenset(kind for kind in kinds if kind in MAKERS),
        frozenset(kind.removeprefix("python:") for kind in kinds if kind.startswith("python:")),
        frozenset(kind.removeprefix("function:") for kind in kinds if kind.startswith("function:")),
        frozenset(sorted(host for host in hosts if "." in host)[:URLS]),
    )
    return marks, found


_HOST = bytes(sorted(b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_"))


def _host(data: bytes, start: int) -> str:
    piece = data[start : start + _ADDRESS_BYTES]
    return piece[: len(piece) - len(piece.lstrip(_HOST))].decode("ascii").lower().strip(".")
