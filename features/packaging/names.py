"""What a distribution file's name claims: project, version and kind."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from packaging.utils import parse_wheel_filename
from packaging.version import Version

from features.contract import Kind

SDIST_SUFFIXES = (
    ".tar.gz",
    ".tgz",
    ".tar.bz2",
    ".tbz",
    ".tbz2",
    ".tar.xz",
    ".txz",
    ".tar.zst",
    ".tar.z",
    ".tar",
    ".zip",
)
"""Suffixes of source distributions, present and past, longest first."""

OTHER_SUFFIXES = (".exe", ".msi", ".rpm", ".deb", ".dmg")
"""Suffixes of installers that an index once took and a mirror may still serve."""

_SEPARATORS = re.compile(r"[-_.]+")
_PLATFORM = re.compile(r"[.-](?:win32|win-amd64|linux-\w+|macosx-[\d.]+-\w+)(?:-py\d(?:\.\d+)?)?$", re.IGNORECASE)
_EGG_TAIL = re.compile(r"-py\d+(?:\.\d+)?(?:-.+)?$")
_PYTHON_TAIL = re.compile(r"-py\d+(?:\.\d+)?$")


@dataclass(frozen=True, slots=True)
class FileName:
    """Claims of one file name.

    `project` is normalised (PEP 503), `version` canonical where it is a PEP 440 version and as written where
    it is not; what the name does not tell is "" (or `Kind.UNKNOWN`).
    """

    project: str
    version: str
    kind: Kind


@lru_cache(maxsize=8_192)
def normalise(name: str) -> str:
    """Return a project's name as the index compares it (PEP 503): lower case, runs of `-_.` one hyphen."""
    return _SEPARATORS.sub("-", name).lower()


def parse_filename(filename: str) -> FileName:
    """Return what a distribution's file name (without its folder) claims; raises nothing."""
    lower = filename.lower()
    if lower.endswith(".whl"):
        return _wheel(filename)
    if lower.endswith(".egg"):
        return _named(_EGG_TAIL.sub("", filename[:-4]), Kind.EGG)
    for suffix in SDIST_SUFFIXES:
        if lower.endswith(suffix):
            stem = filename[: -len(suffix)]
            dumb = _PLATFORM.search(stem)
            if dumb:
                return _named(stem[: dumb.start()], Kind.UNKNOWN)
            return _named(stem, Kind.SDIST)
    for suffix in OTHER_SUFFIXES:
        if lower.endswith(suffix):
            stem = _PLATFORM.sub("", filename[: -len(suffix)])
            return _named(_PYTHON_TAIL.sub("", stem), Kind.UNKNOWN)
    return FileName("", "", Kind.UNKNOWN)


def _wheel(filename: str) -> FileName:
    try:
        # The suffix is compared by case there, and by content here.
        name, version, _build, _tags = parse_wheel_filename(filename[:-4] + ".whl")
    except ValueError:
        # Wheels from before the format's rules were enforced: the first two fields still tell.
        name_part, _, rest = filename[:-4].partition("-")
        return FileName(normalise(name_part), _canonical(rest.partition("-")[0]), Kind.WHEEL)
    return FileName(str(name), str(version), Kind.WHEEL)


def _named(stem: str, kind: Kind) -> FileName:
    name, version = _split(stem)
    return FileName(normalise(name), _canonical(version), kind)


def _split(stem: str) -> tuple[str, str]:
    """Split "name-version" where both may hold hyphens ("python-ldap-2.4", "foo-1.0-2")."""
    for name, version in _splits(stem):
        if version[:1].isdigit() and _is_version(version):
            return name, version
    for name, version in _splits(stem):
        if version[:1].isdigit():
            return name, version
    name, _, version = stem.rpartition("-")
    return (name, version) if name else (version, "")


def _splits(stem: str) -> Iterator[tuple[str, str]]:
    at = stem.find("-")
    while at > 0:
        yield stem[:at], stem[at + 1 :]
        at = stem.find("-", at + 1)


def _is_version(text: str) -> bool:
    try:
        Version(text)
    except ValueError:  # InvalidVersion is one; so is a number of more digits than Python reads
        return False
    return True


def _canonical(text: str) -> str:
    try:
        return str(Version(text))
    except ValueError:
        return text
