"""The list of package URLs."""

from audit.blocklists.targets.contract import ExportOptions, Scope
from audit.blocklists.targets.purl import PURLS, PurlExport


def test_a_line_is_a_version_in_order_and_once(record, finding):
    listed = record(finding(2), finding(1), finding(3, project="project-1", filename="p.whl", path="packages/p.whl"))
    export = PurlExport().export(listed, ExportOptions())
    assert "pkg:pypi/project-1@1.0\npkg:pypi/project-2@1.0\n" == export.files[PURLS]
    assert ("project-1 1.0: 2 files", "project-2 1.0: 1 file") == export.widened


def test_a_local_version_is_encoded_and_a_project_has_none(record, finding):
    listed = record(finding(1, version="1.0+cpu"), finding(2, version="none"))
    export = PurlExport().export(listed, ExportOptions(widen=Scope.PROJECT))
    assert "pkg:pypi/project-1@1.0%2Bcpu\npkg:pypi/project-2\n" == export.files[PURLS]
    assert "" == PurlExport().export(record(), ExportOptions()).files[PURLS]
