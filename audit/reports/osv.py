"""Writes findings as OSV records in a zip, as osv-scanner takes a local database (https://ossf.github.io/osv-schema/).

A record is a release, since OSV matches versions; the digests of its files stand where OpenSSF's malicious-packages
puts them. Records have an id of our own, which a re-run keeps. Waived findings and those for review only have none.
"""

import io
import json
import zipfile
from collections.abc import Iterator, Sequence
from hashlib import sha256
from typing import Any

from audit.contract import AuditDocument, Finding
from audit.escape import escape_unprintable
from audit.purl import release_purl
from jobs.run.run_folder import RunFolder
from model.contract import Verdict

PREFIX = "BOOJUM-"
SCHEMA_VERSION = "1.7.4"
_ID = 16
_MALICIOUS_CODE = {"cweId": "CWE-506", "name": "Embedded Malicious Code"}
_MOMENT = (1980, 1, 1, 0, 0, 0)
_REASONS = 12


class OsvReport:
    """A zip of one JSON record for each release with a finding above `review`."""

    name = "osv"
    filename = "osv.zip"
    summary = "vulnerability scanners: OSV records in a zip"
    nightly = False

    def stream(self, document: AuditDocument, run: RunFolder) -> Iterator[bytes]:  # noqa: ARG002  the protocol's
        """Yield the zip; the same document gives the same bytes."""
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
            for record in osv_records(document):
                text = json.dumps(record, indent=1) + "\n"
                archive.writestr(zipfile.ZipInfo(f"{record['id']}.json", _MOMENT), text, zipfile.ZIP_DEFLATED)
        yield buffer.getvalue()


def osv_records(document: AuditDocument) -> Iterator[dict[str, Any]]:
    """Yield a record for each release with findings above `review` that are not waived, ordered by id."""
    releases: dict[str, list[Finding]] = {}
    for finding in document.findings:
        purl = release_purl(finding.project, finding.version)
        if purl and finding.version and finding.waiver is None and finding.verdict is not Verdict.REVIEW:
            releases.setdefault(purl, []).append(finding)
    for record_id, findings in sorted((record_id_of(purl), found) for purl, found in releases.items()):
        yield _record(record_id, findings, document)


def record_id_of(purl: str) -> str:
    """Return the id of the record of a release, which is the same in every run."""
    return PREFIX + sha256(purl.encode()).hexdigest()[:_ID].upper()


def _record(record_id: str, findings: Sequence[Finding], document: AuditDocument) -> dict[str, Any]:
    worst = findings[0]
    moment = document.finished.isoformat().replace("+00:00", "Z")
    days = [finding.first_seen for finding in findings if finding.first_seen is not None]
    published = f"{min(days).isoformat()}T00:00:00Z" if days else moment
    project, version = escape_unprintable(worst.project), escape_unprintable(worst.version)
    reasons = dict.fromkeys(
        escape_unprintable(reason.meaning) for finding in findings for reason in finding.verdict_reasons
    )
    return {
        "schema_version": SCHEMA_VERSION,
        "id": record_id,
        "published": published,
        "modified": moment,
        "summary": f"{project} {version} is {worst.verdict.value} by boojum's verdict",
        "details": "A verdict of a model, which a person has not confirmed. It was ranked here because of:\n"
        + "".join(f"- {reason}\n" for reason in list(reasons)[:_REASONS]),
        "affected": [
            {
                "package": {"ecosystem": "PyPI", "name": project},
                "versions": [version],
                "database_specific": {
                    "cwes": [_MALICIOUS_CODE],
                    "indicators": {
                        "package_integrity": [
                            {"filename": escape_unprintable(finding.filename), "hashes": _hashes(finding)}
                            for finding in findings
                        ]
                    },
                },
            }
        ],
        "database_specific": {
            "verdict": worst.verdict.value,
            "score": round(worst.score, 6),
            "model": document.model,
            "run": document.run,
        },
    }


def _hashes(finding: Finding) -> dict[str, str]:
    digests = {"sha256": finding.sha256, "blake2b_256": finding.blake2b_256}
    return {name: digest for name, digest in digests.items() if digest}
