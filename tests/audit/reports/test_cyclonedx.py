"""Tests findings.cdx.json: the files of findings, and the releases that require them without an extra."""

import json
from datetime import date

from audit.decisions.contract import Waiver
from audit.reports.cyclonedx import CycloneDxReport


def bill_of(document, run_folder):
    return json.loads(b"".join(CycloneDxReport().stream(document, run_folder)))


def test_what_requires_a_finding_depends_on_its_files(document, finding, run_folder):
    bill = bill_of(document(finding(project="requests")), run_folder)
    names = {part["bom-ref"]: (part["name"], part["version"]) for part in bill["components"]}
    depends = {names[edge["ref"]]: [names[ref] for ref in edge["dependsOn"]] for edge in bill["dependencies"]}
    assert {
        release: [("requests", "1.0")] for release in (("sheep", "1.0"), ("sheep", "2.0"), ("goats", "1.0"))
    } == depends
    (vulnerability,) = bill["vulnerabilities"]
    assert [{"ref": "file:1"}] == vulnerability["affects"]
    assert "critical" == vulnerability["ratings"][0]["severity"]


def test_a_waived_finding_is_a_false_positive(document, finding, run_folder):
    waiver = Waiver(sha256="", owner="ops", reason="known", expires=date(2027, 1, 1))
    (vulnerability,) = bill_of(document(finding(waiver=waiver)), run_folder)["vulnerabilities"]
    assert {"state": "false_positive", "detail": "known (ops, until 2027-01-01)"} == vulnerability["analysis"]


def test_a_serial_number_is_that_of_the_run(document, run_folder):
    first, again, other = (bill_of(document(run=run), run_folder)["serialNumber"] for run in ("a", "a", "b"))
    assert first == again != other
