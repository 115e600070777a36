"""Provides the code group: the behaviour of the code of a release, by when it runs."""

from features.code.columns import COLUMNS
from features.code.host_uses import list_hosts
from features.code.member_marks import marks_by_path, tokens_by_path
from features.code.passes import scan_members
from features.code.release_summary import ZERO_VALUES, summarise_code
from features.contract import Column, GroupRow, Release
from features.reference.known_code import KnownCode, known_code, known_digest, match_known_code
from features.runtime.deadline import Deadline
from features.text.indicators import DIGEST


class CodeGroup:
    """The columns over indicators, calls and syntax rules by role, with evidence and hashed tokens (`features.code`).

    `known` is the index of known code; None stands for the shipped one.
    """

    def __init__(self, known: KnownCode | None = None) -> None:
        self._known = known

    @property
    def name(self) -> str:
        """Return the prefix of the columns."""
        return "code"

    @property
    def version(self) -> str:
        """Return the version of the rules, with the digests of the indicators and of the known code they use."""
        return f"5-{DIGEST}-{known_digest(self._known)}"

    @property
    def columns(self) -> tuple[Column, ...]:
        """Return the columns, in the order of the schema."""
        return COLUMNS

    def extract(self, release: Release) -> GroupRow:
        """Return the row of one release; the work ends at its deadline, and `limits` then names "seconds"."""
        index = known_code() if self._known is None else self._known
        known = {id(match.member) for match in match_known_code(release, index) if match.known}
        limits: set[str] = set()
        deadline = Deadline(release.deadline)
        files, not_examined = scan_members(release, known, deadline, limits)
        summary = summarise_code(release, files, deadline)
        return GroupRow(
            values={**ZERO_VALUES, **summary.values, "code_not_examined": not_examined},
            evidence=summary.evidence,
            tokens=summary.tokens,
            limits=tuple(sorted(limits | summary.limits)),
            marks=marks_by_path(files, summary.marked),
            member_tokens=tokens_by_path(files, summary.marked),
            hosts=list_hosts(files, summary.hosts),
            place_keys=tuple(zip(summary.place_weights, summary.place_keys, strict=True)),
        )
