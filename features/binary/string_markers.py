"""Finds markers in binary data: of build tools, functions, Python names and web addresses.

One Hyperscan pass finds the markers together with most indicators.
"""

from collections.abc import Iterator
from functools import cache
from typing import Any, NamedTuple

import hyperscan

from features.binary.api_families import API_FAMILIES, STRING_SEARCHED
from features.runtime.pattern_store import Scanners, compiled_database
from features.text.indicator_file import Pass
from features.text.indicator_hits import BINARY_PASSES, MATCHES_PER_PASS, patterns_of
from features.text.indicators import INDICATORS

_SHORTEST_FUNCTION = 8
"""Letters of the shortest function name that is searched for; shorter names are common words."""
MAX_HOSTS = 256
"""Hosts that are kept of one piece of data."""
MAX_URLS = 16 * MAX_HOSTS
"""Web addresses in one piece of data after which no more markers are reported."""
_ADDRESS_BYTES = 96


class Marker(NamedTuple):
    """A pattern that binary data is searched for; patterns of one `kind` have the same meaning."""

    kind: str
    pattern: str


_TOOL_MARKERS: tuple[Marker, ...] = (
    Marker("upx", r"UPX!"),
    Marker("upx", r"UPX0\x00"),
    Marker("upx", r"This file is packed with the UPX"),
    Marker("protector", r"\.themida"),
    Marker("protector", r"\.winlice"),
    Marker("protector", r"\.vmp[0-2]\x00"),
    Marker("protector", r"VMProtect (?:begin|end)"),
    Marker("protector", r"\.MPRESS[12]"),
    Marker("protector", r"\.aspack\x00"),
    Marker("protector", r"\.enigma[12]\x00"),
    Marker("protector", r"PECompact2"),
    Marker("protector", r"\.petite\x00"),
    Marker("protector", r"\.nsp[012]\x00"),
    Marker("protector", r"ConfusedByAttribute"),
    Marker("pyarmor", r"pyarmor_runtime"),
    Marker("pyarmor", r"pytransform"),
    Marker("pyarmor", r"__pyarmor__"),
    Marker("pyarmor", r"__armor_enter__"),
    Marker("frozen", r"_MEIPASS"),
    Marker("frozen", r"PyInstaller"),
    Marker("frozen", r"pyi-(?:windows-manifest|runtime-tmpdir|python-flag)"),
    Marker("frozen", r"PYTHONSCRIPT"),
    Marker("frozen", r"cx_Freeze"),
    Marker("frozen", r"NUITKA_ONEFILE_PARENT"),
    Marker("frozen", r"pyoxidizer"),
    Marker("nuitka", r"nuitka_module_loader"),
    Marker("nuitka", r"__nuitka"),
    Marker("nuitka", r"__compiled__"),
    Marker("cython", r"__pyx_capi__"),
    Marker("cython", r"__pyx_vtable__"),
    Marker("cython", r"cython_runtime"),
    Marker("rust", r"/rustc/[0-9a-f]{8}"),
    Marker("rust", r"rust_begin_unwind"),
    Marker("rust", r"rust_eh_personality"),
    Marker("rust", r"cargo/registry/src"),
    Marker("go", r"Go build(?: ID:|inf:)"),
    Marker("go", r"runtime\.gopanic"),
    Marker("dotnet", r"mscorlib\x00"),
    Marker("dotnet", r"_CorExeMain"),
    Marker("installer", r"NullsoftInst"),
    Marker("installer", r"Inno Setup Setup Data"),
    Marker("installer", r"AU3!EA0[56]"),
    Marker("installer", r";!@Install@!UTF-8!"),
    Marker("node", r"pkg/prelude/bootstrap"),
    Marker("node", r"NODE_SEA_BLOB"),
    Marker("tool", r"mimikatz"),
    Marker("tool", r"meterpreter"),
    Marker("tool", r"ReflectiveLoader"),
    Marker("tool", r"beacon\.x64\.dll"),
    Marker("tool", r"[Ss]tratum\+tcp://"),
    Marker("tool", r"\bxmrig\b"),
    Marker("tool", r"sliver(?:pb|/implant)"),
)
TOOL_KINDS: tuple[str, ...] = tuple(dict.fromkeys(mark.kind for mark in _TOOL_MARKERS))
"""Kinds of packers, compilers, bundlers and attack tools, in the order of the columns."""

PYTHON_NAMES: tuple[str, ...] = (
    "subprocess", "Popen", "check_output", "getoutput", "urlopen", "urlretrieve", "urllib.request", "requests",
    "b64decode", "marshal", "ctypes", "windll", "winreg", "getpass", "Fernet", "win32crypt", "CryptUnprotectData",
    "ImageGrab", "pyautogui", "pynput", "browser_cookie3", "getlogin", "gethostname", "startfile",
    "create_connection", "SOCK_STREAM", "decompress", "fromhex", "tempfile", "CREATE_NO_WINDOW", "STARTUPINFO",
    "WEBHOOK", "webhook", "getnode", "psutil", "SetValueEx", "GetAsyncKeyState", "discord", "telebot",
    "win32clipboard", "pyperclip", "cookies.sqlite", "leveldb",
)  # fmt: skip
"""Names typical of malware, which are strings of compiled Python (Cython, Nuitka, bytecode)."""


def _markers() -> tuple[Marker, ...]:
    functions = sorted(
        name
        for family in API_FAMILIES
        if family.id in STRING_SEARCHED
        for name in family.names.split()
        if len(name) >= _SHORTEST_FUNCTION and name.isalnum()
    )
    return (
        *_TOOL_MARKERS,
        *(Marker(f"python:{name}", rf"(?:^|[^\w.]){name.replace('.', '[.]')}") for name in PYTHON_NAMES),
        *(Marker(f"function:{name}", rf"(?:^|\x00){name}[AW]?(?:\x00|$)") for name in functions),
        Marker("url", r"(?i)https?://[a-z0-9]"),
    )


_MARKERS = _markers()
_URL = len(_MARKERS) - 1
_FIRST_MARKER = len(INDICATORS)
"""Hyperscan's id of the first marker; lower ids are positions in `INDICATORS`."""
_NO_PASSES: frozenset[Pass] = frozenset()


def pattern_lists() -> Iterator[list[tuple[int, str, int]]]:
    """Yield the patterns of every database that `find_markers` may use."""
    yield from map(_patterns, (BINARY_PASSES, _NO_PASSES))


def _patterns(passes: frozenset[Pass]) -> list[tuple[int, str, int]]:
    once = hyperscan.HS_FLAG_SINGLEMATCH
    markers = [(_FIRST_MARKER + at, marker.pattern, 0 if at == _URL else once) for at, marker in enumerate(_MARKERS)]
    return [*patterns_of(passes), *markers]


@cache
def _database(passes: frozenset[Pass]) -> Any:
    return compiled_database(_patterns(passes))


_SCANNERS = Scanners(_database)


class MarkerMatches(NamedTuple):
    """The markers in one piece of data: tool kinds, Python names, function names, lower-case hosts of web addresses."""

    tools: frozenset[str]
    python_names: frozenset[str]
    functions: frozenset[str]
    hosts: frozenset[str]


def find_markers(
    data: bytes, passes: frozenset[Pass] = BINARY_PASSES
) -> tuple[MarkerMatches, list[tuple[int, int]] | None]:
    """Return the markers in any bytes, and (end, indicator) of all matches of some passes, in linear time.

    The matches are None if there are more than `scan` takes of one pass: it must then search for them itself.
    """
    kinds: set[str] = set()
    url_ends: list[int] = []
    matches: list[tuple[int, int]] = []

    def on_match(pattern: int, _start: int, end: int, _flags: int, _context: object) -> bool:
        if pattern < _FIRST_MARKER:
            matches.append((end, pattern))
        elif len(url_ends) < MAX_URLS:
            kinds.add(_MARKERS[pattern - _FIRST_MARKER].kind)
            if pattern == _FIRST_MARKER + _URL:
                url_ends.append(end)
        return len(matches) >= MATCHES_PER_PASS

    try:
        _SCANNERS.of(passes)(data, match_event_handler=on_match)
    except hyperscan.ScanTerminated:
        return find_markers(data, _NO_PASSES)[0], None
    hosts = {_host(data, end - 1) for end in url_ends}
    markers = MarkerMatches(
        frozenset(kind for kind in kinds if kind in TOOL_KINDS),
        frozenset(kind.removeprefix("python:") for kind in kinds if kind.startswith("python:")),
        frozenset(kind.removeprefix("function:") for kind in kinds if kind.startswith("function:")),
        frozenset(sorted(host for host in hosts if "." in host)[:MAX_HOSTS]),
    )
    return markers, matches


_HOST = bytes(sorted(b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_"))


def _host(data: bytes, start: int) -> str:
    piece = data[start : start + _ADDRESS_BYTES]
    return piece[: len(piece) - len(piece.lstrip(_HOST))].decode("ascii").lower().strip(".")
