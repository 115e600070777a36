"""OSV records: malware is known bad, vulnerabilities are not, and a broken part costs only itself."""

import json
import zipfile

from audit.feeds.entry import Counts
from audit.feeds.osv import OsvFormat, is_malware
from audit.feeds.source import BrokenRecords

EVERYTHING = [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}]}]


def read(tmp_path, *records):
    for number, each in enumerate(records):
        text = each if isinstance(each, str) else json.dumps(each)
        (tmp_path / f"{number}.json").write_text(text)
    counts, broken = Counts(), BrokenRecords()
    return list(OsvFormat().read(tmp_path, counts, broken)), counts, broken


def test_malware_is_told_apart_from_vulnerabilities(record):
    assert is_malware(record("MAL-2024-1", "a"))
    assert is_malware(record("GHSA-1", "a", aliases=["MAL-2024-1"]))
    assert is_malware({**record("GHSA-2", "a"), "database_specific": {"cwe_ids": ["CWE-506"]}})
    assert not is_malware({**record("GHSA-3", "a"), "database_specific": {"cwe_ids": ["CWE-79"]}})
    assert not is_malware(record("PYSEC-2024-1", "a"))


def test_versions_names_and_ranges_in_any_spelling(tmp_path, record):
    entries, counts, broken = read(
        tmp_path,
        record("MAL-1", "Zope.Interface", versions=["1.0.0", "1.0"]),
        record("MAL-2", "b_b", ranges=EVERYTHING),
        record("MAL-3", "c"),
        record("MAL-4", "d", ranges=[{"type": "ECOSYSTEM", "events": [{"introduced": "1"}, {"fixed": "2"}]}]),
        record("PYSEC-1", "e"),
        record("MAL-5", "left-pad", ecosystem="npm"),
    )
    assert [
        ("version", "zope-interface", "1", ""),
        ("name", "b-b", "", ""),
        ("name", "c", "", ""),
        ("version", "d", "", '[["introduced", "1"], ["fixed", "2"]]'),
    ] == [(each.kind, each.project, each.version, each.ranges) for each in entries]
    assert (4, {"vulnerabilities": 1, "of no project of PyPI": 1}) == (counts.records, dict(counts.left_out))
    assert not broken.total


def test_digests_are_those_of_artifacts_and_never_that_of_a_report(tmp_path, record, integrity):
    good, report = "A" * 64, "b" * 64
    entries, _, broken = read(
        tmp_path,
        {
            **record("MAL-1", "a", versions=["1.0"], database_specific=integrity(sha256=good, md5="c" * 32)),
            "database_specific": {"malicious-packages-origins": [{"sha256": report}]},
        },
        record("MAL-2", "b", versions=["1.0"], database_specific=integrity(sha256="short")),
    )
    assert [good.lower()] == [each.sha256 for each in entries if each.kind == "digest"]
    assert ["1.json: MAL-2"] == [where for where, _ in broken.named]


def test_a_broken_record_is_named_and_the_rest_is_used(tmp_path, record):
    odd_range = [{"type": "ECOSYSTEM", "events": [{"introduced": "zzz"}]}]
    entries, counts, broken = read(
        tmp_path, "{", "[[]]", record("", "a"), record("MAL-1", "a", versions=["odd"], ranges=odd_range)
    )
    assert ["odd"] == [each.version for each in entries]
    assert 1 == counts.records
    assert ["0.json", "1.json[0]", "2.json", "3.json: MAL-1"] == sorted(where for where, _ in broken.named)


def test_a_zip_is_read_as_osv_scanner_takes_it_and_a_damaged_member_costs_only_itself(tmp_path, record):
    archive = tmp_path / "all.zip"
    with zipfile.ZipFile(archive, "w") as made:
        for name in ("MAL-1", "MAL-2"):
            made.writestr(f"{name}.json", json.dumps(record(name, "a", versions=["1"])))
    content = archive.read_bytes()
    archive.write_bytes(content.replace(b'"id": "MAL-2"', b'"id": "MAL-3"', 1))
    counts, broken = Counts(), BrokenRecords()
    assert ["MAL-1"] == [each.record for each in OsvFormat().read(archive, counts, broken)]
    assert ["MAL-2.json"] == [where for where, _ in broken.named]
