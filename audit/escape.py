"""Text from a package made safe to show: nothing it contains can act, hide or reorder.

Every report calls one of these as the last step before display, and nothing else does.
"""

import html
import re
import unicodedata

_ODD = {"Cc", "Cf", "Co", "Cs", "Zl", "Zp", "Cn"}
_MARKDOWN = re.compile(r"([\\`*_{}\[\]()#+\-.!|~>:@])")
_FORMULA = ("=", "+", "-", "@")
ELLIPSIS = "…"


def visible(text: str, limit: int | None = None) -> str:
    r"""Return text with control, format, bidi, private and unassigned characters spelt as `\\u{202e}`.

    A space other than U+0020 and the combining marks after the third in a row are spelt too. The result
    holds no line break. `limit` cuts to so many characters, with an ellipsis.
    """
    out: list[str] = []
    length = marks = 0
    for char in text:
        marks = marks + 1 if unicodedata.combining(char) else 0
        category = unicodedata.category(char)
        odd = category in _ODD or (category == "Zs" and char != " ") or marks > 3
        shown = f"\\u{{{ord(char):x}}}" if odd else char
        length += len(shown)
        if limit is not None and length > limit:
            out.append(ELLIPSIS)
            break
        out.append(shown)
    return "".join(out)


def as_html(text: str, limit: int | None = None) -> str:
    """Return text that is inert between HTML tags and inside quoted attributes."""
    return html.escape(visible(text, limit), quote=True)


def as_markdown(text: str, limit: int | None = None) -> str:
    """Return text that Markdown shows as it is: no markup, no link, no HTML, one line."""
    plain = visible(text, limit).replace("&", "&amp;").replace("<", "&lt;")
    return _MARKDOWN.sub(r"\\\1", plain)


def as_cell(text: str, limit: int | None = None) -> str:
    """Return text that a spreadsheet does not take for a formula."""
    shown = visible(text, limit)
    return "'" + shown if shown.lstrip(" '\"").startswith(_FORMULA) else shown


def as_terminal(text: str, limit: int | None = None) -> str:
    """Return text that moves no cursor and changes no colour."""
    return visible(text, limit)
