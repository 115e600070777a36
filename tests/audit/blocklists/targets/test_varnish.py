"""The ruleset for Varnish, read as YAML."""

import pytest
import yaml  # type: ignore[import-untyped]  # it ships no types

from audit.blocklists.targets.contract import Action, ExportOptions, Scope
from audit.blocklists.targets.varnish import RULESET, VarnishExport


def rules_of(listed, **options):
    content = yaml.safe_load(VarnishExport().export(listed, ExportOptions(**options)).files[RULESET])
    assert ("boojum", {"id", "description", "rules"}) == (content["id"], set(content))
    return content["rules"]


@pytest.mark.parametrize("action", list(Action))
def test_a_rule_names_one_version_and_what_is_done_with_it(record, finding, action):
    assert [
        {
            "id": "boojum-project-1-1!1.0+cpu",
            "action": action.value,
            "priority": 10,
            "reason": "malicious: posts data to a webhook when installed",
            "match": [{"purl": "pkg:pypi/project-1", "version": "vers:pypi/1%211.0%2Bcpu"}],
        }
    ] == rules_of(record(finding(1, version="1!1.0+cpu")), action=action)


def test_a_project_has_no_version(record, finding):
    listed = record(finding(1, version="?"))
    assert [] == rules_of(listed)
    assert [[{"purl": "pkg:pypi/project-1"}]] == [rule["match"] for rule in rules_of(listed, widen=Scope.PROJECT)]


def test_a_reason_is_one_string_whatever_it_says(record, finding):
    export = rules_of(record(finding(1)))
    assert "malicious: posts data to a webhook when installed" == export[0]["reason"]
    assert [] == rules_of(record())
