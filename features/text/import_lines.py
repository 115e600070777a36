"""Defines patterns of import statements, for source that is not parsed.

The patterns accept `lazy` before an import (PEP 810) and share the names of their groups: `modules` follows a plain
`import`; `module` and `names` follow `from` and its `import`. They differ in the positions and names that they accept,
which the docstring of each describes.
"""

import re

_LAZY = r"(?:lazy[ \t]+)?"

STATEMENT_START = rf"{_LAZY}(?:import|from)\b"
"""Source of a pattern for the beginning of an import statement."""

LAZY_KEYWORD = re.compile(r"(?P<lead>(?:^|[:;])[ \t]*)lazy[ \t]+(?=(?:import|from)\b)", re.MULTILINE)
"""The word `lazy` of an import statement; `lead` is the text before it."""

_BRACKETED = r"\([^)#]{0,4000}(?:#[^\n]*[^)#]{0,4000}){0,200}"
"""Source of a pattern for names in brackets without the closing one; a comment between them may hold brackets too."""

PLAIN_IMPORT = re.compile(rf"(?:^|[;:])[ \t]*{_LAZY}import[ \t]+(?P<modules>[^\n;#]+)", re.MULTILINE)
"""`import a, b as c`, at the start of a line or after a semicolon or a colon."""

FROM_IMPORT = re.compile(
    rf"(?:^|[;:])[ \t]*{_LAZY}from[ \t]+(?P<module>[\w.]+)[ \t]+import\b[ \t]*(?P<names>{_BRACKETED}|[^\n;#(]+)",
    re.MULTILINE,
)
"""`from a import b, c`, at the start of a line or after a semicolon or a colon; of names in brackets, all lines."""

MODULE_IMPORT = re.compile(
    rf"(?:^|[;:])[ \t]*{_LAZY}(?:from[ \t]+(?P<module>[\w.]+)[ \t]+import\b|import[ \t]+(?P<modules>[^\n;#]+))",
    re.MULTILINE,
)
"""Both forms, for the modules alone, at the start of a line or after a semicolon or a colon; `from` may lack names."""

IMPORT_LINE = re.compile(
    rf"^(?P<indent>[ \t]*){_LAZY}(?:from[ \t]+(?P<module>[\w.]{{1,100}})[ \t]+import[ \t]+"
    rf"(?P<names>{_BRACKETED}|[^\n;#]{{0,400}})|import[ \t]+(?P<modules>[^\n;#]{{1,400}}))",
    re.MULTILINE,
)
"""Both forms, only at the start of a line, with its indentation and with names in brackets over several lines."""

IMPORT_IN_STRING = re.compile(
    rf"(?:^|[;:\n\"'])[ \t]*{_LAZY}(?:from[ \t]+(?P<module>[\w.]{{1,100}})[ \t]+import[ \t]+(?P<names>\w{{1,80}})"
    r"|import[ \t]+(?P<modules>[\w.]{1,100}))"
)
"""Both forms in a string that holds a command or code, also after a quote or a colon; only the first name."""

_COMMENT = re.compile(r"#[^\n]*")


def split_names(names: str, limit: int) -> list[list[str]]:
    """Return the words of each of the first names of a `names` group: [name] or [name, "as", alias]."""
    clauses = _COMMENT.sub("", names).strip("( \t\\").split(",", limit)[:limit]
    return [words for words in map(str.split, clauses) if words]
