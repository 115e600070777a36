"""Recognises families of well-known licences in declarations and in licence texts."""

import re

from features.contract import Member
from features.runtime.cache import cached, cached_text, size_of_words

_DECLARATION_PATTERNS = {
    "agpl": r"a-?gpl|affero",
    "lgpl": r"lgpl|(?:lesser|library or lesser) general",
    "gpl": r"gpl|gnu general public",
    "apache": r"apache",
    "mpl": r"mpl|mozilla public",
    "unlicense": r"(?:the )?unlicen[sc]e|public domain",
    "cc0": r"cc0|public domain",
    "psf": r"psf|python software foundation",
    "isc": r"isc",
    "bsd": r"(?:new)?bsd|0bsd",
    "mit": r"mit(?:-0)?|expat",
    "proprietary": r"proprietary|all rights reserved|commercial",
}
_WORDINGS = {
    "agpl": ("gnu affero general public license",),
    "lgpl": ("gnu lesser general public license", "gnu library general public license"),
    "gpl": ("gnu general public license",),
    "apache": ("apache license", "apache-2.0"),
    "mpl": ("mozilla public license",),
    "unlicense": ("free and unencumbered software",),
    "cc0": ("cc0 1.0", "creative commons legal code"),
    "psf": ("python software foundation license",),
    "isc": ("isc license", "permission to use, copy, modify, and/or distribute"),
    "bsd": ("redistribution and use in source and binary forms", *(f"bsd {clauses}-clause" for clauses in range(10))),
    "mit": ("permission is hereby granted, free of charge", "mit license"),
    "proprietary": ("proprietary", "all rights reserved"),
}
_DECLARATIONS = tuple(
    (family, re.compile(rf"(?<![a-z])(?:{pattern})(?![a-z])")) for family, pattern in _DECLARATION_PATTERNS.items()
)

TEXT_CHARS = 40_000
"""Characters of a licence's text that are searched."""


def families_in_declaration(text: str) -> frozenset[str]:
    """Return the families that a declaration names ("MIT", "GPL-3.0-or-later", a classifier, a whole text)."""
    return _families_in_declaration(text[:TEXT_CHARS])


@cached_text("licence_declarations", size_of=size_of_words)
def _families_in_declaration(text: str) -> frozenset[str]:
    words = _normalise_text(text)
    unversioned = re.sub(r"[v\d.]+", " ", words) if len(words) < 100 else words
    found = {family for family, pattern in _DECLARATIONS if pattern.search(unversioned) or pattern.search(words)}
    return frozenset(found) or families_in_text(text)


def families_in_text(text: str) -> frozenset[str]:
    """Return the families whose wording a licence's text contains."""
    words = _normalise_text(text)
    found = {family for family, wordings in _WORDINGS.items() if any(wording in words for wording in wordings)}
    # Most licences contain "all rights reserved" next to the copyright.
    return frozenset(found - {"proprietary"} or found)


@cached("licence_files", key=lambda file: file.key, size_of=size_of_words)
def families_in_file(file: Member) -> frozenset[str]:
    """Return the families whose wording a licence file contains; its content must have been kept."""
    return families_in_text(file.data[:TEXT_CHARS].decode("utf-8", "replace"))


def licence_mismatch(declared: str, file: Member) -> bool | None:
    """Return whether a declaration and a licence file name different families; None if either names none."""
    in_declaration, in_file = families_in_declaration(declared), families_in_file(file)
    if not in_declaration or not in_file:
        return None
    return in_declaration.isdisjoint(in_file)


def _normalise_text(text: str) -> str:
    return " ".join(text[:TEXT_CHARS].lower().split())
