"""The blocklist entries for Pulp."""

import json

from audit.blocklists.targets.contract import ExportOptions, Scope
from audit.blocklists.targets.pulp import ENTRIES, PulpExport


def entries_of(listed, **options):
    return [
        json.loads(line) for line in PulpExport().export(listed, ExportOptions(**options)).files[ENTRIES].splitlines()
    ]


def test_an_entry_is_a_file_name(record, finding):
    assert [{"filename": "project_1-1.0.tar.gz"}, {"filename": "project_2-1.0.tar.gz"}] == entries_of(
        record(finding(2), finding(1))
    )
    assert [] == entries_of(record())


def test_a_file_without_a_plain_name_is_its_version_or_its_project_with_leave(record, finding):
    listed = record(
        finding(1, filename="a b", path="packages/a b"), finding(2, version="?", filename="é", path="packages/é")
    )
    assert [] == entries_of(listed)
    assert [{"name": "project-1", "version": "1.0"}, {"name": "project-2"}] == entries_of(listed, widen=Scope.PROJECT)
