"""Compares the files of a release with its own lists, and the names that it installs with those of other projects."""

from features.contract import Release, Scalar
from features.packaging.names import normalise
from features.packaging.record import check_record, count_unlisted_python
from features.packaging.top_level import stdlib_names, top_level_names
from features.reference.popular_names import popular_names

POPULAR_RANK = 2_000
"""Number of popular projects, by rank, whose names a release should not install."""


def manifest_values(release: Release) -> dict[str, Scalar]:
    """Return the differences from RECORD and SOURCES.txt, and the installed top-level names of other projects."""
    packages = top_level_names(release)
    record = check_record(release)
    values: dict[str, Scalar] = {
        "sources_unlisted": count_unlisted_python(release),
        "packages": len(packages),
        "packages_stdlib": sum(package in stdlib_names() for package in packages),
        "packages_popular": _count_popular(normalise(release.project), {normalise(package) for package in packages}),
    }
    if record is not None:
        values |= {
            "record_unlisted": record.unlisted,
            "record_absent": record.missing,
            "record_different": record.mismatched,
            "record_malformed": record.malformed,
        }
    return values


def _count_popular(project: str, packages: set[str]) -> int:
    """Return the number of packages named like popular projects that the project neither is nor has in its name."""
    popular = popular_names()
    if project in popular:
        return 0
    foreign = [package for package in packages if package not in project]
    return sum(popular.ranks.get(package, POPULAR_RANK) < POPULAR_RANK for package in foreign)
