"""Well-known licences, as they are declared and as their texts begin."""

import re
from functools import lru_cache

from features.contract import Member
from features.runtime.cache import ContentCache, size_of_words

_DECLARED = {
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
_TEXT = {
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
_DECLARED_RULES = tuple((family, re.compile(rf"(?<![a-z])(?:{rule})(?![a-z])")) for family, rule in _DECLARED.items())


TEXT_BYTES = 40_000
"""What is looked at of a licence's text."""
FAMILIES: ContentCache[frozenset[str]] = ContentCache(2 * 2**20, size_of_words)
"""Of licence files, which come again and again, in other projects too."""


def declared_families(text: str) -> frozenset[str]:
    """Return the families that a declaration speaks of ("MIT", "GPL-3.0-or-later", a classifier, a whole text)."""
    return _declared_families(text[:TEXT_BYTES])


@lru_cache(maxsize=128)
def _declared_families(text: str) -> frozenset[str]:
    small = _plain(text)
    short = re.sub(r"[v\d.]+", " ", small) if len(small) < 100 else small
    found = {family for family, rule in _DECLARED_RULES if rule.search(short) or rule.search(small)}
    return frozenset(found) or text_families(text)


def text_families(text: str) -> frozenset[str]:
    """Return the families whose wording stands in a licence's text."""
    small = _plain(text)
    found = {family for family, wordings in _TEXT.items() if any(wording in small for wording in wordings)}
    # Most licences say "all rights reserved" beside the copyright.
    return frozenset(found - {"proprietary"} or found)


def file_families(file: Member) -> frozenset[str]:
    """Return the families whose wording stands in a licence file that was kept."""
    return FAMILIES.get(file.key, lambda: text_families(file.data[:TEXT_BYTES].decode("utf-8", "replace")))


def licence_mismatch(declared: str, file: Member) -> bool | None:
    """Tell whether a declaration and a licence file are of different families; None where either is unknown."""
    said, given = declared_families(declared), file_families(file)
    if not said or not given:
        return None
    return not said & given


def _plain(text: str) -> str:
    return " ".join(text[:TEXT_BYTES].lower().split())
