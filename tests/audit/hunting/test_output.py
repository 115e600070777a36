"""Tests how a hunt is shown."""

from audit.hunting.contract import HuntHit, HuntResult
from audit.hunting.output import render_hunt


def hit(**changes):
    facts = {"asked": "host evil", "project": "a", "version": "1", "filename": "a-1.tar.gz", "path": "p", "sha256": "0"}
    return HuntHit(**{**facts, "verdict": "clear", "score": 0.5, **changes})


def test_places_stand_below_their_artifact():
    text = render_hunt(HuntResult((hit(place="a.py:1"), hit(place="b.py:2")), 5, 1))
    assert ["clear 0.5000  a-1.tar.gz  0", "    host evil  a.py:1", "    host evil  b.py:2"] == text.splitlines()[:3]
    assert "3 of them are not shown; --limit shows more" in text


def test_nothing_found_is_said_with_what_was_not_searched():
    assert "nothing found" == render_hunt(HuntResult((), 0, 0))
    text = render_hunt(HuntResult((), 0, 0, 12, (("a\x1b-1.tar.gz", "no archive"),)))
    assert "12 files read again, 1 not searched to their end" in text
    assert "\x1b" not in text
