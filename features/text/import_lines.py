"""Patterns of import statements, for source that has no syntax tree or is not worth one.

The patterns know `lazy` before an import (PEP 810) and share the names of their groups: `modules` stands after a plain
`import`; `module` and `names` stand after `from` and after its `import`. They differ where they answer different
questions, and each says how.
"""

import re

_LAZY = r"(?:lazy[ \t]+)?"

STATEMENT_START = rf"{_LAZY}(?:import|from)\b"
"""Source of a pattern for how an import statement begins."""

LAZY_KEYWORD = re.compile(r"(?P<lead>(?:^|[:;])[ \t]*)lazy[ \t]+(?=(?:import|from)\b)", re.MULTILINE)
"""The word `lazy` of an import statement; `lead` is what stands before it."""

PLAIN_IMPORT = re.compile(rf"(?:^|;)[ \t]*{_LAZY}import[ \t]+(?P<modules>[^\n;#]+)", re.MULTILINE)
"""`import a, b as c`, at the start of a line or after a semicolon."""

FROM_IMPORT = re.compile(
    rf"(?:^|;)[ \t]*{_LAZY}from[ \t]+(?P<module>[\w.]+)[ \t]+import[ \t]+\(?(?P<names>[^\n;#)]+)", re.MULTILINE
)
"""`from a import b, c`, at the start of a line or after a semicolon; of names in brackets, those of the first line."""

MODULE_IMPORT = re.compile(
    rf"^[ \t]*{_LAZY}from[ \t]+(?P<module>[\w.]+)[ \t]+import\b|(?:^|;)[ \t]*{_LAZY}import[ \t]+(?P<modules>[^\n;#]+)",
    re.MULTILINE,
)
"""Both forms, for the modules alone: `import` needs no names behind it on its line, `from` only counts at its start."""

IMPORT_LINE = re.compile(
    rf"^(?P<indent>[ \t]*){_LAZY}(?:from[ \t]+(?P<module>[\w.]{{1,100}})[ \t]+import[ \t]+"
    r"(?P<names>\([^)]{0,4000}|[^\n;#]{0,400})|import[ \t]+(?P<modules>[^\n;#]{1,400}))",
    re.MULTILINE,
)
"""Both forms, at the start of a line alone, with its indentation and with names in brackets over several lines."""

IMPORT_IN_STRING = re.compile(
    rf"(?:^|[;:\n\"'])[ \t]*{_LAZY}(?:from[ \t]+(?P<module>[\w.]{{1,100}})[ \t]+import[ \t]+(?P<names>\w{{1,80}})"
    r"|import[ \t]+(?P<modules>[\w.]{1,100}))"
)
"""Both forms in a command or a piece of code that is a string, also after a quote or a colon; the first name alone."""
