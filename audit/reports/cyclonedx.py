"""Writes what findings touch as a CycloneDX 1.6 bill of materials: their files, and the releases that require them.

"Requires" means without an extra. A finding is a component with its digests and a vulnerability that affects it; the
releases of this mirror that require its project depend on it.
"""

import contextlib
import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from audit.contract import AuditDocument, Finding
from audit.escape import escape_unprintable
from audit.purl import file_purl, release_purl
from audit.query import open_views
from audit.reports.osv import record_id_of
from jobs.run.run_folder import RunFolder
from jobs.run.views import store_views
from model.contract import Verdict

DEPENDENTS = 10_000
"""Dependent releases that are listed; a property counts all."""
_SEVERITY = {Verdict.SUSPICIOUS: "high", Verdict.REVIEW: "low"}
_REQUIRING = """
    SELECT DISTINCT r.name, r.project, r.version
    FROM requires r SEMI JOIN (SELECT unnest(?::VARCHAR[]) AS name) w ON r.name = w.name
    WHERE r.extra = '' AND r.project <> r.name AND r.project <> ''
    ORDER BY ALL
"""


class CycloneDxReport:
    """A bill of materials in JSON, in ASCII."""

    name = "cyclonedx"
    filename = "findings.cdx.json"
    summary = "inventories: CycloneDX 1.6 of the findings and what requires them"
    nightly = False

    def stream(self, document: AuditDocument, run: RunFolder) -> Iterator[bytes]:
        """Yield the bill of materials."""
        findings = [finding for finding in document.findings if finding.project]
        # A name of a requirement is ASCII (PEP 508).
        edges = _requiring(run, sorted({finding.project for finding in findings if finding.project.isascii()}))
        yield (json.dumps(_bill(document, findings, edges), indent=1) + "\n").encode()


def _requiring(run: RunFolder, names: Sequence[str]) -> list[tuple[str, str, str]]:
    """Return (required, project, version) of each release that requires one of the projects `names`."""
    if not names:
        return []
    with contextlib.closing(open_views(store_views(run.out, run.folder))) as connection:
        return [
            (name, project, version) for name, project, version in connection.execute(_REQUIRING, [names]).fetchall()
        ]


def _bill(
    document: AuditDocument, findings: Sequence[Finding], edges: Sequence[tuple[str, str, str]]
) -> dict[str, Any]:
    refs = {finding.path: f"file:{number}" for number, finding in enumerate(findings, start=1)}
    files_of: dict[str, list[str]] = {}
    for finding in findings:
        files_of.setdefault(finding.project, []).append(refs[finding.path])
    dependents: dict[tuple[str, str], list[str]] = {}
    for name, project, version in edges:
        dependents.setdefault((project, version), []).extend(files_of[name])
    listed = dict(list(dependents.items())[:DEPENDENTS])
    release_refs = {release: f"release:{number}" for number, release in enumerate(listed, start=1)}
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "serialNumber": uuid5(NAMESPACE_URL, f"boojum:{document.run}:{document.model}").urn,
        "version": 1,
        "metadata": {
            "timestamp": document.finished.isoformat().replace("+00:00", "Z"),
            "tools": {"components": [{"type": "application", "name": "boojum", "version": document.boojum_version}]},
            "properties": [
                {"name": "boojum:run", "value": document.run},
                {"name": "boojum:model", "value": document.model},
                {"name": "boojum:dependents", "value": str(len(dependents))},
            ],
        },
        "components": [
            *(_file_component(finding, refs[finding.path]) for finding in findings),
            *(_release_component(release, ref) for release, ref in release_refs.items()),
        ],
        "dependencies": [
            {"ref": release_refs[release], "dependsOn": sorted(set(on))} for release, on in listed.items()
        ],
        "vulnerabilities": [_vulnerability(finding, refs[finding.path]) for finding in findings],
    }


def _file_component(finding: Finding, ref: str) -> dict[str, Any]:
    return {
        "type": "library",
        "bom-ref": ref,
        "name": escape_unprintable(finding.project),
        "version": escape_unprintable(finding.version),
        "purl": file_purl(finding.project, finding.version, finding.filename),
        "hashes": [{"alg": "SHA-256", "content": finding.sha256}],
        "properties": _properties(
            {
                "filename": finding.filename,
                "path": finding.path,
                "verdict": finding.verdict.value,
                "blocked": str(finding.blocked).lower(),
            }
        ),
    }


def _release_component(release: tuple[str, str], ref: str) -> dict[str, Any]:
    project, version = release
    return {
        "type": "library",
        "bom-ref": ref,
        "name": escape_unprintable(project),
        "version": escape_unprintable(version),
        "purl": release_purl(project, version),
    }


def _vulnerability(finding: Finding, ref: str) -> dict[str, Any]:
    reasons = "; ".join(escape_unprintable(reason.meaning) for reason in finding.verdict_reasons)
    entry: dict[str, Any] = {
        "id": record_id_of(release_purl(finding.project, finding.version)),
        "source": {"name": "boojum"},
        "ratings": [{"severity": _SEVERITY.get(finding.verdict, "critical"), "method": "other"}],
        "cwes": [506],
        "description": f"{finding.verdict.value}{f': {reasons}' if reasons else ''}",
        "affects": [{"ref": ref}],
    }
    if finding.waiver is not None:
        reason, owner = map(escape_unprintable, (finding.waiver.reason, finding.waiver.owner))
        detail = f"{reason} ({owner}, until {finding.waiver.expires})"
        entry["analysis"] = {"state": "false_positive", "detail": detail}
    return entry


def _properties(values: Mapping[str, str]) -> list[dict[str, str]]:
    return [{"name": f"boojum:{name}", "value": escape_unprintable(value)} for name, value in values.items()]
