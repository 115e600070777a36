"""Decides which project a file belongs to, where its name alone does not say it."""

import re

from features.contract import Kind
from features.packaging.names import OTHER_SUFFIXES, SDIST_SUFFIXES, FilenameClaims, normalise, parse_filename

_DIGIT_BEHIND_HYPHEN = re.compile(r"-\d")
_VERSION = re.compile(r"(?:^|[-_.])v?(\d+(?:\.\d+)*(?:\.?(?:a|b|rc|post|dev)\d+)?)(?=$|[-_.+])")
_SUFFIXES = (*OTHER_SUFFIXES, *SDIST_SUFFIXES, ".tar.lzma", ".tar.lz", ".tlz")
_KNOWN = (*OTHER_SUFFIXES, *SDIST_SUFFIXES, ".whl", ".egg")


def names_project(filename: str, project: str) -> bool:
    """Return whether a file's name certainly begins with a normalised project and a hyphen, as those of wheels do.

    A sure and fast answer for nearly all files; false where the name is to be compared with the project.
    """
    length = len(project)
    return (
        filename.lower().endswith(_KNOWN)
        and filename[length : length + 1] == "-"
        and filename[length + 1 : length + 2].isdigit()
        and filename[:length].lower().replace("_", "-").replace(".", "-") == project
        and not _DIGIT_BEHIND_HYPHEN.search(project)
    )


def claims_on_page(filename: str, project: str) -> FilenameClaims:
    """Return what a file's name claims, given that the page of `project` (normalised) lists it.

    The page says the project of installers and dumb archives, whose names follow the rules of other systems
    (python3-foo_1.0-1_all.deb), and where in the name of a source distribution the version begins. A wheel or another
    archive that claims another project than its page is left to its claim: no installer takes it for the page's.
    """
    claims = parse_filename(filename)
    if claims.project == project:
        return claims
    stem = _stem(filename)
    rest = stem[len(project) + 1 :] if normalise(stem[: len(project) + 1]) == f"{project}-" else ""
    if claims.kind is Kind.SDIST and rest[:1].isdigit():
        return FilenameClaims(project, parse_filename(f"x-{rest}.tar.gz").version, claims.kind)
    if claims.kind is not Kind.UNKNOWN:
        return claims
    found = _VERSION.search(rest or stem)
    return FilenameClaims(project, found[1] if found else "", claims.kind)


def _stem(filename: str) -> str:
    lower = filename.lower()
    return next((filename[: -len(suffix)] for suffix in _SUFFIXES if lower.endswith(suffix)), filename)
