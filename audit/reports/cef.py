"""Renders findings.cef: a syslog line (RFC 5424) for each finding and fault, its message in ArcSight's CEF 0.

Waived findings have no line. Send them with `logger --rfc5424` or a forwarder; the host is left to it.
"""

import re
from collections.abc import Iterator, Mapping

from audit.contract import AuditDocument, Finding
from audit.escape import escape_unprintable
from model.contract import Verdict

_SEVERITY = {Verdict.MALICIOUS: 9, Verdict.SUSPICIOUS: 7, Verdict.REVIEW: 4}
_MOST = 10
_FAULT = 6
_FACILITY = 13  # log audit
_SYSLOG_ALERT, _SYSLOG_WARNING, _SYSLOG_NOTICE = 1, 4, 5
_LIMIT = 1_023
"""Characters of a value; longer ones are cut by receivers."""


class CefReport:
    """Findings as syslog lines in the Common Event Format."""

    name = "cef"
    filename = "findings.cef"
    summary = "a SIEM: syslog lines in the Common Event Format"
    nightly = False

    def render(self, document: AuditDocument) -> str:
        """Return the lines, faults first."""
        return "".join(f"{line}\n" for line in _lines(document))


def _lines(document: AuditDocument) -> Iterator[str]:
    head = f"{document.finished.isoformat()} - boojum - - -"
    start = f"CEF:0|boojum|boojum|{_header(document.boojum_version)}"
    for fault in document.faults:
        fields = {"msg": fault.detail, "cs1Label": "run", "cs1": document.run, "outcome": "failure"}
        name = f"mirror-{_header(fault.code)}|mirror fault|{_FAULT}"
        yield f"<{_priority(_FAULT)}>1 {head} {start}|{name}|{_pairs(fields)}"
    for finding in document.findings:
        if finding.waiver is None:
            severity = _SEVERITY.get(finding.verdict, _MOST)
            signature = f"{finding.verdict.value}|{_header(finding.verdict.value)} artifact"
            yield f"<{_priority(severity)}>1 {head} {start}|{signature}|{severity}|{_pairs(_fields(document, finding))}"


def _priority(severity: int) -> int:
    """Return the syslog priority of a severity of CEF."""
    grave, warned = _SEVERITY[Verdict.MALICIOUS], _SEVERITY[Verdict.SUSPICIOUS]
    level = _SYSLOG_ALERT if severity >= grave else _SYSLOG_WARNING if severity >= warned else _SYSLOG_NOTICE
    return _FACILITY * 8 + level


def _fields(document: AuditDocument, finding: Finding) -> Mapping[str, str]:
    place = next(iter(finding.verdict_places), None)
    reason = next((one.meaning for one in finding.verdict_reasons), "")
    return {
        "end": str(int(document.finished.timestamp() * 1000)),
        "externalId": finding.sha256,
        "fname": finding.filename,
        "filePath": finding.path,
        "fileHash": finding.sha256,
        "fsize": str(finding.size),
        "act": "blocked" if finding.blocked else "held" if finding.held else "reported",
        "reason": place.meaning if place else reason,
        "msg": f"{place.member}:{place.line}: {place.excerpt}" if place else reason,
        "cs1Label": "run",
        "cs1": document.run,
        "cs2Label": "project",
        "cs2": finding.project,
        "cs3Label": "version",
        "cs3": finding.version,
        "cs4Label": "change",
        "cs4": finding.change.value,
        "cs5Label": "model",
        "cs5": document.model,
        "cfp1Label": "score",
        "cfp1": f"{finding.score:.6f}",
    }


def _pairs(fields: Mapping[str, str]) -> str:
    return " ".join(f"{name}={_value(value)}" for name, value in fields.items() if value)


def _header(text: str) -> str:
    return re.sub(r"([\\|])", r"\\\1", escape_unprintable(text))


def _value(text: str) -> str:
    return re.sub(r"([\\=])", r"\\\1", escape_unprintable(text, _LIMIT))
