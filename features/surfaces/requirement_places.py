"""Finds the lines that declare requirements worth a look: unknown, imitating, by address."""

import re
from collections.abc import Iterator, Sequence

from features.contract import Member, Release
from features.packaging.declared.dependencies import BUILD_BACKENDS, parse_dependencies
from features.packaging.metadata import read_build_requirements, read_core_metadata
from features.packaging.names import normalise
from features.reference.popular_names import compare_name, is_slip_of_well_known, popular_names
from features.surfaces.contract import SurfacePlace, place_at

MOST_UNKNOWN = 4
"""Requirements that are only unknown which are shown; those of an extra come last."""
_MOST_READ = 100
_OPTIONAL = 0.4
"""Factor on a requirement of an extra, which only who asks for it installs."""
_BUILD = 2.0
"""Factor on a requirement of the build, whose code runs before anything is installed."""
_DECLARING = ("METADATA", "PKG-INFO", "requires.txt", "pyproject.toml", "setup.cfg", "setup.py")


def find_requirement_places(release: Release) -> Iterator[SurfacePlace]:
    """Yield the lines that declare requirements worth a look."""
    declared = read_core_metadata(release)
    project = normalise(declared.name or release.project)
    files = _declaring_files(release, declared.path)
    if not files:
        return
    unknown: list[SurfacePlace] = []
    for factor, lines in ((1.0, declared.requires_dist), (_BUILD, read_build_requirements(release).requires)):
        for line, dependency in zip(lines[:_MOST_READ], parse_dependencies(lines[:_MOST_READ]), strict=False):
            rule = _rule_of(dependency.name, project, direct=dependency.direct)
            if rule:
                share = factor * (_OPTIONAL if dependency.optional else 1.0)
                place = _place(rule, line, dependency.name, files, share)
                if rule == "requirement_unknown":
                    unknown.append(place)
                else:
                    yield place
    yield from sorted(unknown, key=lambda place: -place.factor)[:MOST_UNKNOWN]


def _rule_of(name: str, project: str, *, direct: bool) -> str:
    """Return the rule of a requirement, the gravest first, "" for a popular one or for the project itself."""
    if direct:
        return "requirement_address"
    known = name in popular_names() or name in BUILD_BACKENDS
    if not name or name == project or known or name.partition("-")[0] == project.partition("-")[0]:
        return ""
    if is_slip_of_well_known(name):
        return "requirement_slip"
    return "requirement_imitates" if compare_name(name).target else "requirement_unknown"


def _declaring_files(release: Release, first: str) -> list[Member]:
    found = [
        m for m in release.members if m.data and m.path.rpartition("/")[2] in _DECLARING and m.path.count("/") <= 2
    ]
    return sorted(found, key=lambda m: (m.path != first, _DECLARING.index(m.path.rpartition("/")[2]), m.path))


def _place(rule: str, line: str, name: str, files: Sequence[Member], factor: float) -> SurfacePlace:
    """Return the first line of a file that has the requirement, or the beginning of the first file."""
    words = [line.strip().encode("utf-8", "replace")]
    if name:
        words.append(name.encode())
    for word in words:
        pattern = re.compile(
            rb"(?<![\w.-])" + re.escape(word).replace(rb"\-", rb"[-_.]") + rb"(?![\w-])", re.IGNORECASE
        )
        for member in files:
            if (match := pattern.search(member.data)) is not None:
                return place_at(rule, member.path, member.data, match.start(), factor)
    return SurfacePlace(rule, files[0].path, 1, line, factor)
