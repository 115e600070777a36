"""Decides which findings that are new to the record enter it tonight, and which a person has to decide about first."""

from collections.abc import Sequence
from dataclasses import dataclass

from audit.blocklists.contract import Blocklist
from audit.blocklists.entries import Night, key_of
from audit.config import BlocklistSettings
from audit.contract import Finding, Held, Withheld
from features.packaging.names import normalise
from model.contract import Verdict

PROTECTED, BOUND = "protected", "bound"
"""Reasons to withhold a file."""


@dataclass(frozen=True, slots=True)
class Admission:
    """The decision about findings that are new to the record."""

    blocked: Sequence[Finding]
    withheld: tuple[Withheld, ...]
    held: tuple[Held, ...]
    refusals: tuple[str, ...] = ()


def admit(
    new: Sequence[Finding], previous: Blocklist | None, night: Night, settings: BlocklistSettings, *, yes: bool
) -> Admission:
    """Decide which findings enter the record; they come best rank first."""
    protected = set() if yes else {normalise(name) for name in settings.protected}
    withheld: list[Withheld] = []
    held: list[Held] = []
    admitted: list[Finding] = []
    for finding in new:
        if normalise(finding.project) in protected:
            withheld.append(_withhold(finding, PROTECTED))
        elif reason := night.rule.reason_to_hold(finding):
            held.append(Held(*_facts(finding), reason, night.rule.days_on_mirror(finding)))
        else:
            admitted.append(finding)
    bound = max(settings.max_files, int(settings.max_share * night.document.counts.get("on_disk", 0)))
    # What feeds name and what verdicts find have a bound each, so that neither keeps the other from being blocked.
    known = [finding for finding in admitted if finding.verdict is Verdict.KNOWN_BAD]
    if known and len(known) < len(admitted) and len(known) <= bound and not yes:
        rest = admit(
            [finding for finding in new if finding.verdict is not Verdict.KNOWN_BAD], previous, night, settings, yes=yes
        )
        return Admission(
            [*known, *rest.blocked],
            (*(case for case in withheld if case.verdict == Verdict.KNOWN_BAD), *rest.withheld),
            rest.held,
            rest.refusals,
        )
    if yes or len(admitted) <= bound:
        return Admission(admitted, tuple(withheld), tuple(held))
    refusal = f"{len(admitted):,} are new, and the bound of one night is {bound:,}"
    if settings.partial:
        blocked = admitted[:bound]
    else:
        # What was withheld before tonight waits for a person, and does not keep tonight's few from being blocked.
        waiting = {key_of(case) for case in (previous.withheld if previous else ()) if case.why == BOUND}
        fresh = [finding for finding in admitted if key_of(finding) not in waiting]
        blocked = fresh if len(fresh) <= bound else []
    kept = {key_of(finding) for finding in blocked}
    over = [_withhold(finding, BOUND) for finding in admitted if key_of(finding) not in kept]
    return Admission(blocked, (*withheld, *over), tuple(held), (refusal,))


def _withhold(finding: Finding, why: str) -> Withheld:
    return Withheld(*_facts(finding), why)


def _facts(finding: Finding) -> tuple[str, str, str, str, str, float]:
    return (
        finding.project, finding.version, finding.filename, finding.sha256, finding.verdict.value, finding.score
    )  # fmt: skip
