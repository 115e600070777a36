"""The bounds under which an artifact is read."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds for one artifact; reaching one is a value in its row and never ends a run.

    Sizes are bytes after inflation. The effective limits stand in every run's manifest.
    """

    artifact_bytes: int = 4 * 2**30
    """An artifact larger than this on disk is identified by its digests and not opened."""
    inflated_bytes: int = 1 * 2**30
    """All members together that are inflated; what comes after is counted and named as not examined."""
    kept_bytes: int = 192 * 2**20
    """Member content held in memory at once for the feature groups."""
    member_bytes: int = 16 * 2**20
    """One text member that is examined whole; of a larger one the first and last half of this."""
    members: int = 200_000
    """Members listed."""
    ratio: int = 200
    """Inflated to stored bytes, over which (and over 10 MiB inflated) a member counts as a bomb."""
    nesting: int = 3
    """Archives inside archives that are opened."""
    path_chars: int = 1_024
    """A longer member name is cut in what is shown; it is still read."""
    seconds: float = 60.0
    """Processor time of one artifact; what is left after it is named as not examined."""
    syntax_bytes: int = 1 * 2**20
    """One Python file given to the syntax pass."""
    syntax_depth: int = 150
    """Nesting of brackets and blocks in a file given to the syntax pass."""
    syntax_total_bytes: int = 8 * 2**20
    """All Python files of an artifact given to the syntax pass."""
    binary_bytes: int = 16 * 2**20
    """Native code, bytecode and pickles of an artifact that are searched for words."""
