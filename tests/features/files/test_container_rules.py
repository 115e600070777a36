"""Members whose headers contradict them are places that a person is shown."""

import re
from dataclasses import replace

from features.contract import Role
from features.files.container_rules import CONTAINER_RULES, anomaly_evidence


def test_a_member_with_an_anomaly_of_its_own_is_a_place_with_its_role(make_release, make_member):
    release = replace(
        make_release(make_member("setup.py")),
        anomalies={"bad_crc": 1},
        places=(("setup.py", "bad_crc"), ("!gone", "second_name"), ("a.py", "symlink")),
    )
    role = release.members[0].role
    found = [(place.member, place.indicator, place.role) for place in anomaly_evidence(release)]
    assert found == [("setup.py", "container_bad_crc", role), ("!gone", "container_second_name", Role.REST)]


def test_the_file_stands_for_a_compressed_stream_with_a_bad_checksum(make_release):
    release = replace(make_release(), anomalies={"bad_crc": 1})
    assert [release.filename] == [place.member for place in anomaly_evidence(release)]


def test_an_honest_archive_has_no_places(make_release):
    assert anomaly_evidence(make_release()) == ()


def test_meanings_complete_a_sentence():
    assert all(re.fullmatch(r"[a-z]+s .*[^.]", rule.meaning) for rule in CONTAINER_RULES)
    assert all(re.fullmatch(r"T\d{4}(\.\d{3})?", rule.technique) for rule in CONTAINER_RULES)
