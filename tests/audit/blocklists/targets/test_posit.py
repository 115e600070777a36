"""The rules for Posit Package Manager."""

import json

from audit.blocklists.targets.contract import ExportOptions, Scope
from audit.blocklists.targets.posit import RULES, PositExport

FIELDS = {
    "priority", "package_name", "version", "source_id", "source_type", "repo_id", "license", "license_types", "vulns",
    "min_severity", "block_unscored", "deleted_packages", "exception", "description", "source_name", "repo",
}  # fmt: skip
"""Fields of the documented example."""


def rules_of(listed, **options):
    return json.loads(PositExport().export(listed, ExportOptions(**options)).files[RULES])


def test_a_rule_blocks_one_version_of_the_source_for_python(record, finding):
    (rule,) = rules_of(record(finding(1)))
    assert ("project-1", "1.0", "pypi") == (rule["package_name"], rule["version"], rule["source_name"])
    assert rule["description"].startswith("boojum: malicious: ")
    assert set(rule) <= FIELDS


def test_a_version_that_is_none_is_no_rule_since_a_rule_without_one_blocks_the_project(record, finding):
    listed = record(finding(1, version="*"))
    assert [] == rules_of(listed) == rules_of(record())
    assert "version" not in rules_of(listed, widen=Scope.PROJECT)[0]
