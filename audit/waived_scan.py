"""Finds the waivers that cover scanned files, with the store of the last run where a waiver is wider than a file."""

import dataclasses
from collections.abc import Sequence
from datetime import date
from pathlib import Path

from audit.contract import FINDING_VERDICTS
from audit.decisions.contract import Scope
from audit.decisions.matching import Decisions, JudgedArtifact
from audit.decisions.mirror import find_first_days
from audit.scan import ScanResult
from features.contract import Status


def waive_results(
    results: Sequence[ScanResult], decisions: Decisions, out: Path, today: date
) -> tuple[ScanResult, ...]:
    """Return the results with the waivers that cover them.

    A waiver of a release or a project covers a file that is on the mirror of the last run below `out` under the same
    project and version, and was there when it was decided: a name alone proves nothing.
    """
    judged = [
        JudgedArtifact(
            sha256=result.sha256,
            project=result.project,
            version=result.version,
            indicators=result.indicators,
            is_whole=result.status == Status.OK,
        )
        for result in results
    ]
    wide = any(waiver.scope is not Scope.FILE for waiver in decisions.waivers)
    days = find_first_days(out, judged) if wide else {}
    waived = []
    for result, artifact in zip(results, judged, strict=True):
        day = days.get((artifact.sha256, artifact.project, artifact.version))
        waiver, note = decisions.judge(dataclasses.replace(artifact, first_seen=day), today)
        note = note if result.verdict in FINDING_VERDICTS else ""
        waived.append(dataclasses.replace(result, waiver=waiver, waiver_note=note))
    return tuple(waived)
