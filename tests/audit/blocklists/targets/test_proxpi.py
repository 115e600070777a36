"""The maps of nginx for proxpi."""

import re
from dataclasses import replace

from audit.blocklists.targets.contract import ExportOptions, Scope
from audit.blocklists.targets.proxpi import CONF, MAP, PROJECTS, ProxpiExport


def test_a_file_is_a_line_in_lower_case_by_its_name_alone(record, finding):
    export = ProxpiExport().export(
        record(finding(1, filename="Six-1.0.tar.gz", path="packages/Six-1.0.tar.gz")), ExportOptions()
    )
    assert ('"/six-1.0.tar.gz" 1;\n', "") == (export.files[MAP], export.files[PROJECTS])


def test_the_hash_of_the_map_has_room_for_all_names(record, finding):
    entry = record(finding(1)).entries[0]
    many = tuple(replace(entry, filename=f"p-{number}.tar.gz") for number in range(1_000))
    assert "map_hash_max_size 2048;" in ProxpiExport().export(record(finding(1)), ExportOptions()).files[CONF]
    assert (
        "map_hash_max_size 4096;" in ProxpiExport().export(replace(record(), entries=many), ExportOptions()).files[CONF]
    )


def test_a_project_is_blocked_in_any_spelling_and_only_with_leave(record, finding):
    listed = record(finding(1, filename="a b", path="packages/a b"))
    assert "" == ProxpiExport().export(listed, ExportOptions()).files[PROJECTS]
    line = ProxpiExport().export(listed, ExportOptions(widen=Scope.PROJECT)).files[PROJECTS]
    found = re.fullmatch(r'"~\*(.*)" 1;\n', line)
    assert found is not None
    spellings = ("/project-1", "/Project__1", "/project.1", "/project-10", "/project1")
    assert [True, True, True, False, False] == [bool(re.match(found[1], name, re.IGNORECASE)) for name in spellings]
