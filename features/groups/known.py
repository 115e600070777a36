"""Provides the known group: the share of a release that another project published before."""

from features.contract import Column, GroupRow, Release, Scalar
from features.packaging.names import normalise
from features.reference.code_reuse import reuse_values
from features.reference.code_reuse_columns import COLUMNS
from features.reference.known_code import KnownCode, known_code, known_digest, match_known_code


class KnownGroup:
    """The columns over known code, null if no source member was read completely (`features.reference.code_reuse`).

    `known` is the index of known code; None stands for the shipped one.
    """

    def __init__(self, known: KnownCode | None = None) -> None:
        self._known = known

    @property
    def name(self) -> str:
        """Return the prefix of the columns."""
        return "known"

    @property
    def version(self) -> str:
        """Return the version of the rules, with the digest of the index they use."""
        return f"2-{known_digest(self._known)}"

    @property
    def columns(self) -> tuple[Column, ...]:
        """Return the columns, in the order of the schema."""
        return COLUMNS

    def extract(self, release: Release) -> GroupRow:
        """Return the row of one release."""
        values: dict[str, Scalar] = dict.fromkeys(column.name for column in COLUMNS)
        sources = match_known_code(release, known_code() if self._known is None else self._known)
        if any(source.member.size for source in sources):
            found = reuse_values(sources, normalise(release.project))
            values.update((f"known_{noun}", value) for noun, value in found.items())
        return GroupRow(values)
