"""Lists the decisions of a file with their state: in force, soon to expire, expired, or without a match."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from audit.config import Settings, out_folder
from audit.decisions.contract import Block, Label, Scope, Waiver
from audit.decisions.file import decisions_file, load_decisions
from audit.decisions.matching import describe_target, subject_of
from audit.decisions.mirror import count_named, open_artifacts
from audit.escape import as_terminal

SOON = timedelta(days=14)
"""Time before its end in which a waiver is said to expire soon."""
_OWNER, _REASON = 24, 80


@dataclass(frozen=True, slots=True)
class ListedDecision:
    """A decision with its state in words and the number of files that it names (None where no run has finished)."""

    decision: Waiver | Block | Label
    state: str
    files: int | None


@dataclass(frozen=True, slots=True)
class DecisionList:
    """The decisions of one kind in a file."""

    file: str
    decisions: tuple[ListedDecision, ...]

    def render(self) -> str:
        """Return one line for each decision, as text for a terminal."""
        if not self.decisions:
            return f"none in {as_terminal(self.file)}"
        return "\n".join(map(_line, self.decisions))


def list_decisions(settings: Settings, kind: type[Waiver] | type[Block] | type[Label]) -> DecisionList:
    """Return all decisions of a kind, waivers by their end and others by their day; raises ConfigError."""
    out, today = out_folder(settings), datetime.now(UTC).date()
    everything = load_decisions(settings.waivers, out)
    decisions = [
        decision
        for decision in (*everything.waivers, *everything.blocks, *everything.labels)
        if isinstance(decision, kind)
    ]
    with open_artifacts(out) as connection:
        named = count_named(connection, decisions) if connection else None
    listed = []
    for decision in sorted(decisions, key=_order):
        files = None if named is None else named[subject_of(decision)]
        listed.append(ListedDecision(decision, _state(decision, files, today), files))
    return DecisionList(str(decisions_file(settings.waivers, out)), tuple(listed))


def _state(decision: Waiver | Block | Label, files: int | None, today: date) -> str:
    if isinstance(decision, Waiver):
        if decision.expires < today:
            return f"expired on {decision.expires}"
        if files == 0:
            return f"until {decision.expires}, names nothing on this mirror"
        soon = f", in {(decision.expires - today).days} days" if decision.expires - today <= SOON else ""
        return f"until {decision.expires}{soon}"
    return f"since {decision.day}" + (", names nothing on this mirror" if files == 0 else "")


def _order(decision: Waiver | Block | Label) -> date:
    return decision.expires if isinstance(decision, Waiver) else decision.day


def _line(listed: ListedDecision) -> str:
    decision = listed.decision
    owner = as_terminal(decision.owner, _OWNER)
    if isinstance(decision, Label):
        return f"{decision.sha256}  {decision.label}  {listed.state}  {owner}: {as_terminal(decision.why, _REASON)}"
    target = (
        describe_target(decision) if decision.scope is Scope.FILE else f"{decision.scope} {describe_target(decision)}"
    )
    files = "" if listed.files is None else f"  {listed.files:,} files"
    more = ""
    if isinstance(decision, Waiver):
        more += f"  {decision.indicator} only" if decision.indicator else ""
        more += "  later files too" if decision.later_files else ""
    return f"{as_terminal(target)}  {listed.state}{files}{more}  {owner}: {as_terminal(decision.reason, _REASON)}"
