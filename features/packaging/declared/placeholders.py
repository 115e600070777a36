"""Recognises placeholder text, which a project template provides and its user did not replace."""

import re

from features.runtime.cache import cached_text

_WITHIN = re.compile(
    r"\b(?:your|my|author'?s?|some|the|full|first|last)[ _-]?(?:name|e-?mail|username|company)\b|"
    r"\byour[ _-]?(?:project|package|repo\w*|url|website|description)\b|@example\b|\bexample\.(?:com|org|net)\b|"
    r"\btest@|@test\.|lorem ipsum|\bj(?:ohn|ane) doe\b|\basdf|\bqwerty|placeholder|change ?me\b|\btodo\b",
    re.IGNORECASE,
)
_WITHIN_LITERALS = (
    "name", "mail", "company", "your", "example", "test@", "@test.", "lorem ipsum", " doe", "asdf", "qwerty",
    "placeholder", "change", "todo",
)  # fmt: skip
"""Every ASCII text that `_WITHIN` matches contains one of these, in lower case."""
_WHOLE = re.compile(
    r"\W*(?:an? )?(?:tests?|testing|examples?|demo|foo|foo ?bar|bar|none|n/a|xxx+|abc|description)\W*$|"
    r"\W*hello,? world|\W*$|"
    r"\W*(?:this is )?(?:an?|my|the)? ?"
    r"(?:\b(?:first|very|simple|small|sample|dummy|empty|basic|example|test|short|python|pypi|cool|new)\b ?)*"
    r"(?:package|project|library|module|description)\W*$",
    re.IGNORECASE,
)


@cached_text("placeholders")
def is_placeholder(text: str) -> bool:
    """Return whether a text is or contains placeholder text, or has no word at all."""
    if _WHOLE.match(text) is not None:
        return True
    lower = text.lower()
    if text.isascii() and not any(literal in lower for literal in _WITHIN_LITERALS):
        return False
    return _WITHIN.search(text) is not None
