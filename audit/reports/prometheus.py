"""Writes boojum.prom for the textfile collector of Prometheus' node exporter: what the last night found and did.

`boojum_last_good_run_timestamp_seconds` is what to alert on: it grows old when nights fail, end incomplete or do not
happen at all. Each metric has the labels that bound its number; names of packages are in none.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from audit.contract import AuditDocument, FindingChange
from audit.runs import NoSuchRunError, list_runs, read_document
from jobs.contract import STANDING_FAULTS
from jobs.run.run_folder import RunFolder
from model.contract import Verdict

FAULT_CODES = (*sorted(STANDING_FAULTS), "replaced", "sidecar")
_LOOKED_AT = 100
"""Earlier runs that are asked when the last good night was; 0 means that none of them was one."""


@dataclass(frozen=True, slots=True)
class _Metric:
    name: str
    help: str
    values: tuple[tuple[Mapping[str, str], float], ...]


class PrometheusReport:
    """Gauges in the text format of Prometheus (0.0.4)."""

    name = "prometheus"
    filename = "boojum.prom"
    summary = "monitoring: a textfile for the node exporter"
    nightly = True

    def stream(self, document: AuditDocument, run: RunFolder) -> Iterator[bytes]:
        """Yield the metrics one after another."""
        for metric in _metrics(document, _last_good(document, run)):
            lines = [f"# HELP {metric.name} {metric.help}", f"# TYPE {metric.name} gauge"]
            lines += [f"{metric.name}{_labels(labels)} {value:.15g}" for labels, value in metric.values]
            yield ("\n".join(lines) + "\n").encode()


def _metrics(document: AuditDocument, last_good: float) -> Iterator[_Metric]:
    def plain(name: str, text: str, value: float) -> _Metric:
        return _Metric(name, text, (({}, value),))

    def by(name: str, text: str, label: str, values: Mapping[str, float]) -> _Metric:
        return _Metric(name, text, tuple(({label: key}, value) for key, value in values.items()))

    run = {"run": document.run, "version": document.boojum_version, "model": document.model}
    yield _Metric("boojum_run_info", "The last run.", ((run, 1.0),))
    finished = document.finished.timestamp()
    yield plain("boojum_last_run_timestamp_seconds", "End of the last run.", finished)
    yield plain("boojum_last_good_run_timestamp_seconds", "End of the last run that missed nothing.", last_good)
    duration = (document.finished - document.started).total_seconds()
    yield plain("boojum_run_duration_seconds", "Time that the last run took.", duration)
    totals = {verdict.value: document.totals.get(verdict.value, 0) for verdict in Verdict}
    yield by("boojum_artifacts", "Artifacts on the mirror.", "verdict", totals)
    new = dict.fromkeys((verdict.value for verdict in Verdict if verdict not in _NO_FINDING), 0)
    for finding in document.findings:
        if finding.waiver is None and finding.change in {FindingChange.NEW, FindingChange.RAISED}:
            new[finding.verdict.value] += 1
    yield by("boojum_new_findings", "Findings that are new or graver, and not waived.", "verdict", new)
    yield plain("boojum_read_artifacts", "Artifacts that the last run read.", document.counts.get("read", 0))
    yield plain("boojum_failed_artifacts", "Artifacts on which boojum itself failed.", document.failed)
    unread = {kind: document.unexamined_totals.get(kind, 0) for kind in ("unreadable", "partial")}
    yield by("boojum_unexamined_artifacts", "Artifacts not examined, or in part.", "status", unread)
    faults = {code: sum(fault.code == code for fault in document.faults) for code in FAULT_CODES}
    yield by("boojum_mirror_faults", "Ways in which the mirror is not what it was.", "code", faults)
    waiting = {"held": len(document.held), "withheld": len(document.withheld), "backlog": document.backlog}
    yield by("boojum_waiting", "Files and readings that wait for a person.", "why", waiting)
    yield plain("boojum_waived_findings", "Findings that a person waived.", document.waived)


_NO_FINDING = (Verdict.CLEAR, Verdict.UNREADABLE)


def _last_good(document: AuditDocument, run: RunFolder) -> float:
    """Return the end of the last run that missed nothing, this one or an earlier one; 0 if there was none."""
    if _is_good(document):
        return document.finished.timestamp()
    for folder in list_runs(run.out)[:_LOOKED_AT]:
        if folder.name >= run.id:
            continue
        try:
            earlier = read_document(folder)
        except NoSuchRunError:
            continue  # the night summary names damaged runs
        if _is_good(earlier):
            return earlier.finished.timestamp()
    return 0.0


def _is_good(document: AuditDocument) -> bool:
    return not (document.standing_faults or document.failed or document.unread)


def _labels(labels: Mapping[str, str]) -> str:
    if not labels:
        return ""
    pairs = ",".join(f'{name}="{_escaped(value)}"' for name, value in labels.items())
    return f"{{{pairs}}}"


def _escaped(value: str) -> str:
    return value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
