"""Provides nights from which the record is renewed."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from audit.blocklists import entries
from audit.blocklists.entries import Night
from audit.blocklists.holding import HoldRule
from audit.blocklists.mirror_files import MirrorFile, MirrorFiles
from audit.blocklists.renewal import renew_record
from audit.config import BlocklistSettings
from audit.decisions.matching import Decisions
from tests.audit.blocklists.bandersnatch_operator import find_python
from tests.audit.conftest import make_document

FIRST = date(2026, 11, 22)
"""Day of the first night."""


def file_of(finding, **changes):
    """Return the file of a finding, with changes."""
    return replace(entries.file_of(finding), **changes)


def make_night(*findings, day=0, files=None, decisions=None, popular=None, rule=None, **changes):
    """Return the facts of a night `day` days after the first one, with the files of the findings on the mirror."""
    there = [file_of(finding) for finding in findings] if files is None else files
    by_sha256: dict[str, list[MirrorFile]] = {}
    for file in there:
        by_sha256.setdefault(file.sha256, []).append(file)
    finished = datetime(2026, 11, 22, 3, 40, tzinfo=UTC) + timedelta(days=day)
    document = make_document(*findings, **{"finished": finished, "run": f"run-{day}", **changes})
    return Night(
        document,
        MirrorFiles({sha256: tuple(group) for sha256, group in by_sha256.items()}),
        rule or HoldRule(finished.date(), 14, "suspicious", popular or {}),
        decisions or Decisions(),
        "7",
    )


@pytest.fixture
def night():
    return make_night


@pytest.fixture
def record():
    """Return a function that makes the record of a first night."""

    def made(*findings, settings=None, **changes):
        return renew_record(None, make_night(*findings, **changes), settings or BlocklistSettings())

    return made


@pytest.fixture(params=["6.8", "8"])
def python(request):
    """Return the path of a Python that has bandersnatch of a version; the test is skipped where there is none."""
    return find_python(request.param)
