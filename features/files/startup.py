"""Measures start-up code and commands: lines run at every interpreter start, entry points, and scripts."""

import re
from collections import Counter

from features.contract import FileType, Member, Scalar
from features.files.release_paths import ReleasePaths
from features.install.pth import is_start_file, start_code
from features.runtime.deadline import PARSING_COST, Deadline
from features.text.decode import decode_source

_LOADS_CODE = re.compile(
    rb"exec|eval|base64|b64|subprocess|os\.system|urllib|requests|socket|compile|__import__|zlib|marshal"
)
_IMPORT_LINE = re.compile(rb"(?:\A|(?<=[\r\n]))import[ \t][^\r\n]*")
_ENTRY_POINTS = ("-info/entry_points.txt", "EGG-INFO/entry_points.txt")
_ENTRY_POINTS_BYTES = 2**20
_COMMAND_SECTIONS = frozenset((b"[console_scripts]", b"[gui_scripts]"))
_SHELL = (".sh", ".bash", ".zsh")
_WINDOWS = (".bat", ".cmd", ".ps1", ".psm1", ".vbs", ".vbe", ".hta", ".wsf", ".lnk", ".scr")
_JAVASCRIPT = (".js", ".mjs", ".cjs")


def startup_values(paths: ReleasePaths) -> dict[str, Scalar]:
    """Return the figures of `.pth` and `.start` files, of those before the deadline, of entry points and scripts."""
    members = paths.release.members
    startup_files = paths.file_types[FileType.PTH]
    deadline = Deadline(paths.release.deadline)
    count = longest = 0
    loads = False
    figures: dict[tuple[bytes, bool], tuple[int, int, bool]] = {}
    for member in startup_files:
        # Links may give any number of members one content.
        key = member.key, is_start_file(member.path)
        if key not in figures:
            if deadline.passed(PARSING_COST * len(member.data)):
                break
            figures[key] = _calls(member) if key[1] else _import_lines(member)
        lines, line_bytes, loaded = figures[key]
        count, longest, loads = count + lines, max(longest, line_bytes), loads or loaded
    # The last dot begins the suffix, or the name of a hidden file; each suffix counted here has one dot.
    suffixes = Counter([path[path.rfind(".") :] for path in paths.lower])
    return {
        "pth_imports": count,
        "pth_longest": longest,
        "pth_loaded": loads,
        "entry_points": max(
            (count_commands(member.data) for member in members if member.path.endswith(_ENTRY_POINTS)), default=0
        ),
        "data_scripts": sum([".data/scripts/" in path for path in paths.lower]),
        "shebangs": sum([member.head.startswith(b"#!") for member in members]),
        "shell": sum(map(suffixes.__getitem__, _SHELL)),
        "windows_scripts": sum(map(suffixes.__getitem__, _WINDOWS)),
        "javascript": sum(map(suffixes.__getitem__, _JAVASCRIPT)),
    }


def _calls(member: Member) -> tuple[int, int, bool]:
    """Return the number of functions that a `.start` names, as `_import_lines` returns that of lines."""
    return start_code(decode_source(member.data).text).count("import "), 0, False


def _import_lines(member: Member) -> tuple[int, int, bool]:
    """Return number, bytes of the longest, and whether one loads code, of the lines of a `.pth` that site executes."""
    count = longest = 0
    loads = False
    for match in _IMPORT_LINE.finditer(member.data):
        line = match[0].strip()
        count, longest = count + 1, max(longest, len(line))
        loads = loads or _LOADS_CODE.search(line) is not None
    return count, longest, loads


def count_commands(entry_points: bytes) -> int:
    """Return the number of console and graphical scripts that an entry_points.txt declares."""
    count = 0
    in_commands = False
    for line in map(bytes.strip, entry_points[:_ENTRY_POINTS_BYTES].split(b"\n")):
        if line.startswith(b"["):
            in_commands = line in _COMMAND_SECTIONS
        elif in_commands and b"=" in line:
            count += 1
    return count
