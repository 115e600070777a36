"""From a scored run to findings: thresholds, waivers, ranking, and the comparison with the run before."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from packaging.version import InvalidVersion, Version

from audit.contract import ALERTS, Change, Finding, Place, Reason, ResolvedFinding, Sibling, Waiver
from audit.waivers import live_waiver
from features.evidence_text import meaning_of, technique_of
from model.contract import Verdict

SIBLINGS = 12
"""Other files of a project that a finding lists."""
PLACES = 8
"""Places in the code that a finding shows."""
_GRADE = {
    Verdict.MALICIOUS: 3,
    Verdict.SUSPICIOUS: 2,
    Verdict.REVIEW: 1,
    Verdict.CLEAR: 0,
    Verdict.UNREADABLE: 0,
}


def severity(verdict: Verdict | str) -> int:
    """Return 3 for malicious down to 0 for clear, to compare verdicts by."""
    return _GRADE[Verdict(verdict)]


def alarm_severity(fail_on: str) -> int:
    """Return the least grade that `--fail-on` counts; for "never" one that no verdict has."""
    return max(_GRADE.values()) + 1 if fail_on == "never" else severity(fail_on)


@dataclass(frozen=True, slots=True)
class Previous:
    """The findings of the run before: verdict by (sha256, path), and what they were called."""

    run: str
    findings: Mapping[tuple[str, str], ResolvedFinding]

    @classmethod
    def read(cls, latest: Path) -> "Previous":
        """Read runs/latest; a first run, or a run without a readable findings.json, compares with nothing."""
        try:
            said = json.loads((latest / "findings.json").read_text(encoding="utf-8"))
            rows = [row for row in said["findings"] if row["waiver"] is None]
            found = {
                (row["sha256"], row["path"]): ResolvedFinding(
                    row["project"], row["version"], row["filename"], row["sha256"], row["verdict"], ""
                )
                for row in rows
            }
            return cls(said["run"], found)
        except (OSError, ValueError, KeyError, TypeError):
            # None yet, or damaged: that costs the comparison, never tonight's report.
            return cls("", {})

    def change(self, sha256: str, path: str, verdict: Verdict) -> Change:
        """Return what became of an artifact since then."""
        before = self.findings.get((sha256, path))
        if before is None:
            return Change.NEW
        step = severity(verdict) - severity(before.before)
        return Change.RAISED if step > 0 else Change.LOWERED if step < 0 else Change.SAME


def build_findings(
    rows: Iterable[Mapping[str, Any]],
    siblings: Mapping[str, Sequence[Sibling]],
    waivers: Mapping[str, Waiver],
    previous: Previous,
    today: date,
) -> Iterator[Finding]:
    """Yield findings from ranked rows (dicts of the joined scores and features), best rank first."""
    for rank, row in enumerate(rows, start=1):
        verdict = Verdict(row["verdict"])
        others = [s for s in siblings.get(row["project"], ()) if s.filename != row["filename"]]
        others.sort(key=_newest_first)
        yield Finding(
            rank=rank,
            project=row["project"],
            version=row["version"],
            filename=row["filename"],
            kind=row["kind"],
            path=row["path"],
            sha256=row["sha256"],
            blake2b_256=row["blake2b_256"],
            size=row["size"],
            status=row["status"],
            reason=row["reason"],
            score=row["score"],
            verdict=verdict,
            change=previous.change(row["sha256"], row["path"], verdict),
            upload_time=_aware(row.get("context_upload_time")),
            listed=row.get("context_listed"),
            yanked=row.get("context_yanked"),
            digest_matches=row.get("context_digest_matches"),
            learners=tuple(
                (name.removeprefix("score_"), row[name]) for name in sorted(row) if name.startswith("score_")
            ),
            reasons=tuple(parse_reason(item) for item in row.get("reasons") or ()),
            places=tuple(parse_place(item) for item in (row.get("evidence") or ())[:PLACES]),
            siblings=tuple(others[:SIBLINGS]),
            siblings_total=len(others),
            waiver=live_waiver(waivers, row["sha256"], today),
        )


def parse_reason(item: Mapping[str, Any]) -> Reason:
    """Return one entry of the column `reasons` of the store's scores."""
    return Reason(item["column"], item["meaning"], item["value"], item["contribution"])


def parse_place(item: Mapping[str, Any]) -> Place:
    """Return one entry of the column `evidence` of the store's features, with the indicator in words."""
    return Place(
        member=item["member"],
        line=item["line"],
        indicator=item["indicator"],
        meaning=meaning_of(item["indicator"]),
        technique=technique_of(item["indicator"]),
        role=item["role"],
        excerpt=item["excerpt"],
    )


def find_cleared(
    previous: Previous, findings: Sequence[Finding], now: Mapping[str, str]
) -> tuple[ResolvedFinding, ...]:
    """Return findings of the run before that stand no more; `now` is the verdict of every path still there."""
    standing = {(finding.sha256, finding.path) for finding in findings if finding.waiver is None}
    waived = {(finding.sha256, finding.path) for finding in findings if finding.waiver is not None}
    gone = []
    for key, before in sorted(previous.findings.items(), key=lambda item: (item[1].project, item[0])):
        if key in standing:
            continue
        verdict = now.get(key[1])
        if key in waived:
            why = "it is waived now"
        elif verdict is None:
            why = "it is not on the mirror any more"
        elif verdict in {alert.value for alert in ALERTS}:
            continue  # it stands below the number of findings that a document keeps
        else:
            why = f"it is {verdict} now"
        gone.append(ResolvedFinding(before.project, before.version, before.filename, before.sha256, before.before, why))
    return tuple(gone)


def _aware(moment: datetime | None) -> datetime | None:
    return moment.replace(tzinfo=UTC) if moment is not None else None


def _newest_first(sibling: Sibling) -> tuple[int, Any, str]:
    try:
        version = Version(sibling.version)
    except InvalidVersion:
        return (1, (), sibling.filename)
    release = tuple(-part for part in version.release)
    return (0, (release, version.is_prerelease), sibling.filename)
