"""Measures a release's summary and description."""

import re
from collections.abc import Mapping

from features.contract import Scalar
from features.packaging.declared.placeholders import is_placeholder
from features.packaging.metadata import CoreMetadata
from features.packaging.names import normalise
from features.runtime.cache import cached_text, size_of_words
from features.text.word_metrics import is_random

DESCRIPTION_CHARS = 8_000
"""Characters of a description that are measured."""

_SUMMARY_CHARS = 10_000
_PLACEHOLDER_CHARS = 300
_WORDS_COMPARED = 2_000
_URL = re.compile(r"https?://([^\s/\"'<>()\[\]\\]{1,253})")
_HEADING = re.compile(r"^(?:#{1,6}\s|={3,}\s*$|-{3,}\s*$|~{3,}\s*$)", re.MULTILINE)
_CODE_BLOCK = re.compile(r"^(?:```|~~~|\.\. code|>>> |.*::\s*$)", re.MULTILINE)
_IMAGE = re.compile(r"!\[|\.\. image::|<img\b|\.\. figure::|\|image:: ")
_WORD = re.compile(r"\w+")
_ASCII_WORDS = "".join(char if char.isalnum() or char == "_" else " " for char in map(chr, range(128)))
"""Translation of ASCII text that keeps the characters of words and blanks all others."""
_INSTALL_COMMAND = re.compile(
    # The letter precedes its look-behind, so that the search can skip to it.
    r"(?:p(?<!\wp)(?:ip[23x]?|oetry|ipenv)|u(?<!\wu)v|c(?<!\wc)onda)[ \t]+(?:pip[ \t]+)?(?:install|add)[ \t]+"
    r"(?:-{1,2}[A-Za-z-]{1,20}[ \t]+){0,3}"
    r"[\"']?([A-Za-z0-9][A-Za-z0-9._-]{0,80}[A-Za-z0-9])"
)


def description_values(declared: CoreMetadata) -> dict[str, Scalar]:
    """Return the figures of summary and description; a description that setup.py computes has no figures."""
    name = normalise(declared.name).replace("-", "")
    summary = declared.summary[:_SUMMARY_CHARS]
    description = declared.description[:DESCRIPTION_CHARS]
    words = _WORD.findall(summary)
    squashed = "".join(words).lower()
    values: dict[str, Scalar] = {
        "summary_chars": len(declared.summary),
        "summary_words": len(words),
        "summary_placeholder": bool(summary) and is_placeholder(summary[:_PLACEHOLDER_CHARS]),
        "summary_is_name": bool(name) and squashed.replace("_", "") == name,
        "summary_random": sum(map(is_random, words)) / len(words) if words else None,
    }
    if not description and "long_description" in declared.dynamic:
        return values
    return {
        **values,
        **_prose_values(description),
        "description_chars": len(declared.description),
        "description_is_summary": bool(summary) and description.strip() == summary.strip(),
        "description_names_project": bool(name) and _mentions(description.lower(), name),
    }


@cached_text("install_instructions", size_of=size_of_words)
def install_commands(description: str) -> tuple[str, ...]:
    """Return the normalised names of the projects that a description tells readers to install, in order."""
    if "install" not in description and " add" not in description and "\tadd" not in description:
        return ()
    return tuple(normalise(found) for found in _INSTALL_COMMAND.findall(description))


@cached_text("description_figures", size_of=lambda figures: 100 * len(figures))
def _prose_values(description: str) -> Mapping[str, Scalar]:
    words = _split_words(description)
    first = words[:_WORDS_COMPARED]
    hosts = [host.lower() for host in _URL.findall(description)]
    return {
        "description_words": len(words),
        "description_distinct": len(set(first)) / len(first) if first else None,
        "description_headings": len(_HEADING.findall(description)),
        "description_code_blocks": len(_CODE_BLOCK.findall(description)),
        "description_links": len(hosts),
        "description_link_hosts": len(set(hosts)),
        "description_images": len(_IMAGE.findall(description)),
        "description_placeholder": bool(description) and is_placeholder(description[:_PLACEHOLDER_CHARS]),
    }


def _split_words(text: str) -> list[str]:
    return text.translate(_ASCII_WORDS).split() if text.isascii() else _WORD.findall(text)


def _mentions(text: str, name: str) -> bool:
    """Return whether a text contains a squashed name, ignoring blanks and separators between its letters."""
    return name in text or name in "".join(text.split()).replace("-", "").replace("_", "").replace(".", "")
