"""The registry of blocklist formats."""

from pathlib import Path

import pytest

import audit.blocklists.targets
from audit.blocklists.targets.contract import Scope
from audit.blocklists.targets.registry import BLOCKLISTS, blocklist_format, render_targets

NO_FORMAT = {"__init__", "addresses", "contract", "registry", "widening"}


def test_every_format_on_disk_is_registered():
    there = {path.stem for path in Path(audit.blocklists.targets.__file__).parent.glob("*.py")} - NO_FORMAT
    assert there == {type(target).__module__.rsplit(".", 1)[-1] for target in BLOCKLISTS}


def test_names_are_unique_and_find_their_format():
    names = [target.name for target in BLOCKLISTS]
    assert ["json", "bandersnatch", "purge"] == names[:3]
    assert len(names) == len(set(names))
    assert all(blocklist_format(target.name) is target for target in BLOCKLISTS)
    with pytest.raises(KeyError):
        blocklist_format("none")


@pytest.mark.parametrize("target", BLOCKLISTS, ids=lambda target: target.name)
def test_a_target_says_what_it_does(target):
    assert target.actions
    assert target.scopes
    assert sorted(target.scopes, key=list(Scope).index) == list(target.scopes)
    assert f"{target.name} " in render_targets()
    assert len(target.summary) < 100
