"""Tests findings.jsonl: a JSON object a line, each with its type."""

import json

from audit.reports.jsonl import JsonLinesReport
from jobs.contract import MirrorFault


def lines(document):
    return [json.loads(line) for line in JsonLinesReport().render(document).splitlines()]


def test_the_run_comes_first_and_every_item_is_a_line(document, finding):
    run, fault, first, second, unexamined = lines(
        document(finding(1), finding(2), faults=(MirrorFault("shrank", "less"),))
    )
    assert ("run", "20261122T033000Z-abcd", 3_000) == (run["type"], run["run"], run["counts"]["on_disk"])
    assert ("fault", "shrank") == (fault["type"], fault["code"])
    assert [("finding", 1, "malicious"), ("finding", 2, "malicious")] == [
        (line["type"], line["rank"], line["verdict"]) for line in (first, second)
    ]
    assert ("unexamined", "broken-1.0.tar.gz") == (unexamined["type"], unexamined["filename"])


def test_a_hostile_name_makes_no_line_of_its_own(hostile_document):
    text = JsonLinesReport().render(hostile_document)
    assert text.isascii()
    assert ["run", "finding", "finding", "cleared", "unexamined"] == [line["type"] for line in lines(hostile_document)]
