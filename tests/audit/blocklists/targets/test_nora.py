"""The rules for NORA, and the version that it reads from a file name."""

import json

import pytest

from audit.blocklists.targets.contract import ExportOptions, Scope
from audit.blocklists.targets.nora import RULES, NoraExport


def export_of(listed, **options):
    export = NoraExport().export(listed, ExportOptions(**options))
    content = json.loads(export.files[RULES])
    assert (1, {"version", "rules"}) == (content["version"], set(content))
    return content["rules"], export


@pytest.mark.parametrize(
    ("version", "filename"),
    [
        ("1.0", "project_1-1.0.tar.gz"),
        ("1.0.0", "Project_1-1.0.0-py3-none-any.whl"),
        ("1.0-1", "project_1-1.0-1.zip"),
        ("1.0", "project_1-1.0-1-py3-none-any.whl"),
        ("1.0rc1", "project_1-1.0RC1.tar.gz"),
        (None, "project-1-1.0.tar.gz"),
        (None, "project.1-1.0.tar.gz"),
        (None, "project_1-1.0.tar.bz2"),
        (None, "project_1-.tar.gz"),
        (None, "project_1-*.tar.gz"),
    ],
)
def test_a_rule_has_the_version_as_nora_reads_it_from_the_name(record, finding, version, filename):
    rules, export = export_of(record(finding(1, filename=filename, path=f"packages/{filename}")))
    assert ([version] if version else []) == [rule["version"] for rule in rules]
    assert (0 if version else 1) == len(export.left_out)


def test_a_rule_has_all_its_fields(record, finding):
    (rule,) = export_of(record(finding(1)))[0]
    assert ["registry", "name", "version", "reason"] == list(rule)
    assert ("pypi", "project-1") == (rule["registry"], rule["name"])


def test_a_whole_project_is_blocked_only_with_leave(record, finding):
    listed = record(finding(1, filename="project-1-1.0.tar.gz", path="packages/project-1-1.0.tar.gz"))
    rules, export = export_of(listed, widen=Scope.PROJECT)
    assert [("project-1", "*")] == [(rule["name"], rule["version"]) for rule in rules]
    assert ("all of project-1: 1 file",) == export.widened
    assert [] == export_of(record())[0]
