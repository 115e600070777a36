"""Tests boojum.prom: the age of the last good night above all."""

from datetime import UTC, datetime

from audit.contract import FindingChange
from audit.reports.json import JsonReport
from audit.reports.prometheus import PrometheusReport
from jobs.contract import MirrorFault


def metrics(document, run_folder):
    text = b"".join(PrometheusReport().stream(document, run_folder)).decode()
    return dict(line.rsplit(" ", 1) for line in text.splitlines() if not line.startswith("#"))


def test_a_good_night_is_its_own_last_one(document, finding, run_folder):
    values = metrics(document(finding(), finding(2, change=FindingChange.SAME)), run_folder)
    assert (
        values["boojum_last_run_timestamp_seconds"] == values["boojum_last_good_run_timestamp_seconds"] == "1795318800"
    )
    assert ("2", "1") == (
        values['boojum_artifacts{verdict="malicious"}'], values['boojum_new_findings{verdict="malicious"}']
    )  # fmt: skip
    assert "600" == values["boojum_run_duration_seconds"]


def test_an_incomplete_night_names_the_good_one_before(document, run_folder):
    broken = document(faults=(MirrorFault("shrank", "gone"),), run="3")
    assert "0" == metrics(broken, run_folder)["boojum_last_good_run_timestamp_seconds"]
    for run, day, faults in (("20261120T0000Z-1", 20, ()), ("20261121T0000Z-1", 21, broken.faults)):
        folder = run_folder.out / "runs" / run
        folder.mkdir()
        earlier = document(run=run, finished=datetime(2026, 11, day, tzinfo=UTC), faults=faults)
        (folder / "findings.json").write_text(JsonReport().render(earlier))
    later = type(run_folder)("20261122T0000Z-1", run_folder.out, run_folder.folder, run_folder.manifest)
    values = metrics(broken, later)
    assert f"{datetime(2026, 11, 20, tzinfo=UTC).timestamp():.15g}" == values["boojum_last_good_run_timestamp_seconds"]
    assert "1" == values['boojum_mirror_faults{code="shrank"}']


def test_a_label_is_escaped(document, run_folder):
    text = b"".join(PrometheusReport().stream(document(model='a"\\\nb'), run_folder)).decode()
    assert r'model="a\"\\\nb"' in text
