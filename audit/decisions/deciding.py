"""Makes the decisions of the command line: waivers, blocks and labels, with what they mean on the mirror today."""

import difflib
import getpass
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

from audit.config import Settings, out_folder
from audit.contract import Finding
from audit.decisions.appending import append_decision
from audit.decisions.contract import Block, Label, Scope, Waiver
from audit.decisions.expiry import parse_expiry
from audit.decisions.file import decisions_file
from audit.decisions.matching import Decisions, subject_of, subjects_of, with_waiver
from audit.decisions.target import MirrorFile, Target, TargetError, close_names, find_file, find_target
from audit.errors import UsageError
from audit.escape import as_terminal
from audit.runs import NoSuchRunError, find_run, read_document
from features.evidence_text import EVIDENCE_IDS
from jobs.contract import STANDING_FAULTS
from jobs.run.manifest import ManifestError, read_manifest
from jobs.run.run_folder import LATEST
from model.contract import Verdict

FILES_SHOWN = 20
"""Files that the text names; the JSON has all."""
LONGEST = 1_000
"""Characters of an owner, a reason or a why."""
_FILENAME = 100


@dataclass(frozen=True, slots=True)
class Decided:
    """A decision that was written to `file`, and its meaning on the mirror of the last run.

    `files` are those that it names. `uncovered` are findings that it names and does not cover, with the reason.
    `notices` are for a person. Texts of packages are unescaped.
    """

    decision: Waiver | Block | Label
    summary: str
    file: str
    files: tuple[MirrorFile, ...]
    uncovered: tuple[tuple[str, str], ...] = ()
    notices: tuple[str, ...] = ()

    def render(self) -> str:
        """Return the decision as text for a terminal."""
        lines = [as_terminal(self.summary)]
        lines += [
            f"  {file.verdict or 'gone':<10}  {as_terminal(file.filename, _FILENAME)}  {file.sha256[:12]}"
            for file in self.files[:FILES_SHOWN]
        ]
        if len(self.files) > FILES_SHOWN:
            lines.append(f"  and {len(self.files) - FILES_SHOWN:,} more")
        lines += [f"  not covered: {as_terminal(name, _FILENAME)}: {as_terminal(why)}" for name, why in self.uncovered]
        return "\n".join([*lines, f"written to {as_terminal(self.file)}"])


def waive(
    settings: Settings,
    text: str,
    *,
    owner: str,
    reason: str,
    expires: str,
    indicator: str = "",
    later_files: bool = False,
) -> Decided:
    """Write a waiver of the file, release or project that a text names; raises UsageError, TargetError, ConfigError."""
    now = _now()
    ends = parse_expiry(expires, now.date())
    _check_indicator(indicator)
    out = out_folder(settings)
    target, owner, reason = _decided(out, text, owner, reason)
    if later_files and target.scope is Scope.FILE:
        raise UsageError("--later-files is for a release or a project", "leave it out: a digest names one file")
    waiver = Waiver(
        scope=target.scope,
        sha256=target.sha256,
        project=target.project,
        version=target.version,
        indicator=indicator,
        later_files=later_files,
        owner=owner,
        reason=reason,
        expires=ends,
        decided=now,
    )
    if target.scope is not Scope.FILE and not target.files and not later_files:
        # It would cover no file ever: those that come are later than the decision.
        raise TargetError(
            f"{target.label}: {_absence(out, target)}",
            _suggestion(out, target) + "add --later-files to waive what comes",
        )
    decisions = append_decision(file := decisions_file(settings.waivers, out), waiver, _comment(target))
    only = f" for {indicator} only" if indicator else ""
    return Decided(
        decision=waiver,
        summary=f"waived {target.label}{only} until {ends}: {_count(target.files)}",
        file=str(file),
        files=target.files,
        uncovered=tuple(_uncovered(out, waiver, decisions, now.date())),
        notices=tuple(_notices(out, target, "the waiver holds once such a file comes")),
    )


def block(settings: Settings, text: str, *, owner: str, reason: str) -> Decided:
    """Write a block of the file, release or project that a text names; raises UsageError, TargetError, ConfigError."""
    out = out_folder(settings)
    target, owner, reason = _decided(out, text, owner, reason)
    entry = Block(
        scope=target.scope,
        sha256=target.sha256,
        project=target.project,
        version=target.version,
        owner=owner,
        reason=reason,
        decided=_now(),
    )
    append_decision(file := decisions_file(settings.waivers, out), entry, _comment(target))
    more = "; files that come later are blocked too" if target.scope is not Scope.FILE else ""
    return Decided(
        decision=entry,
        summary=f"blocked {target.label}: {_count(target.files)}{more}",
        file=str(file),
        files=target.files,
        notices=(
            *_notices(out, target, _suggestion(out, target) + "it is blocked once it comes"),
            "the next audit or `boojum export` writes it; `boojum waive` takes it back",
        ),
    )


def label(settings: Settings, text: str, word: str, *, why: str, owner: str | None) -> Decided:
    """Write a label of the file that a digest names; `owner` None is the user. Raises as `waive` does."""
    out = out_folder(settings)
    target = find_file(out, text)
    entry = Label(
        sha256=target.sha256,
        label=word,
        why=_checked(why, "--why"),
        owner=_checked(_user() if owner is None else owner, "--owner"),
        decided=_now(),
    )
    append_decision(file := decisions_file(settings.waivers, out), entry, _comment(target))
    other = "it is blocked by `boojum block`" if word == "malicious" else "it is waived by `boojum waive`"
    return Decided(
        decision=entry,
        summary=f"labelled {target.label} {word}",
        file=str(file),
        files=target.files,
        notices=(
            *_notices(out, target, "it is trained from once the mirror has it"),
            f"a label is for `boojum corpus labels`; {other}",
        ),
    )


def _decided(out: Path, text: str, owner: str, reason: str) -> tuple[Target, str, str]:
    """Return the target that a text names, and who decides about it and why; raises UsageError and TargetError."""
    owner, reason = _checked(owner, "--owner"), _checked(reason, "--reason")
    return find_target(out, text), owner, reason


def _now() -> datetime:
    return datetime.now(UTC)


def _user() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):
        raise UsageError("this user has no name", "add --owner") from None


def _checked(text: str, flag: str) -> str:
    text = text.strip()
    if not text:
        raise UsageError(f"{flag} is empty", "name who decides it, and why")
    if len(text) > LONGEST:
        raise UsageError(f"{flag} has {len(text):,} characters", f"write at most {LONGEST:,}")
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise UsageError(f"{flag} is not UTF-8", "write it in UTF-8") from error
    return text


def _check_indicator(indicator: str) -> None:
    if indicator and indicator not in EVIDENCE_IDS:
        close = difflib.get_close_matches(indicator, EVIDENCE_IDS, 3)
        hint = f"did you mean {', '.join(close)}? " if close else ""
        raise UsageError(
            f"no indicator is called {indicator!r}", f"{hint}findings.json names those of a finding in `indicators`"
        )


def _suggestion(out: Path, target: Target) -> str:
    close = close_names(out, target.project) if target.scope is not Scope.FILE and not target.files else ()
    close = tuple(name for name in close if name != target.project)
    return f"did you mean {', '.join(close)}? " if close else ""


def _comment(target: Target) -> str:
    return target.files[0].filename if target.scope is Scope.FILE and target.files else ""


def _count(files: tuple[MirrorFile, ...]) -> str:
    return f"{len(files):,} file{'' if len(files) == 1 else 's'}"


def _notices(out: Path, target: Target, otherwise: str) -> Iterable[str]:
    if not target.files:
        yield f"{target.label}: {_absence(out, target)}; {otherwise}"


def _absence(out: Path, target: Target) -> str:
    """Return why a target names no file today."""
    if not target.searched:
        return "no run has finished that could say what it names"
    try:
        is_whole = not any(fault.code in STANDING_FAULTS for fault in read_manifest(out / "runs" / LATEST).faults)
    except (FileNotFoundError, ManifestError):
        is_whole = True
    return "the mirror has no such file" if is_whole else "the last run did not see all of the mirror, and no such file"


def _uncovered(out: Path, waiver: Waiver, decisions: Decisions, today: date) -> Iterable[tuple[str, str]]:
    """Yield the findings of the last run that a waiver names but no waiver covers, with the reason."""
    try:
        findings = read_document(find_run(out, "latest")).findings
    except NoSuchRunError:
        return
    for finding in findings:
        if _is_named(waiver, finding):
            judged = with_waiver(finding, decisions, today)
            if judged.waiver is None and judged.verdict is not Verdict.CLEAR:
                yield finding.filename, judged.waiver_note


def _is_named(waiver: Waiver, finding: Finding) -> bool:
    return subject_of(waiver) in subjects_of(finding.sha256, finding.project, finding.version)
