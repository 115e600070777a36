"""Reads the claims of an artifact's file name about native code (PEP 425 tags of wheels)."""

import re

from features.contract import Kind, Release

_MACHINES = {"amd64": "x86_64", "arm64": "aarch64", "win32": "x86", "i686": "x86", "i386": "x86", "x86": "x86",
             "x86_64": "x86_64", "aarch64": "aarch64"}  # fmt: skip
_MACHINE = re.compile(r"x86_64|amd64|arm64|aarch64|win32|i[36]86")
_SUFFIX = re.compile(r"\.(?:whl|zip|tar\.gz|tar\.bz2|tgz)$")
_FAT = ("universal", "intel", "_fat")
_SYSTEMS = (("linux", "linux"), ("win", "windows"), ("macosx", "macos"), ("android", "linux"))


def promises_no_native_code(release: Release) -> bool:
    """Return whether an artifact is an sdist, or a wheel for any platform."""
    if release.kind is Kind.WHEEL:
        return _platform_tag(release.filename) == "any"
    return release.kind is Kind.SDIST


def promised_platforms(release: Release) -> tuple[frozenset[str], frozenset[str]]:
    """Return the systems and the machines that a wheel's tags name; empty if they name none."""
    if release.kind is not Kind.WHEEL:
        return frozenset(), frozenset()
    platform = _platform_tag(release.filename)
    systems = {
        system
        for word, system in _SYSTEMS
        if any(tag.startswith(word) or (word == "linux" and "linux" in tag) for tag in platform.split("."))
    }
    if any(word in platform for word in _FAT):
        return frozenset(systems), frozenset()
    return frozenset(systems), frozenset(map(normalise_machine, _MACHINE.findall(platform)))


def normalise_machine(machine: str) -> str:
    """Return the canonical name of a processor ("x86_64" for "amd64"); an unknown name is returned unchanged."""
    return _MACHINES.get(machine, machine)


def _platform_tag(filename: str) -> str:
    """Return the last tag of a wheel's file name; a wheel may have the suffix of an sdist."""
    return _SUFFIX.sub("", filename.lower()).rpartition("-")[2]
