"""Builds findings from a scored run's rows: ranking, waivers, and the comparison with the previous run."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any

from packaging.version import InvalidVersion, Version

from audit.contract import (
    FINDING_VERDICTS,
    Finding,
    FindingCampaign,
    ResolvedFinding,
    Sibling,
)
from audit.decisions.matching import Decisions, with_waiver
from audit.difference import parse_difference, parse_location, parse_reason
from audit.news.baseline import Baseline
from model.contract import Verdict

SIBLINGS_LISTED = 12
"""Other files of a project that a finding lists."""
LOCATIONS = 8
"""Locations in the code that a finding lists."""


def build_findings(
    rows: Iterable[Mapping[str, Any]],
    siblings: Mapping[str, Sequence[Sibling]],
    decisions: Decisions,
    previous: Baseline,
    today: date,
    campaigns: Mapping[tuple[str, str], FindingCampaign] | None = None,
) -> Iterator[Finding]:
    """Yield a finding for each row of joined scores and features; the rows come best rank first.

    `campaigns` has the campaign of an artifact by (sha256, path).
    """
    campaigns = campaigns or {}
    for rank, row in enumerate(rows, start=1):
        verdict = Verdict(row["verdict"])
        others = [file for file in siblings.get(row["project"], ()) if file.filename != row["filename"]]
        others.sort(key=_newest_first)
        difference = parse_difference(row["difference"]) if row.get("difference") else None
        evidence = [parse_location(item) for item in row.get("evidence") or ()]
        new = difference.places if difference is not None else ()
        finding = Finding(
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
            score=row["score"] if row["score"] is not None else 0.0,  # known bad, and not read
            verdict=verdict,
            change=previous.compare(row["sha256"], row["path"], verdict),
            upload_time=_with_utc(row.get("context_upload_time")),
            listed=row.get("listed"),
            yanked=row.get("yanked"),
            digest_matches=row.get("context_digest_matches"),
            learners=tuple(
                (name.removeprefix("score_"), row[name])
                for name in sorted(row)
                if name.startswith("score_") and row[name] is not None
            ),
            reasons=tuple(parse_reason(item) for item in row.get("reasons") or ()),
            places=tuple(evidence[:LOCATIONS]),
            spoke=row.get("spoke") or "",
            artifact_score=row.get("artifact_score"),
            artifact_verdict=row.get("artifact_verdict") or "",
            difference=difference,
            campaign=campaigns.get((row["sha256"], row["path"])),
            siblings=tuple(others[:SIBLINGS_LISTED]),
            siblings_total=len(others),
            indicators=tuple(sorted({place.indicator for place in (*evidence, *new)})),
            seen=row.get("seen") or "tonight",
            project_status=row.get("project_status") or "",
            unlisted_since=row.get("unlisted_since"),
            first_seen=row.get("first_seen"),
        )
        yield with_waiver(finding, decisions, today)


def find_resolved(
    previous: Baseline,
    findings: Sequence[Finding],
    verdicts: Mapping[str, str],
    stands: Collection[str] = (),
) -> tuple[ResolvedFinding, ...]:
    """Return the previous run's findings that are none in this run, ordered by project; a waived one still is one.

    `verdicts` has the verdict of every path that is on the mirror now. The paths in `stands` could not be seen in this
    run, so that nothing of them is resolved.
    """
    standing = {(finding.sha256, finding.path) for finding in findings}
    resolved = []
    for key, before in sorted(previous.findings.items(), key=lambda item: (item[1].project, item[0])):
        if key in standing or key[1] in stands:
            continue
        verdict = verdicts.get(key[1])
        if verdict is None:
            why = "it is no longer on the mirror"
        elif Verdict(verdict) in FINDING_VERDICTS:
            continue  # the document's bound on findings left it out
        else:
            why = f"it is {verdict} now"
        resolved.append(
            ResolvedFinding(before.project, before.version, before.filename, before.sha256, before.before, why)
        )
    return tuple(resolved)


def _with_utc(moment: datetime | None) -> datetime | None:
    return moment.replace(tzinfo=UTC) if moment is not None else None


def _newest_first(sibling: Sibling) -> tuple[int, Any, str]:
    try:
        version = Version(sibling.version)
    except InvalidVersion:
        return (1, (), sibling.filename)
    release = tuple(-part for part in version.release)
    return (0, (release, version.is_prerelease), sibling.filename)
