"""The registry of blocklist formats."""

from pathlib import Path

import pytest

import audit.blocklists
from audit.blocklists.registry import BLOCKLISTS, blocklist_format

NO_FORMAT = {
    "__init__",
    "admission",
    "bandersnatch_filter",
    "contract",
    "entries",
    "gathering",
    "holding",
    "mirror_files",
    "personal",
    "record",
    "registry",
    "renewal",
}


def test_every_format_on_disk_is_registered():
    there = {path.stem for path in Path(audit.blocklists.__file__).parent.glob("*.py")} - NO_FORMAT
    assert there == {type(target).__module__.rsplit(".", 1)[-1] for target in BLOCKLISTS}


def test_names_are_unique_and_find_their_format():
    assert [target.name for target in BLOCKLISTS] == ["json", "bandersnatch", "purge"]
    assert all(blocklist_format(target.name) is target for target in BLOCKLISTS)
    with pytest.raises(KeyError):
        blocklist_format("devpi")
