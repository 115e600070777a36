"""Measures a project's name and version: their shape, and whether metadata, file name and packages agree."""

import math
import re
from collections.abc import Sequence

from packaging.version import InvalidVersion, Version

from features.contract import Release, Scalar
from features.packaging.metadata import CoreMetadata
from features.packaging.names import normalise
from features.packaging.top_level import top_level_names
from features.reference.identity import popular_identities
from features.reference.popular_names import is_slip_of_well_known
from features.text.entropy import entropy
from features.text.word_metrics import is_random

_NAME_CHARS = 300
_VERSION_CHARS = 200
_PACKAGES = 50
"""Top-level packages that are compared with the name."""
_COMPONENT = re.compile(r"[A-Za-z]+|\d+")
_NUMBER = re.compile(r"\d{1,18}")
_FIRST_VERSIONS = frozenset(("0.0.1", "0.1", "0.1.0", "1.0", "1.0.0", "0.0.0", "1"))


def name_values(declared: CoreMetadata, release: Release) -> dict[str, Scalar]:
    """Return the figures of the name, declared or else from the file name; {} if neither has one."""
    name = (declared.name or release.project)[:_NAME_CHARS]
    if not name:
        return {}
    project = normalise(name)
    values: dict[str, Scalar] = {
        "name_chars": len(name),
        "name_parts": len([word for word in project.split("-") if word]),
        "name_digits": digit_share(name),
        "name_entropy": entropy(project.replace("-", "")),
        "name_random": any(map(is_random, project.split("-"))),
        "name_upper": name != name.lower(),
        "name_matches_file": project == normalise(release.project) if declared.name and release.project else None,
    }
    packages = top_level_names(release)
    return values | _package_values(project, packages) if packages else values


def _package_values(project: str, packages: Sequence[str]) -> dict[str, Scalar]:
    """Compare a project's normalised name with the packages that it installs."""
    squashed = project.replace("-", "")
    forms = [normalise(package).replace("-", "") for package in packages]
    foreign = [package for package in packages[:_PACKAGES] if normalise(package).replace("-", "") not in squashed]
    owners = [popular_identities().by_import.get(package, ()) for package in foreign]
    return {
        "name_matches_package": squashed in forms,
        "name_near_package": max(dice_similarity(squashed, form) for form in forms[:_PACKAGES]),
        "packages_of_popular": sum(bool(names) and project not in names for names in owners),
        "packages_slip": sum(map(is_slip_of_well_known, foreign)),
    }


def version_values(declared: CoreMetadata, release: Release) -> dict[str, Scalar]:
    """Return the figures of the version, declared or else from the file name; {} if neither has one."""
    text = (declared.version or release.version)[:_VERSION_CHARS]
    if not text:
        return {}
    version = _parse(text)
    of_file = _parse(release.version) if release.version else None
    numbers = list(map(int, _NUMBER.findall(text)))
    digits = re.sub(r"\D", "", text)
    major = numbers[0] if numbers else 0
    return {
        "version_valid": version is not None,
        "version_parts": len(_COMPONENT.findall(text)),
        "version_chars": len(text),
        "version_major": magnitude(major),
        "version_largest": magnitude(max(numbers, default=0)),
        "version_nines": re.match(r"9{2,}", text) is not None or (len(digits) > 1 and set(digits) == {"9"}),
        "version_zeros": bool(digits) and set(digits) == {"0"},
        "version_first": text in _FIRST_VERSIONS,
        "version_prerelease": version.is_prerelease if version is not None else None,
        "version_calendar": 2000 <= major <= 2099 or 20_000_101 <= major <= 20_991_231,
        "version_matches_file": (
            version == of_file if declared.version and version is not None and of_file is not None else None
        ),
    }


def dice_similarity(left: str, right: str) -> float:
    """Return the Dice coefficient of the letter pairs of two words, 0.0 to 1.0."""
    left_pairs = {left[at : at + 2] for at in range(len(left) - 1)}
    right_pairs = {right[at : at + 2] for at in range(len(right) - 1)}
    total = len(left_pairs) + len(right_pairs)
    return 2 * len(left_pairs & right_pairs) / total if total else float(left == right)


def magnitude(number: int) -> int:
    """Return 0 for 0, else one more than twice the decimal logarithm of the number, so that 9, 99 and 999 differ."""
    return 0 if number == 0 else 1 + int(2 * math.log10(number + 1))


def digit_share(text: str) -> float:
    """Return the share of digits among the characters of a text, 0.0 if it is empty."""
    return sum(map(str.isdigit, text)) / len(text) if text else 0.0


def _parse(text: str) -> Version | None:
    try:
        return Version(text)
    except InvalidVersion:
        return None
