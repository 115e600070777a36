"""The projects that a person blocked as a whole."""

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from audit.blocklists.mirror_files import MirrorFile
from audit.blocklists.standing import find_standing_blocks
from audit.decisions.contract import Block, Scope, Waiver
from audit.decisions.matching import Decisions

TODAY = date(2026, 12, 1)
BLOCK = Block(
    scope=Scope.PROJECT, project="evil", owner="sec", reason="seen", decided=datetime(2026, 11, 30, tzinfo=UTC)
)
WAIVER = Waiver(
    scope=Scope.PROJECT,
    project="evil",
    owner="ops",
    reason="ours",
    expires=date(2027, 1, 1),
    decided=datetime(2026, 12, 1, tzinfo=UTC),
)
FILE = MirrorFile("evil", "1.0", "evil-1.0.zip", "", f"{1:064x}", "", None, "clear")


@pytest.mark.parametrize(
    ("block", "waivers", "files", "projects"),
    [
        (BLOCK, (), (FILE,), ["evil"]),
        (BLOCK, (), (), ["evil"]),
        (BLOCK, (), (FILE, replace(FILE, sha256="9" * 64)), []),
        (BLOCK, (WAIVER,), (FILE,), []),
        (BLOCK, (replace(WAIVER, expires=date(2026, 11, 30)),), (FILE,), ["evil"]),
        (BLOCK, (replace(WAIVER, decided=datetime(2026, 11, 29, tzinfo=UTC)),), (FILE,), ["evil"]),
        (replace(BLOCK, scope=Scope.RELEASE, version="1.0"), (), (FILE,), []),
    ],
)
def test_a_project_stands_blocked_while_all_its_files_are(record, finding, block, waivers, files, projects):
    decisions = Decisions(waivers=waivers, blocks=(block,))
    standing = find_standing_blocks(record(finding(1)), decisions, {"evil": files}, TODAY)
    assert projects == list(standing)
    assert ["blocked by sec: seen"] * len(projects) == list(standing.values())
