"""Tests findings.json: it round-trips, is ASCII, and an older file can still be read."""

import json

import pytest

from audit.reports.json import JsonReport, parse_document


def test_json_round_trips(hostile_document):
    assert hostile_document == parse_document(JsonReport().render(hostile_document))


def test_json_is_ascii(hostile_document):
    assert JsonReport().render(hostile_document).isascii()


def test_json_keys_do_not_depend_on_the_order_of_counting(document):
    keys = json.loads(JsonReport().render(document()))
    assert 1 == keys["schema_version"]
    assert ["run", "previous_run"] == list(keys)[1:3]


def test_a_document_of_an_older_boojum_is_read_without_newer_keys(document, finding, context):
    older = json.loads(JsonReport().render(document(finding(**context))))
    for name in context:
        del older["findings"][0][name]
    assert parse_document(json.dumps(older)) == document(finding())


@pytest.mark.parametrize("text", ["", "[]", "{}", json.dumps({"schema_version": 1})])
def test_another_text_is_no_document(text):
    with pytest.raises((ValueError, KeyError, TypeError)):
        parse_document(text)


def test_the_promised_keys_are_there(document, finding):
    content = json.loads(JsonReport().render(document(finding())))
    assert {"findings", "cleared", "unexamined", "found", "points", "unread", "totals", "counts"} <= set(content)
    assert {"member", "line", "indicator", "meaning", "technique", "role", "excerpt", "context", "context_line"} == set(
        content["findings"][0]["places"][0]
    )
