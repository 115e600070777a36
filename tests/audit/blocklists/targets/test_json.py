"""blocklist.json and sha256.txt."""

from audit.blocklists.canonical import BLOCKLIST
from audit.blocklists.record import parse_record
from audit.blocklists.targets.contract import ExportOptions
from audit.blocklists.targets.json import JsonExport


def test_the_export_is_the_list_itself_and_widens_nothing(record, finding):
    listed = record(finding(1), finding(2))
    export = JsonExport().export(listed, ExportOptions())
    assert listed == parse_record(export.files[BLOCKLIST].encode())
    assert () == export.widened
    assert [BLOCKLIST, "sha256.txt"] == list(export.files)
    assert f"{1:064x}\n{2:064x}\n" == export.files["sha256.txt"]


def test_a_digest_that_two_files_share_is_listed_once(record, finding):
    listed = record(finding(1), finding(1, filename="copy.tar.gz", path="packages/copy.tar.gz"))
    assert 2 == len(listed.entries)
    assert f"{1:064x}\n" == JsonExport().export(listed, ExportOptions()).files["sha256.txt"]
