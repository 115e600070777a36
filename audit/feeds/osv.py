"""Reads OSV records (https://ossf.github.io/osv-schema/): those of malware are known bad, vulnerabilities are not."""

import json
import re
from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Any

from audit.feeds.contract import FeedKind
from audit.feeds.entry import Counts, Entry
from audit.feeds.source import BrokenRecords, read_values
from audit.feeds.versions import canonical_version, is_everything, is_open, parse_events
from features.packaging.names import normalise

MALWARE_PREFIX = "MAL-"
"""Prefix of the ids of records of malware."""
_EMBEDDED_MALICIOUS_CODE = "CWE-506"
_DIGEST = re.compile(r"[0-9a-f]{64}")
_TEXT = 300


class OsvFormat:
    """A folder of records, a zip of them (`all.zip`), JSON Lines, or one record."""

    kind = FeedKind.OSV
    summary = "records of OSV: a folder, all.zip, JSON Lines; vulnerabilities are left out"

    def read(self, path: Path, counts: Counts, broken: BrokenRecords) -> Iterator[Entry]:
        """Yield what each record of malware names on PyPI."""
        for where, value in read_values(path, broken):
            for number, record in enumerate(value if isinstance(value, list) else [value]):
                place = f"{where}[{number}]" if isinstance(value, list) else where
                try:
                    entries = list(parse_record(record, place, broken))
                except (ValueError, TypeError, KeyError, AttributeError) as error:
                    broken.add(place, str(error))
                    continue
                if not is_malware(record):
                    counts.left_out["vulnerabilities"] += 1
                elif not entries:
                    counts.left_out["of no project of PyPI"] += 1
                else:
                    counts.records += 1
                    counts.withdrawn += entries[0].withdrawn is not None
                    yield from entries


def is_malware(record: Mapping[str, Any]) -> bool:
    """Return whether a record is of malware: by its id, an alias, its origin, or the weakness CWE-506."""
    ids = [record.get("id"), *(record.get("aliases") or ())]
    if any(str(each).upper().startswith(MALWARE_PREFIX) for each in ids):
        return True
    specific = [record.get("database_specific"), *(each.get("database_specific") for each in record["affected"])]
    for each in specific:
        if isinstance(each, dict):
            weaknesses = [*(each.get("cwe_ids") or ()), *(each.get("cwes") or ())]
            named = [cwe.get("cweId") if isinstance(cwe, dict) else cwe for cwe in weaknesses]
            if "malicious-packages-origins" in each or _EMBEDDED_MALICIOUS_CODE in named:
                return True
    return False


def parse_record(record: Any, where: str, broken: BrokenRecords) -> Iterator[Entry]:
    """Yield what a record names on PyPI; raises ValueError where it is no record.

    A part of it that cannot be read is counted as broken, and the rest is used.
    """
    if not isinstance(record, dict):
        raise ValueError("it is no object")  # noqa: TRY004  a fault of the text
    name = record.get("id")
    if not isinstance(name, str) or not name.strip():
        raise ValueError("it has no id")
    affected = record.get("affected", [])
    if not isinstance(affected, list) or not all(isinstance(each, dict) for each in affected):
        raise ValueError(f"{name}: `affected` is no list of objects")
    record.setdefault("affected", affected)
    text = " ".join(str(record.get("summary") or record.get("details") or "").split())[:_TEXT]
    facts: dict[str, Any] = {
        "record": name.strip()[:200],
        "day": _parse_day(record.get("published") or record.get("modified")),
        "modified": _parse_day(record.get("modified") or record.get("published")),
        "withdrawn": _parse_day(record.get("withdrawn")),
        "text": text,
    }
    pypi = [each for each in affected if _is_pypi(each)]
    for each in pypi:
        yield from _named(each, facts, f"{where}: {name}", broken)
        yield from _digests(each.get("database_specific"), facts, f"{where}: {name}", broken)
    if pypi:
        yield from _digests(record.get("database_specific"), facts, f"{where}: {name}", broken)


def _is_pypi(affected: Mapping[str, Any]) -> bool:
    package = affected.get("package")
    if not isinstance(package, dict):
        return False
    return str(package.get("ecosystem", "")).partition(":")[0].lower() == "pypi" and bool(package.get("name"))


def _named(affected: Mapping[str, Any], facts: Mapping[str, Any], where: str, broken: BrokenRecords) -> Iterator[Entry]:
    """Yield the versions and ranges of a project; one that is named without either is named as a whole."""
    project = normalise(str(affected["package"]["name"]).strip())
    versions, ranges = affected.get("versions") or [], affected.get("ranges") or []
    listed = versions if isinstance(versions, list) else []
    for version in dict.fromkeys(canonical_version(str(each)) for each in listed):
        yield Entry("version", project=project, version=version, **facts)
    read = 0
    for each in ranges if isinstance(ranges, list) else []:
        if not isinstance(each, dict) or each.get("type") == "GIT":
            continue
        try:
            events = parse_events(each.get("events") or [])
        except (ValueError, TypeError, AttributeError) as error:
            broken.add(where, f"a range of {project} cannot be read: {error}")
            read += 1
            continue
        if events:
            read += 1
            spelled = "" if is_everything(events) else json.dumps(events)
            yield Entry("name" if is_open(events) else "version", project=project, ranges=spelled, **facts)
    if not listed and not read:
        yield Entry("name", project=project, **facts)


def _digests(specific: Any, facts: Mapping[str, Any], where: str, broken: BrokenRecords) -> Iterator[Entry]:
    """Yield the digests of artifacts; those of reports (`malicious-packages-origins`) are none."""
    indicators = specific.get("indicators") if isinstance(specific, dict) else None
    listed = indicators.get("package_integrity") if isinstance(indicators, dict) else None
    for each in listed if isinstance(listed, list) else []:
        hashes = each.get("hashes") if isinstance(each, dict) else None
        if not isinstance(hashes, dict):
            continue
        found = {name: str(hashes.get(name) or "").strip().lower() for name in ("sha256", "blake2b_256")}
        if wrong := [name for name, digest in found.items() if digest and not _DIGEST.fullmatch(digest)]:
            broken.add(where, f"its {wrong[0]} is no digest")
        known: dict[str, Any] = {name: digest for name, digest in found.items() if _DIGEST.fullmatch(digest)}
        filename = str(each.get("filename") or "")[:300]
        if known:
            yield Entry("digest", filename=filename, **known, **facts)
        elif filename and not wrong:
            yield Entry("file", filename=filename, **facts)


def _parse_day(text: Any) -> date | None:
    try:
        return date.fromisoformat(str(text)[:10]) if text else None
    except ValueError:
        return None
