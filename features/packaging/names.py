"""Parses names of distribution files into project, version and kind."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from packaging.utils import parse_wheel_filename
from packaging.version import Version

from features.contract import Kind
from features.runtime.cache import cached_text

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
"""Suffixes of source distributions, present and past; a suffix precedes any other that it ends with."""

OTHER_SUFFIXES = (".exe", ".msi", ".rpm", ".deb", ".dmg")
"""Suffixes of installers that the index once accepted and that a mirror may still serve."""

_SEPARATORS = re.compile(r"[-_.]+")
_PLATFORM = re.compile(r"[.-](?:win32|win-amd64|linux-\w+|macosx-[\d.]+-\w+)(?:-py\d(?:\.\d+)?)?$", re.IGNORECASE)
_EGG_TAIL = re.compile(r"-py\d+(?:\.\d+)?(?:-.+)?$")
_PYTHON_TAIL = re.compile(r"-py\d+(?:\.\d+)?$")


@dataclass(frozen=True, slots=True)
class FilenameClaims:
    """Project, version and kind that a file name claims.

    `project` is normalised (PEP 503). `version` is canonical if it is a PEP 440 version, else as written. A part that
    the name does not hold is "" or `Kind.UNKNOWN`.
    """

    project: str
    version: str
    kind: Kind


@cached_text("project_names")
def normalise(name: str) -> str:
    """Return the normalised name of a project (PEP 503): lower case, with one hyphen for each run of `-_.`."""
    return _SEPARATORS.sub("-", name).lower()


def parse_filename(filename: str) -> FilenameClaims:
    """Return the claims in the name of a distribution file, given without its folder; never raises."""
    lower = filename.lower()
    if lower.endswith(".whl"):
        return _parse_wheel(filename)
    if lower.endswith(".egg"):
        return _parse_stem(_EGG_TAIL.sub("", filename[:-4]), Kind.EGG)
    for suffix in SDIST_SUFFIXES:
        if lower.endswith(suffix):
            stem = filename[: -len(suffix)]
            built_dumb = _PLATFORM.search(stem)
            if built_dumb:
                return _parse_stem(stem[: built_dumb.start()], Kind.UNKNOWN)
            return _parse_stem(stem, Kind.SDIST)
    for suffix in OTHER_SUFFIXES:
        if lower.endswith(suffix):
            stem = _PLATFORM.sub("", filename[: -len(suffix)])
            return _parse_stem(_PYTHON_TAIL.sub("", stem), Kind.UNKNOWN)
    return FilenameClaims("", "", Kind.UNKNOWN)


def _parse_wheel(filename: str) -> FilenameClaims:
    try:
        # packaging only accepts the suffix in lower case.
        name, version, _build, _tags = parse_wheel_filename(filename[:-4] + ".whl")
    except ValueError:
        # Wheels older than the enforcement of PEP 427: their first two fields are still name and version.
        name_part, _, rest = filename[:-4].partition("-")
        return FilenameClaims(normalise(name_part), _canonical(rest.partition("-")[0]), Kind.WHEEL)
    return FilenameClaims(str(name), str(version), Kind.WHEEL)


def _parse_stem(stem: str, kind: Kind) -> FilenameClaims:
    name, version = _split(stem)
    return FilenameClaims(normalise(name), _canonical(version), kind)


def _split(stem: str) -> tuple[str, str]:
    """Split "name-version" although both may hold hyphens ("python-ldap-2.4", "foo-1.0-2")."""
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
    except ValueError:  # InvalidVersion, or a number with more digits than the interpreter converts
        return False
    return True


def _canonical(text: str) -> str:
    try:
        return str(Version(text))
    except ValueError:
        return text
