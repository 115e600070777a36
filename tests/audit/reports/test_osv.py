"""Tests osv.zip: a record for each release, with an id that a re-run keeps."""

import io
import json
import zipfile
from datetime import date

from audit.decisions.contract import Waiver
from audit.reports.osv import OsvReport
from model.contract import Verdict


def records(document, run_folder):
    content = b"".join(OsvReport().stream(document, run_folder))
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return {name: json.loads(archive.read(name)) for name in archive.namelist()}


def test_files_of_a_release_are_one_record_with_their_digests(document, finding, run_folder):
    both = (finding(1, project="a"), finding(2, project="a", filename="a-1.0-py3-none-any.whl"))
    ((name, record),) = records(document(*both), run_folder).items()
    assert name == f"{record['id']}.json"
    (affected,) = record["affected"]
    assert ({"ecosystem": "PyPI", "name": "a"}, ["1.0"]) == (affected["package"], affected["versions"])
    files = affected["database_specific"]["indicators"]["package_integrity"]
    assert [f"{1:064x}", f"{2:064x}"] == [file["hashes"]["sha256"] for file in files]
    again = records(document(both[0], run="later"), run_folder)
    assert [name] == list(again)


def test_the_day_of_publication_is_that_on_which_the_file_was_first_seen(document, finding, run_folder):
    (record,) = records(document(finding(first_seen=date(2026, 11, 1))), run_folder).values()
    assert ("2026-11-01T00:00:00Z", "2026-11-22T03:40:00Z") == (record["published"], record["modified"])


def test_what_waits_for_review_or_is_waived_or_has_no_release_is_no_record(document, finding, run_folder):
    waiver = Waiver(sha256="", owner="ops", reason="known", expires=date(2027, 1, 1))
    none = (finding(1, verdict=Verdict.REVIEW), finding(2, waiver=waiver), finding(3, project=""))
    assert {} == records(document(*none), run_folder)


def test_the_same_document_gives_the_same_bytes(document, finding, run_folder):
    first, second = (b"".join(OsvReport().stream(document(finding()), run_folder)) for _ in range(2))
    assert first == second
