"""Bounds under which an artifact is read: those an operator may set, and those that are part of the features.

The name of a bound that was reached is in the artifact's row and in the reason that a report gives.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds for one artifact that an operator may set; reaching one is recorded in its row and never ends a run.

    Sizes are bytes after inflation. The manifest of a run holds the effective limits.
    """

    artifact_bytes: int = 4 * 2**30
    """Size on disk of an artifact; a larger one is identified by its digests and not opened."""
    inflated_bytes: int = 1 * 2**30
    """Bytes inflated of all members together; further members are counted as not examined."""
    kept_bytes: int = 192 * 2**20
    """Bytes of member content held in memory at once for the feature groups."""
    member_bytes: int = 16 * 2**20
    """Bytes kept of one text member; half of them from each end of a larger one."""
    members: int = 200_000
    """Members that are listed."""
    ratio: int = 200
    """Ratio of inflated to stored bytes above which a member of over 10 MiB counts as a decompression bomb."""
    nesting: int = 3
    """Depth to which archives inside archives are opened."""
    path_chars: int = 1_024
    """Characters of a member's path that are shown; one with a longer path is read, in a `partial` artifact."""
    seconds: float = 60.0
    """Processor seconds for one artifact; the rest of it is counted as not examined."""


@dataclass(frozen=True, slots=True)
class FixedLimit:
    """A bound that is part of the definition of the features; `meaning` says in a sentence what it bounds."""

    name: str
    value: int
    meaning: str


SYNTAX_BYTES = 2**20
SYNTAX_DEPTH = 150
SYNTAX_TOTAL_BYTES = 8 * 2**20
ENCODING_BYTES = 20_000
TEXT_SOURCE_BYTES = 4 * 2**20
BINARY_BYTES = 16 * 2**20

FIXED_LIMITS: tuple[FixedLimit, ...] = (
    FixedLimit("syntax_bytes", SYNTAX_BYTES, "Bytes that the syntax pass reads of one Python file."),
    FixedLimit("syntax_depth", SYNTAX_DEPTH, "Nesting of brackets and blocks up to which a Python file is parsed."),
    FixedLimit(
        "syntax_total_bytes", SYNTAX_TOTAL_BYTES, "Bytes that the syntax pass reads of all Python files of an artifact."
    ),
    FixedLimit(
        "encoding_bytes", ENCODING_BYTES, "Bytes of a file that names an encoding whose decoder takes quadratic time."
    ),
    FixedLimit("text_source_bytes", TEXT_SOURCE_BYTES, "Bytes of an artifact's source whose letters are measured."),
    FixedLimit(
        "binary_bytes", BINARY_BYTES, "Bytes of native code, bytecode and pickles of an artifact that are searched."
    ),
)
"""Bounds that cannot be configured: rows that were extracted under different ones could not be compared."""

STATISTICAL_LIMITS = frozenset(("text_source_bytes",))
"""Bounds of statistics over code that was searched whole: reaching one of them alone leaves nothing unexamined."""
