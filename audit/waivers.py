"""Reads waivers, a person's decisions by digest, which win over a verdict until they expire."""

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path

from audit.config import ConfigError, read_toml
from audit.contract import AuditDocument, Waiver

_KEYS = {"sha256", "owner", "reason", "expires"}
_SHA256 = re.compile(r"[0-9a-f]{64}")


def read_waivers(file: Path) -> dict[str, Waiver]:
    """Return the waivers of a TOML file by sha256, also the expired ones.

    Each waiver is a table [[waiver]] with sha256, owner, reason and expires (a TOML date). Raises ConfigError.
    """
    content = read_toml(file, "--waivers")
    unknown = sorted(set(content) - {"waiver"})
    if unknown:
        raise ConfigError(str(file), f"unknown key `{unknown[0]}`", "write [[waiver]] tables only")
    waivers: dict[str, Waiver] = {}
    for number, table in enumerate(content.get("waiver", []), start=1):
        waiver = _parse_waiver(table, f"{file}: waiver {number}")
        waivers[waiver.sha256] = waiver
    return waivers


def _parse_waiver(table: dict[str, object], where: str) -> Waiver:
    missing, unknown = sorted(_KEYS - set(table)), sorted(set(table) - _KEYS)
    if missing or unknown:
        what = f"lacks `{missing[0]}`" if missing else f"unknown key `{unknown[0]}`"
        raise ConfigError(where, what, f"a waiver has exactly: {', '.join(sorted(_KEYS))}")
    digest, expires = str(table["sha256"]).lower(), table["expires"]
    if not _SHA256.fullmatch(digest):
        raise ConfigError(where, f"`sha256` is {table['sha256']!r}", "write 64 hex digits")
    if type(expires) is not date:
        raise ConfigError(where, f"`expires` is {expires!r}", "write a date without quotes, like 2027-01-31")
    owner, reason = str(table["owner"]).strip(), str(table["reason"]).strip()
    if not owner or not reason:
        raise ConfigError(where, "has no owner or no reason", "name who decided it and why")
    return Waiver(digest, owner, reason, expires)


def active_waiver(waivers: Mapping[str, Waiver], sha256: str, today: date) -> Waiver | None:
    """Return the waiver of an artifact, or None if there is none or it has expired."""
    waiver = waivers.get(sha256)
    return waiver if waiver is not None and waiver.expires >= today else None


def apply_waivers(document: AuditDocument, waivers: Mapping[str, Waiver], today: date) -> AuditDocument:
    """Return the document with these waivers in place of those of the night it was written."""
    findings = tuple(
        replace(finding, waiver=active_waiver(waivers, finding.sha256, today)) for finding in document.findings
    )
    return replace(document, findings=findings, waived=sum(finding.waiver is not None for finding in findings))
