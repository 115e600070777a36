"""Breaks the lines of a summary, so that a mail shows each of them whole."""

import textwrap
from collections.abc import Iterator

WIDTH = 80
"""Columns of a line."""


def wrap_prose(text: str) -> Iterator[str]:
    """Yield a sentence as lines of at most `WIDTH` columns, all but the first indented; no word is cut."""
    yield from textwrap.wrap(text, WIDTH, subsequent_indent="  ", break_long_words=False, break_on_hyphens=False)
