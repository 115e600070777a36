"""Finds the description of a release: the declared one, or else its readme."""

from features.contract import Release
from features.packaging.metadata import read_core_metadata

_README_BYTES = 100_000


def read_description(release: Release) -> str:
    """Return the declared description, or else the beginning of a readme in the root; "" if there is neither."""
    return read_core_metadata(release).description or _read_readme(release)


def _read_readme(release: Release) -> str:
    for member in release.members:
        path = member.path.removeprefix(release.root)
        if path.lower().startswith("readme") and "/" not in path and member.data:
            return member.data[:_README_BYTES].decode("utf-8", "replace")
    return ""
