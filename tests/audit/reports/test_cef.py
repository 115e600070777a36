"""Tests findings.cef: syslog lines whose fields a package cannot forge."""

import re

from audit.reports.cef import CefReport
from jobs.contract import MirrorFault
from model.contract import Verdict


def test_a_finding_is_one_line_with_its_severity(document, finding):
    (line,) = CefReport().render(document(finding(version="1|0"), finding(verdict=Verdict.REVIEW))).splitlines()[:1]
    assert line.startswith(
        "<105>1 2026-11-22T03:40:00+00:00 - boojum - - - CEF:0|boojum|boojum|0.1.0|malicious|malicious artifact|9|"
    )
    assert "act=reported reason=posts data to a webhook msg=setup.py:12: post(url) cs1Label=run" in line


def test_a_pair_cannot_be_forged_and_a_waived_finding_is_silent(document, finding, hostile_document):
    (line, *more) = CefReport().render(document(finding(filename="a\nact=blocked\\.tar.gz"))).splitlines()
    assert not more
    assert r"fname=a\\u{a}act\=blocked\\.tar.gz" in line
    assert 1 == len(CefReport().render(hostile_document).splitlines())


def test_a_bar_in_a_header_is_escaped(document):
    (line,) = CefReport().render(document(faults=(MirrorFault("a|b", "gone"),))).splitlines()
    assert re.search(r"\|mirror-a\\\|b\|mirror fault\|6\|msg=gone ", line)
