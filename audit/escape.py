"""Escapes text from a package so that nothing in it can act, hide or reorder when it is shown.

Every report calls one of these functions as the last step before display.
"""

import html
import re
import unicodedata

_UNPRINTABLE = {"Cc", "Cf", "Co", "Cs", "Zl", "Zp", "Cn"}
_MARKDOWN = re.compile(r"([\\`*_{}\[\]()#+\-.!|~>:@])")
_FORMULA = "=+-@"
"""Characters that begin a formula, also in the widths and heights that Unicode folds into them."""
_CELL_START = re.compile(r"(?:^|;)[ '\"]*+(?=(.))")
"""Start of a cell and its first character; many languages set a spreadsheet to split at semicolons."""
_COMBINING_MARKS = 3
"""Combining marks in a row that are shown; text in real languages has no more."""
ELLIPSIS = "…"


def escape_unprintable(text: str, limit: int | None = None) -> str:
    r"""Return text with control, format, bidi, private and unassigned characters written as `\\u{202e}`.

    Spaces other than U+0020 and the combining marks after the third in a row are escaped too. The result has no line
    break. `limit` is the number of characters after which it is cut, with an ellipsis.
    """
    out: list[str] = []
    length = marks = 0
    for char in text:
        marks = marks + 1 if unicodedata.combining(char) else 0
        category = unicodedata.category(char)
        unprintable = category in _UNPRINTABLE or (category == "Zs" and char != " ") or marks > _COMBINING_MARKS
        shown = f"\\u{{{ord(char):x}}}" if unprintable else char
        length += len(shown)
        if limit is not None and length > limit:
            out.append(ELLIPSIS)
            break
        out.append(shown)
    return "".join(out)


def as_html(text: str, limit: int | None = None) -> str:
    """Return text that is inert between HTML tags and inside quoted attributes."""
    return html.escape(escape_unprintable(text, limit), quote=True)


def as_markdown(text: str, limit: int | None = None) -> str:
    """Return text that Markdown shows unchanged: no markup, no link, no HTML, one line."""
    plain = escape_unprintable(text, limit).replace("&", "&amp;").replace("<", "&lt;")
    return _MARKDOWN.sub(r"\\\1", plain)


def as_csv_cell(text: str, limit: int | None = None) -> str:
    """Return text that a spreadsheet does not take for a formula, also where it splits cells at semicolons."""
    return _CELL_START.sub(_as_text_cell, escape_unprintable(text, limit))


def _as_text_cell(start: re.Match[str]) -> str:
    if unicodedata.normalize("NFKC", start[1]) not in _FORMULA:
        return start[0]
    return f";'{start[0][1:]}" if start[0].startswith(";") else f"'{start[0]}"


def as_terminal(text: str, limit: int | None = None) -> str:
    """Return text that moves no cursor and changes no colour of a terminal."""
    return escape_unprintable(text, limit)
