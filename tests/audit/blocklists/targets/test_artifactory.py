"""The exclude patterns for Artifactory."""

import json

from audit.blocklists.targets.artifactory import CONFIGURATION, PATTERNS, ArtifactoryExport
from audit.blocklists.targets.contract import Action, ExportOptions, Scope


def patterns(export):
    field = json.loads(export.files[CONFIGURATION])
    assert ["excludesPattern"] == list(field)
    assert field["excludesPattern"] == ",".join(export.files[PATTERNS].splitlines())
    return export.files[PATTERNS].splitlines()


def test_deny_names_files_in_any_folder_with_their_sidecars(record, finding):
    export = ArtifactoryExport().export(record(finding(1)), ExportOptions())
    assert ["**/project_1-1.0.tar.gz", "**/project_1-1.0.tar.gz.metadata"] == patterns(export)


def test_hide_takes_off_the_page_of_a_project_in_lower_case_and_only_with_leave(record, finding):
    listed = record(finding(1, project="My.Project"))
    left = ArtifactoryExport().export(listed, ExportOptions(Action.HIDE))
    assert ([], 1) == (patterns(left), len(left.left_out))
    export = ArtifactoryExport().export(listed, ExportOptions(Action.HIDE, Scope.PROJECT))
    assert ([".pypi/my-project.*"], ("all of my-project: 1 file",)) == (patterns(export), export.widened)


def test_a_wildcard_or_a_comma_of_a_name_is_never_a_pattern(record, finding):
    names = ("*", "a,**", "?.whl", "**")
    listed = record(*(finding(n, filename=name, path=f"packages/{name}") for n, name in enumerate(names)))
    export = ArtifactoryExport().export(listed, ExportOptions())
    assert ([], len(names)) == (patterns(export), len(export.left_out))


def test_an_empty_list_excludes_nothing(record):
    assert {"excludesPattern": ""} == json.loads(
        ArtifactoryExport().export(record(), ExportOptions()).files[CONFIGURATION]
    )
