"""The addresses at which the files of a blocklist are served."""

from dataclasses import replace

import pytest

from audit.blocklists.mirror_files import MirrorFile
from audit.blocklists.targets.addresses import find_addresses, tell_addresses
from audit.blocklists.targets.contract import ExportOptions, Scope
from tests.audit.blocklists.targets.front_server import list_of

A, B = "a" * 64, "b" * 64


def folder(digest, name="p-1.0.zip"):
    return f"packages/{digest[:2]}/{digest[2:4]}/{digest[4:]}/{name}"


@pytest.fixture
def addresses(record, finding):
    """Return a function that finds the addresses of one entry with changes."""

    def found(options=None, **changes):
        entry = replace(record(finding(1)).entries[0], **{"blake2b_256": A, "path": folder(A), **changes})
        return find_addresses(list_of(entry), options or ExportOptions())

    return found


@pytest.mark.parametrize(
    ("changes", "folders", "paths", "names"),
    [
        ({}, (A,), (), ()),
        ({"path": ""}, (A,), (), ()),
        ({"blake2b_256": ""}, (A,), (), ()),
        ({"path": "files/p-1.0.zip"}, (A,), ("files/p-1.0.zip",), ()),
        ({"path": "files/p-1.0.zip", "blake2b_256": ""}, (), ("files/p-1.0.zip",), ()),
        ({"path": "", "blake2b_256": "", "filename": "p-1!2.0+x.zip"}, (), (), ("p-1!2.0+x.zip",)),
        ({"path": folder(A, "a\n;}\udcff")}, (A,), (), ()),
    ],
)
def test_a_file_is_blocked_by_its_folder_or_its_path_or_its_name(addresses, changes, folders, paths, names):
    found = addresses(**changes)
    assert (folders, paths, names, ()) == (found.folders, found.paths, found.names, found.left_out)


def test_bytes_in_the_folder_of_others_are_blocked_at_both_and_named(addresses):
    found = addresses(path=folder(B))
    assert (A, B) == found.folders
    assert 1 == len(found.widened)


def test_a_name_in_any_folder_is_named(addresses):
    assert 1 == len(addresses(path="", blake2b_256="", filename="p-1.0.zip").widened)
    assert () == addresses().widened


def test_copies_of_a_file_are_blocked_where_they_stand(addresses):
    copy = MirrorFile("project-1", "1.0", "copy.zip", "files/copy.zip", f"{1:064x}", "", None, "clear")
    other = replace(copy, path="files/other.zip", sha256="c" * 64)
    assert ("files/copy.zip",) == addresses(ExportOptions(known={"project-1": (copy, other)})).paths


@pytest.mark.parametrize(
    "name", ["a b.zip", "a\n.zip", 'a".zip', "a;.zip", "a%0a.zip", "a\u202e.zip", "a\udcff.zip", "a*.zip"]
)
def test_a_path_or_a_name_that_a_list_cannot_carry_is_left_out_and_named(addresses, name):
    by_path = addresses(path=f"files/{name}", filename=name)
    by_name = addresses(path="", blake2b_256="", filename=name)
    assert ((), (), 1) == (by_path.folders, by_path.paths, len(by_path.left_out))
    assert ((), 1) == (by_name.names, len(by_name.left_out))


def test_a_digest_alone_is_left_out_and_named(addresses):
    found = addresses(path="", blake2b_256="", filename="", project="")
    assert (f"{1:064x}: neither its path nor its name nor its BLAKE2b-256 is known",) == found.left_out
    assert "nothing" == tell_addresses(found)


def test_a_project_is_blocked_with_leave(addresses):
    found = addresses(ExportOptions(widen=Scope.PROJECT), path="", blake2b_256="", filename="", project="Project_1")
    assert (("project-1",), "1 project") == (found.projects, tell_addresses(found))
