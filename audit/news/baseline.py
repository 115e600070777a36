"""Finds the run that the news of a night are against: the last one of an earlier night, or one that a person names."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from audit.contract import FindingChange, ResolvedFinding
from audit.news.backlog import Backlog, FileKey, read_backlog
from audit.outcome import severity
from audit.runs import NoSuchRunError, find_run, list_runs, parse_day, runs_until
from jobs.run.manifest import ManifestError, read_manifest
from model.contract import Verdict


@dataclass(frozen=True, slots=True)
class Baseline:
    """The run that news are against, as far as they need it; without `folder` there is none, and everything is new.

    `findings` are its unwaived findings with their verdict as `before`, `waived` are the others. `unlisted` are
    verdicts of artifacts that its document left out. `held` are the digests of files that waited for a person.
    `skipped` are sentences about nearer runs that are damaged.
    """

    run: str = ""
    folder: Path | None = None
    findings: Mapping[FileKey, ResolvedFinding] = field(default_factory=dict)
    waived: frozenset[FileKey] = frozenset()
    unlisted: Mapping[FileKey, str] = field(default_factory=dict)
    held: frozenset[str] = frozenset()
    backlog: Backlog = field(default_factory=dict)
    skipped: tuple[str, ...] = ()

    def compare(self, sha256: str, path: str, verdict: Verdict) -> FindingChange:
        """Return how an artifact's verdict differs from its verdict in this run."""
        key = (sha256, path)
        before = self.findings[key].before if key in self.findings else self.unlisted.get(key)
        if before is None:
            return FindingChange.NEW
        step = severity(verdict) - severity(before)
        return FindingChange.RAISED if step > 0 else FindingChange.LOWERED if step < 0 else FindingChange.SAME

    def is_unread(self, sha256: str, path: str, verdict: Verdict) -> bool:
        """Return whether no person was shown this finding yet, as grave as it is now."""
        before = self.findings.get((sha256, path))
        return before is None or severity(verdict) > severity(before.before) or (sha256, path) in self.backlog


def find_baseline(out: Path, started: datetime, night_hours: float) -> Baseline:
    """Return the last run that finished at least `night_hours` before a run that started at `started`.

    A run of the same night is passed over, because what it reported is news to the same reader. A damaged run is passed
    over too, and `skipped` says so.
    """
    latest = started - timedelta(hours=night_hours)
    skipped: list[str] = []
    for folder in list_runs(out):
        try:
            if read_manifest(folder).finished <= latest:
                return replace(read_baseline(folder), skipped=tuple(skipped))
        except (OSError, ManifestError, NoSuchRunError) as error:
            skipped.append(f"run {folder.name} was passed over: {error}")
    return Baseline(skipped=tuple(skipped))


def named_baseline(out: Path, name: str) -> Baseline:
    """Return the run that `--since` names; raises NoSuchRunError.

    A date before the first run is none, so that everything is new.
    """
    day = parse_day(name)
    if day is not None and not (out / "runs" / name).exists() and next(runs_until(out, day), None) is None:
        return Baseline(skipped=(f"no run finished on {day} or before",))
    return read_baseline(find_run(out, name))


def read_baseline(folder: Path) -> Baseline:
    """Return a finished run as the baseline of news; raises NoSuchRunError where a file of it is damaged."""
    try:
        document = json.loads((folder / "findings.json").read_text(encoding="utf-8"))
        rows = document["findings"]
        return Baseline(
            run=str(document["run"]),
            folder=folder,
            findings={_key(row): _as_resolved(row) for row in rows if row["waiver"] is None},
            waived=frozenset(_key(row) for row in rows if row["waiver"] is not None),
            held=frozenset(str(row["sha256"]) for row in rows if row.get("held")),
            backlog=read_backlog(folder),
        )
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        what = f"findings.json or reading.json in {folder} cannot be read ({type(error).__name__}: {error})"
        raise NoSuchRunError(what, "name another run") from error


def _key(row: Mapping[str, Any]) -> FileKey:
    return str(row["sha256"]), str(row["path"])


def _as_resolved(row: Mapping[str, Any]) -> ResolvedFinding:
    verdict = Verdict(row["verdict"])
    return ResolvedFinding(row["project"], row["version"], row["filename"], row["sha256"], verdict.value, "")
