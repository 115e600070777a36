"""The record as JSON."""

from audit.blocklists.canonical import render_blocklist
from audit.blocklists.record import parse_record


def test_what_is_rendered_is_read_back(record, finding):
    listed = record(finding(1), finding(2))
    assert listed == parse_record(render_blocklist(listed).encode())
