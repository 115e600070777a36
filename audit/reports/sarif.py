"""Renders findings.sarif: SARIF 2.1.0, for code scanning and for trackers of findings.

A result is an artifact, and its evidence are related locations in members, which are nested artifacts. The fingerprint
of a result is that of its bytes and its path, so that a person's triage outlives a run and a change of verdict.
"""

import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

from audit.contract import AuditDocument, EvidenceLocation, Finding, FindingChange
from audit.escape import escape_unprintable
from audit.purl import file_purl
from model.contract import Verdict

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
RESULTS = 25_000
"""Results of a run that receivers take; a notification counts those that are left out."""
_BASE = "MIRROR"
_LEVELS = {Verdict.SUSPICIOUS: "warning", Verdict.REVIEW: "note"}
_STATES = {FindingChange.NEW: "new", FindingChange.SAME: "unchanged"}
_RANK = 100.0


class SarifReport:
    """Findings in the Static Analysis Results Interchange Format, in ASCII."""

    name = "sarif"
    filename = "findings.sarif"
    summary = "code scanning and trackers: SARIF 2.1.0"
    nightly = False

    def render(self, document: AuditDocument) -> str:
        """Return the log with one run; waived findings are suppressed results."""
        return json.dumps({"$schema": SCHEMA, "version": "2.1.0", "runs": [_run(document)]}, indent=1) + "\n"


def _run(document: AuditDocument) -> dict[str, Any]:
    artifacts = _Artifacts()
    listed = document.findings[:RESULTS]
    verdicts = list(dict.fromkeys(finding.verdict for finding in listed))
    results = [_result(finding, verdicts.index(finding.verdict), artifacts) for finding in listed]
    return {
        "tool": {
            "driver": {
                "name": "boojum",
                "version": document.boojum_version,
                "rules": [_rule(verdict) for verdict in verdicts],
                "properties": {"model": document.model, "features": document.fingerprint},
            }
        },
        "automationDetails": {"id": f"boojum/{document.run}"},
        "invocations": [
            {
                "executionSuccessful": not document.standing_faults and not document.failed,
                "startTimeUtc": _moment(document.started.isoformat()),
                "endTimeUtc": _moment(document.finished.isoformat()),
                "toolExecutionNotifications": list(_notifications(document)),
            }
        ],
        "originalUriBaseIds": {
            _BASE: {
                "description": {
                    "text": f"the folder that paths start from, below {escape_unprintable(document.mirror)}"
                }
            }
        },
        "columnKind": "unicodeCodePoints",
        "artifacts": artifacts.listed,
        "results": results,
    }


def _moment(iso: str) -> str:
    return iso.replace("+00:00", "Z")


def _rule(verdict: Verdict) -> dict[str, Any]:
    return {
        "id": f"boojum/{verdict.value}",
        "name": f"{verdict.value.title().replace('_', '')}Artifact",
        "shortDescription": {"text": f"An artifact with the verdict {verdict.value}"},
        "defaultConfiguration": {"level": _LEVELS.get(verdict, "error")},
    }


def _notifications(document: AuditDocument) -> Iterator[dict[str, Any]]:
    for fault in document.faults:
        yield {
            "level": "error",
            "descriptor": {"id": fault.code},
            "message": {"text": escape_unprintable(fault.detail)},
        }
    for status, count in sorted(document.unexamined_totals.items()):
        text = f"{count:,} artifacts were not examined, or only in part: {status}"
        yield {"level": "warning", "descriptor": {"id": status}, "message": {"text": text}}
    if (more := document.findings_total - min(len(document.findings), RESULTS)) > 0:
        yield {"level": "warning", "message": {"text": f"{more:,} more findings are in scores.parquet only"}}


def _result(finding: Finding, rule: int, artifacts: "_Artifacts") -> dict[str, Any]:
    index = artifacts.add_file(finding)
    places = list(finding.verdict_places)
    reasons = "; ".join(escape_unprintable(reason.meaning) for reason in finding.verdict_reasons)
    found = (
        f"{escape_unprintable(places[0].member)}:{places[0].line}: {escape_unprintable(places[0].meaning)}"
        if places
        else reasons
    )
    result: dict[str, Any] = {
        "ruleId": f"boojum/{finding.verdict.value}",
        "ruleIndex": rule,
        "level": _LEVELS.get(finding.verdict, "error"),
        "rank": round(finding.score * _RANK, 4),
        "message": {
            "text": f"{escape_unprintable(finding.filename)} is {finding.verdict.value}{f': {found}' if found else ''}"
        },
        "locations": [
            {
                "physicalLocation": {
                    "artifactLocation": {"uri": _uri(finding.path), "uriBaseId": _BASE, "index": index}
                },
                "logicalLocations": [
                    {"fullyQualifiedName": file_purl(finding.project, finding.version, finding.filename) or "unknown"}
                ],
            }
        ],
        "partialFingerprints": {"artifactSha256/v1": finding.sha256, "path/v1": _uri(finding.path)},
        "baselineState": _STATES.get(finding.change, "updated"),
        "properties": {
            "project": escape_unprintable(finding.project),
            "version": escape_unprintable(finding.version),
            "spoke": finding.spoke,
            "change": finding.change.value,
            "blocked": finding.blocked,
            "held": bool(finding.held),
            "reasons": reasons,
        },
    }
    if places:
        result["relatedLocations"] = [
            _related(number, place, artifacts.add_member(index, place.member))
            for number, place in enumerate(places, start=1)
        ]
    if finding.waiver is not None:
        reason, owner = map(escape_unprintable, (finding.waiver.reason, finding.waiver.owner))
        why = f"{reason} ({owner}, until {finding.waiver.expires})"
        result["suppressions"] = [{"kind": "external", "status": "accepted", "justification": why}]
    return result


def _related(number: int, place: EvidenceLocation, index: int) -> dict[str, Any]:
    region = {"startLine": max(place.line, 1), "snippet": {"text": escape_unprintable(place.excerpt)}}
    return {
        "id": number,
        "physicalLocation": {"artifactLocation": {"uri": _uri(place.member), "index": index}, "region": region},
        "message": {"text": escape_unprintable(place.meaning)},
        "properties": {"indicator": place.indicator, "technique": place.technique, "runs": place.role},
    }


class _Artifacts:
    """The files and members that results name, each once."""

    def __init__(self) -> None:
        self.listed: list[dict[str, Any]] = []
        self._members: dict[tuple[int, str], int] = {}

    def add_file(self, finding: Finding) -> int:
        """List the file of a finding; return its number."""
        location = {"uri": _uri(finding.path), "uriBaseId": _BASE}
        digests = {"sha-256": finding.sha256, "blake2b-256": finding.blake2b_256}
        hashes = {name: digest for name, digest in digests.items() if digest}
        self.listed.append({"location": location, "length": finding.size, "hashes": hashes})
        return len(self.listed) - 1

    def add_member(self, parent: int, member: str) -> int:
        """List a member of a file unless it is listed; return its number."""
        if (parent, member) not in self._members:
            self.listed.append({"location": {"uri": _uri(member)}, "parentIndex": parent})
            self._members[parent, member] = len(self.listed) - 1
        return self._members[parent, member]


def _uri(path: str) -> str:
    """Return a path as a relative reference that no reader takes for another scheme or host."""
    quoted = quote(path.encode("utf-8", "surrogateescape"), safe="/").lstrip("/")
    return quoted or "."
