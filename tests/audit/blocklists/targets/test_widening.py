"""The scope in which a target carries an entry, and what is named."""

from dataclasses import replace

import pytest

from audit.blocklists.mirror_files import MirrorFile
from audit.blocklists.targets.contract import ExportOptions, Scope
from audit.blocklists.targets.widening import carry_blocks, is_project, is_version, tell_reason


def no(_entry):
    return "it cannot"


def yes(_entry):
    return ""


def known(*filenames, project="project-1", version="1.0"):
    """Return the files of a project on the mirror; the digest of a file is the number at its end."""
    files = tuple(
        MirrorFile(project, version, name, "", f"{int(name.rpartition('#')[2]):064x}", "", 0.0, "clear")
        for name in filenames
    )
    return {project: files}


def test_a_target_that_carries_files_widens_nothing(record, finding):
    carried = carry_blocks(
        record(finding(1), finding(2)), ExportOptions(), {Scope.FILE: yes, Scope.VERSION: is_version}
    )
    assert (2, (), (), (), ()) == (len(carried.files), *[getattr(carried, n) for n in ("versions", "projects", "widened", "left_out")])  # fmt: skip


def test_a_target_without_files_blocks_versions_and_names_what_else_it_blocks(record, finding):
    options = ExportOptions(known=known("a#1", "b#9"))
    carried = carry_blocks(record(finding(1)), options, {Scope.VERSION: is_version, Scope.PROJECT: is_project})
    assert [("project-1", "1.0")] == [(block.project, block.version) for block in carried.versions]
    assert ("project-1 1.0: 3 files, 1 of them not blocked",) == carried.widened


def test_files_of_a_version_are_one_block(record, finding):
    listed = record(finding(1), finding(2, project="Project_1", filename="p-1.0.whl", path="packages/p-1.0.whl"))
    carried = carry_blocks(listed, ExportOptions(), {Scope.VERSION: is_version})
    assert ("project-1 1.0: 2 files",) == carried.widened
    assert "malicious: posts data to a webhook when installed" == carried.versions[0].reason


@pytest.mark.parametrize(
    ("files", "widen", "scope"),
    [
        (("a#1",), Scope.FILE, "versions"),
        (("a#1", "b#2"), Scope.FILE, "left_out"),
        ((), Scope.FILE, "left_out"),
        (("a#1", "b#2"), Scope.VERSION, "versions"),
        (("a#1", "b#2"), Scope.PROJECT, "versions"),
    ],
)
def test_a_file_that_cannot_be_carried_is_widened_alone_or_with_leave(record, finding, files, widen, scope):
    scopes = {Scope.FILE: no, Scope.VERSION: is_version}
    carried = carry_blocks(record(finding(1)), ExportOptions(widen=widen, known=known(*files)), scopes)
    assert 1 == len(getattr(carried, scope))
    assert 1 == len(carried.versions) + len(carried.left_out)


def test_a_project_is_blocked_only_with_leave(record, finding):
    scopes = {Scope.FILE: no, Scope.PROJECT: is_project}
    listed, files = record(finding(1)), known("a#1")
    left = carry_blocks(listed, ExportOptions(widen=Scope.VERSION, known=files), scopes)
    assert ("project_1-1.0.tar.gz: it cannot; --widen project blocks its project",) == left.left_out
    carried = carry_blocks(listed, ExportOptions(widen=Scope.PROJECT, known=files), scopes)
    assert ("all of project-1: 2 files",) == carried.widened


@pytest.mark.parametrize(
    ("why", "changes"),
    [
        ("", {}),
        ("its project is not known", {"project": ""}),
        ("the name of its project is not valid", {"project": "*"}),
        ("the name of its project is not valid", {"project": "a\n"}),
        ("the name of its project is not valid", {"project": "é"}),
        ("its version is not known", {"version": ""}),
        ("its version is not one of PEP 440", {"version": "*"}),
        ("its version is not one of PEP 440", {"version": "1.0\n"}),
        ("its version is not one of PEP 440", {"version": "1.0-final-2"}),
    ],
)
def test_a_version_is_carried_only_if_it_is_one(record, finding, why, changes):
    entry = replace(record(finding(1)).entries[0], **changes)
    assert why == is_version(entry)
    assert tuple([f"project_1-1.0.tar.gz: {why}"] * bool(why)) == tuple(
        line.partition(";")[0]
        for line in carry_blocks(replace(record(), entries=(entry,)), ExportOptions(), {Scope.VERSION: is_version}).left_out
    )  # fmt: skip


def test_names_of_packages_are_printable_in_what_is_named(record, finding):
    entry = replace(record(finding(1)).entries[0], filename="a\nb\u202e", reasons=("x\ny",), version="")
    carried = carry_blocks(replace(record(), entries=(entry,)), ExportOptions(), {Scope.VERSION: is_version})
    assert ("a\\u{a}b\\u{202e}: its version is not known",) == carried.left_out
    assert "malicious: x\\u{a}y" == tell_reason(entry)
