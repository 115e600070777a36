"""Finds signs of a maintained project: tests, documentation, a changelog, a licence file as declared."""

import re
from collections.abc import Iterable, Sequence

from features.contract import Kind, Member, Release, Scalar
from features.files.release_paths import ReleasePaths
from features.packaging.licences import licence_mismatch
from features.packaging.metadata import read_core_metadata

_README_CHARS = 200
"""Characters of the shortest description that counts as a readme, since a wheel has no other."""
_LICENCE_DEPTH = 2
_LICENCES = 5
_TESTS = re.compile(r"(?:^|/)(?:tests?|testing)/|(?:^|/)(?:test_[^/]*|[^/]*_test|conftest)\.py$", re.IGNORECASE)
_DOCS = re.compile(r"(?:^|/)(?:docs?|documentation|examples?)/", re.IGNORECASE)
_README = re.compile(r"(?:^|/)readme[^/]*$", re.IGNORECASE)
_LICENCE = re.compile(r"(?:^|/)(?:licen[sc]e|copying|unlicense|notice)[^/]*$", re.IGNORECASE)
_CHANGES = re.compile(r"(?:^|/)(?:change|history|news|release)[^/]*$", re.IGNORECASE)
_CI = re.compile(r"(?:^|/)(?:\.github/|\.gitlab-ci|\.travis|\.circleci/|tox\.ini|noxfile\.py|azure-pipelines|appveyor)")
_CI_LITERALS = (".github/", ".gitlab-ci", ".travis", ".circleci/", "tox.ini", "noxfile.py", "azure-", "appveyor")


def upkeep_values(paths: ReleasePaths) -> dict[str, Scalar]:
    """Return whether a release has each file of a maintained project."""
    release = paths.release
    licences = [
        member
        for member, path in zip(release.members, paths.folded, strict=True)
        if ("licen" in path or "copying" in path or "notice" in path) and _LICENCE.search(member.path)
    ]
    own = paths.own
    folded = paths.own_text.casefold()
    declared = read_core_metadata(release)
    return {
        "tests": _matches_any(_TESTS, ("test",), own, folded),
        "docs": _matches_any(_DOCS, ("doc", "example"), own, folded),
        "readme": _matches_any(_README, ("readme",), own, folded) or len(declared.description) >= _README_CHARS,
        "licence": bool(licences),
        "changes": _matches_any(_CHANGES, ("change", "history", "news", "release"), own, folded),
        "ci": _matches_any(_CI, _CI_LITERALS, own, folded) if release.kind is Kind.SDIST else None,
        "licence_mismatch": _is_licence_mismatch(release, licences, declared.licence),
    }


def _matches_any(pattern: re.Pattern[str], literals: Iterable[str], paths: Sequence[str], folded: str) -> bool:
    """Return whether a pattern matches one of the paths.

    Every path that it matches contains one of `literals`, ignoring case. `folded` is all paths as one case-folded text.
    """
    met = [literal for literal in literals if literal in folded]
    if not met:
        return False
    for path in paths:
        path_folded = path.casefold()
        for literal in met:
            if literal in path_folded and pattern.search(path):
                return True
    return False


def _is_licence_mismatch(release: Release, licences: Sequence[Member], declared: str) -> bool | None:
    """Return whether no licence file matches the declared licence; None if either is missing or unknown."""
    if not declared:
        return None
    near_root = [
        member
        for member in licences
        if member.data
        and member.path.removeprefix(release.root).count("/") <= _LICENCE_DEPTH
        and "!/" not in member.path
    ]
    mismatches = {licence_mismatch(declared, member) for member in near_root[:_LICENCES]} - {None}
    return all(mismatches) if mismatches else None
