"""Reads the start tags of an HTML page in one pass, and refuses what readers of HTML read in different ways.

`html.parser` takes quadratic time over tags, comments and declarations that do not end, and its releases disagree about
them. A page that ends properly is read as `html.parser` reads it; any other is an error. Source:
https://html.spec.whatwg.org/multipage/parsing.html#tokenization.
"""

import re
from collections.abc import Iterator
from html import unescape
from typing import NamedTuple

MOST_TAGS = 1_000_000
"""Most characters `<` of a page; the pages of the largest projects have some 100,000."""
MOST_TAG_CHARS = 2**16
"""Most characters of a tag whose attributes are read."""

_OPENING = re.compile(r"<(!--|[!?/]|[a-zA-Z])")
# Every repetition is possessive: nothing is read twice. A quote that does not close takes all, so that no ">" is left.
_NAME = r"[^\s/>][^\s/=>]*+"
_VALUE = r"(?:'[^']*+(?:'|\Z)|\"[^\"]*+(?:\"|\Z)|(?!['\"])[^>\s]*+)"
_TAG = re.compile(rf"<([a-zA-Z][^\t\n\r\f />]*+)((?:[\s/]++|{_NAME}(?:\s*+=++\s*+{_VALUE})?+)*+)>")
_ATTRIBUTE = re.compile(rf"({_NAME})(?:\s*+=++\s*+({_VALUE}))?+")
_END_TAG = re.compile(r"</[a-zA-Z][^>'\"]*+>")
_COMMENT_END = re.compile(r"--(\s*+|!)>")
# Their content is text, for every reader or for some.
_RAW = {name: re.compile(rf"</\s*{name}(?![^\s/>])", re.IGNORECASE) for name in ("script", "style", "title")}
_REFUSED = frozenset(("iframe", "noembed", "noframes", "plaintext", "textarea", "xmp"))


class Tag(NamedTuple):
    """A start tag: its name in lower case, and its attributes as they are written."""

    name: str
    text: str

    def attributes(self) -> dict[str, str | None]:
        """Return the attributes by name in lower case, None for one without a value.

        Raises ValueError for more than `MOST_TAG_CHARS` characters, and for an attribute that stands there twice.
        """
        if len(self.text) > MOST_TAG_CHARS:
            raise ValueError(f"has a tag of over {MOST_TAG_CHARS:,} characters")
        found: dict[str, str | None] = {}
        for match in _ATTRIBUTE.finditer(self.text):
            name, value = match[1].lower(), match[2]
            if name in found:
                raise ValueError("has a tag with an attribute twice")  # readers take the first one, or the last
            if value and value[0] in "'\"":
                value = value[1:-1]
            found[name] = value and unescape(value)
        return found


def iterate_tags(text: str) -> Iterator[Tag]:
    """Yield the start tags of a page.

    Raises ValueError where the page has something that does not end, that readers read in different ways, or over
    `MOST_TAGS` tags.
    """
    if text.count("<") > MOST_TAGS:
        raise ValueError(f"has over {MOST_TAGS:,} tags")
    if "\0" in text:
        raise ValueError("has a zero character, which is no text")
    at = 0
    while (opening := _OPENING.search(text, at)) is not None:
        start, kind = opening.start(), opening[1]
        if kind == "!--":
            at = _end_of_comment(text, opening.end())
        elif kind == "/":
            at = _end_of_end_tag(text, start)
        elif kind in "!?":
            at = _end_of_declaration(text, start)
        else:
            match = _TAG.match(text, start)
            if match is None:
                raise ValueError("has a tag that does not end")
            tag = Tag(match[1].lower(), match[2])
            yield tag
            at = _end_of_content(text, match.end(), tag)


def _end_of_comment(text: str, start: int) -> int:
    match = _COMMENT_END.search(text, start)
    if match is None:
        raise ValueError("has a comment that does not end")
    if match[1] or text.startswith((">", "->"), start):
        raise ValueError("has a comment that readers end in different places")
    return match.end()


def _end_of_end_tag(text: str, start: int) -> int:
    if text.startswith("</>", start):
        return start + 3
    if text[start + 2 : start + 3].isalpha() and text[start + 2].isascii():
        match = _END_TAG.match(text, start)
        if match is None:
            raise ValueError("has an end tag that does not end, or with a quote")
        return match.end()
    return _end_of_declaration(text, start)


def _end_of_declaration(text: str, start: int) -> int:
    if text.startswith("<![", start):
        raise ValueError("has a marked section, which is no HTML")
    end = text.find(">", start + 2)
    if end < 0:
        raise ValueError("has a declaration that does not end")
    return end + 1


def _end_of_content(text: str, start: int, tag: Tag) -> int:
    """Return where the search for tags goes on after a start tag: behind what is text to its end tag."""
    if tag.name in _REFUSED:
        raise ValueError(f"has an element {tag.name}, whose content readers read in different ways")
    closing = _RAW.get(tag.name)
    if closing is None:
        return start
    end = closing.search(text, start)
    if end is None or tag.text.endswith("/"):
        raise ValueError(f"has an element {tag.name} that does not end")
    content = text[start : end.start()]
    if "<!--" in content or (tag.name == "title" and "<" in content):
        raise ValueError(f"has an element {tag.name} whose content readers read in different ways")
    return end.start()
