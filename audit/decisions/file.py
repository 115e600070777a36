"""Reads the file of decisions: tables [[waiver]], [[block]] and [[label]] in TOML."""

import re
from collections.abc import Mapping
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from packaging.utils import InvalidName, canonicalize_name
from packaging.version import Version

from audit.config import ConfigError, read_toml
from audit.decisions.contract import Block, Label, Scope, Waiver
from audit.decisions.matching import Decisions

FILENAME = "waivers.toml"
"""Name of the file in the output folder."""
LABELS = ("malicious", "benign")

_SHA256 = re.compile(r"[0-9a-f]{64}")
_TARGET = {"sha256", "project", "version"}
_KEYS: Mapping[str, tuple[set[str], set[str]]] = {
    "waiver": ({"owner", "reason", "expires"}, {*_TARGET, "indicator", "later_files", "decided"}),
    "block": ({"owner", "reason", "decided"}, _TARGET),
    "label": ({"sha256", "label", "why", "owner", "decided"}, set()),
}
"""Keys that each table must and may have."""


def decisions_file(given: str, out: Path) -> Path:
    """Return the file of decisions: the one that the operator names, else `waivers.toml` in the output folder."""
    return Path(given) if given else out / FILENAME


def load_decisions(given: str, out: Path) -> Decisions:
    """Return the decisions of the file `given`, or ("") of the output folder's own file, which may be missing.

    Raises ConfigError.
    """
    file = decisions_file(given, out)
    return read_decisions(file) if given or file.exists() else Decisions()


def read_decisions(file: Path) -> Decisions:
    """Return all decisions of a TOML file; raises ConfigError, which names the table."""
    return parse_decisions(read_toml(file, "--waivers"), str(file))


def parse_decisions(content: Mapping[str, Any], where: str) -> Decisions:
    """Return the decisions of a parsed TOML file, which errors call `where`; raises ConfigError."""
    unknown = sorted(set(content) - set(_KEYS))
    if unknown:
        raise ConfigError(where, f"unknown key `{unknown[0]}`", "write [[waiver]], [[block]] and [[label]] tables only")
    found: dict[str, list[Any]] = {}
    for name, parse in (("waiver", _parse_waiver), ("block", _parse_block), ("label", _parse_label)):
        tables = content.get(name, [])
        if not isinstance(tables, list) or not all(isinstance(table, dict) for table in tables):
            raise ConfigError(where, f"`{name}` is no list of tables", f"write each one below a line [[{name}]]")
        found[name] = [
            parse(_checked(table, name, f"{where}: {name} {number}"), f"{where}: {name} {number}")
            for number, table in enumerate(tables, start=1)
        ]
    return Decisions(tuple(found["waiver"]), tuple(found["block"]), tuple(found["label"]))


def _checked(table: dict[str, Any], name: str, where: str) -> dict[str, Any]:
    needed, more = _KEYS[name]
    missing, unknown = sorted(needed - set(table)), sorted(set(table) - needed - more)
    if missing or unknown:
        what = f"lacks `{missing[0]}`" if missing else f"unknown key `{unknown[0]}`"
        raise ConfigError(where, what, f"a {name} has {', '.join(sorted(needed))}" + _may_have(more))
    for key, value in table.items():
        if key in {"expires", "decided", "later_files"}:
            continue
        if not isinstance(value, str) or not value.strip():
            raise ConfigError(where, f"`{key}` is {value!r}", "write text in quotes that is not empty")
    return table


def _may_have(keys: set[str]) -> str:
    return f", and may have {', '.join(sorted(keys))}" if keys else ""


def _parse_waiver(table: dict[str, Any], where: str) -> Waiver:
    expires, later = table["expires"], table.get("later_files", False)
    if type(expires) is not date:
        raise ConfigError(where, f"`expires` is {expires!r}", "write a date without quotes, like 2027-01-31")
    if not isinstance(later, bool):
        raise ConfigError(where, f"`later_files` is {later!r}", "write true or false")
    scope, sha256, project, version = _parse_target(table, where)
    decided = _parse_moment(table, where) if "decided" in table or scope is not Scope.FILE else None
    return Waiver(
        scope=scope,
        sha256=sha256,
        project=project,
        version=version,
        indicator=str(table.get("indicator", "")),
        later_files=later,
        owner=table["owner"].strip(),
        reason=table["reason"].strip(),
        expires=expires,
        decided=decided,
    )


def _parse_block(table: dict[str, Any], where: str) -> Block:
    scope, sha256, project, version = _parse_target(table, where)
    return Block(
        scope=scope,
        sha256=sha256,
        project=project,
        version=version,
        owner=table["owner"].strip(),
        reason=table["reason"].strip(),
        decided=_parse_moment(table, where),
    )


def _parse_label(table: dict[str, Any], where: str) -> Label:
    if table["label"] not in LABELS:
        raise ConfigError(where, f"`label` is {table['label']!r}", f"choose from: {', '.join(LABELS)}")
    return Label(
        sha256=_parse_digest(table["sha256"], where),
        label=table["label"],
        why=table["why"].strip(),
        owner=table["owner"].strip(),
        decided=_parse_moment(table, where),
    )


def _parse_target(table: dict[str, Any], where: str) -> tuple[Scope, str, str, str]:
    """Return scope, digest, normalised project and canonical version of a table."""
    if "sha256" in table:
        if "project" in table or "version" in table:
            raise ConfigError(where, "names a file and a project", "write either `sha256`, or `project`")
        return Scope.FILE, _parse_digest(table["sha256"], where), "", ""
    if "project" not in table:
        raise ConfigError(where, "lacks `sha256`", "write the file's `sha256`, or `project`, or both it and `version`")
    try:
        project = str(canonicalize_name(table["project"].strip(), validate=True))
    except InvalidName as error:
        raise ConfigError(where, f"`project` is {table['project']!r}", "write a project's name") from error
    version = canonical_version(table.get("version", ""))
    return Scope.RELEASE if version else Scope.PROJECT, "", project, version


def canonical_version(text: str) -> str:
    """Return a version in its canonical spelling (PEP 440), or as it is where it is none."""
    try:
        return str(Version(text))
    except ValueError:  # InvalidVersion, or a number with more digits than the interpreter converts
        return text.strip()


def _parse_digest(text: str, where: str) -> str:
    digest = text.strip().lower()
    if not _SHA256.fullmatch(digest):
        raise ConfigError(where, f"`sha256` is {text!r}", "write 64 hex digits")
    return digest


def _parse_moment(table: dict[str, Any], where: str) -> datetime:
    if "decided" not in table:
        hint = "write when it was decided, like 2027-01-31T09:00:00Z: files that come later are not covered"
        raise ConfigError(where, "lacks `decided`", hint)
    moment = table["decided"]
    if not isinstance(moment, datetime) or moment.tzinfo is None:
        raise ConfigError(where, f"`decided` is {moment!r}", "write date, time and zone, like 2027-01-31T09:00:00Z")
    return moment.astimezone(UTC)
