"""Bounds: those of the configuration, those of the features, and the names that rows give for them."""

import re
from dataclasses import fields
from pathlib import Path

import pytest

from features import limits
from features.completeness import FAILED_GROUP, STOPPING_LIMITS
from features.limits import FIXED_LIMITS, Limits

ROOM = Path(__file__).parents[2] / "features"
CONFIGURED = {field.name for field in fields(Limits)}
FIXED = {limit.name for limit in FIXED_LIMITS}
LISTS = {"listed_members", "listed_hosts", FAILED_GROUP}
"""Limits of what a row lists, and the fault of a group; docs/operations.md names them."""
NOTED = re.compile(r'(?:limits\.add\(|record_limit\(|\.stop\(|return \{\}, \(|^\w*LIMIT = )"(\w+)"', re.MULTILINE)


def noted_limits() -> set[str]:
    return {name for path in ROOM.rglob("*.py") for name in NOTED.findall(path.read_text(encoding="utf-8"))}


def test_no_bound_is_both_configured_and_fixed():
    assert not CONFIGURED & FIXED
    assert len(FIXED) == len(FIXED_LIMITS)


def test_every_limit_that_a_row_names_is_documented():
    noted = noted_limits()
    assert {"seconds", "member_bytes", "syntax_bytes", "text_source_bytes", "binary_bytes", "encoding_bytes"} <= noted
    assert noted <= CONFIGURED | FIXED | LISTS
    assert STOPPING_LIMITS <= CONFIGURED | {FAILED_GROUP}


def test_only_configured_limits_stop_the_reading_of_an_artifact():
    assert not STOPPING_LIMITS & FIXED


@pytest.mark.parametrize("limit", FIXED_LIMITS, ids=lambda limit: limit.name)
def test_a_fixed_limit_is_its_constant_and_has_a_sentence(limit):
    assert limit.value == getattr(limits, limit.name.upper())
    assert limit.meaning[0].isupper()
    assert limit.meaning.endswith(".")


@pytest.mark.parametrize("field", fields(Limits), ids=lambda field: field.name)
def test_a_configured_limit_is_read_by_the_code(field):
    users = [
        path for path in ROOM.rglob("*.py") if re.search(rf"limits\.{field.name}\b", path.read_text(encoding="utf-8"))
    ]
    assert users
