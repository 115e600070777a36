"""blocklist.json and sha256.txt."""

import json

import pytest

from audit.blocklists.build import build_blocklist
from audit.blocklists.canonical import BLOCKLIST, CanonicalExport, parse_blocklist, read_blocklist, render_blocklist
from audit.config import BlocklistSettings

SETTINGS = BlocklistSettings()


def test_the_canonical_list_round_trips(document, finding):
    listed = build_blocklist(document(finding(1), finding(2)), SETTINGS)
    assert listed == parse_blocklist(render_blocklist(listed))
    digests = CanonicalExport().export(listed).files["sha256.txt"]
    assert f"{1:064x}\n{2:064x}\n" == digests


def test_the_export_is_the_list_itself_and_widens_nothing(document, finding):
    listed = build_blocklist(document(finding(1)), SETTINGS)
    export = CanonicalExport().export(listed)
    assert listed == parse_blocklist(export.files[BLOCKLIST])
    assert () == export.widened
    assert [BLOCKLIST, "sha256.txt"] == list(export.files)


def test_a_digest_that_two_files_share_is_listed_once(document, finding):
    listed = build_blocklist(document(finding(1), finding(1, filename="copy.tar.gz")), SETTINGS)
    assert 2 == len(listed.entries)
    assert f"{1:064x}\n" == CanonicalExport().export(listed).files["sha256.txt"]


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", json.dumps({"entries": [{}]}), json.dumps({"entries": 1})])
def test_a_list_that_a_person_edited_is_none(tmp_path, text):
    (tmp_path / BLOCKLIST).write_text(text)
    assert read_blocklist(tmp_path) is None
    assert read_blocklist(tmp_path / "nowhere") is None


def test_a_list_on_disk_is_read(tmp_path, document, finding):
    listed = build_blocklist(document(finding(1)), SETTINGS)
    (tmp_path / BLOCKLIST).write_text(render_blocklist(listed))
    assert listed == read_blocklist(tmp_path)
