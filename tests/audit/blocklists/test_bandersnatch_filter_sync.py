"""Tests the filter plugin in a sync of the real bandersnatch, 6.8 and 8, from an index on loopback."""

import os
import tomllib
from pathlib import Path

import pytest

from audit.blocklists.canonical import render_blocklist
from audit.blocklists.contract import Blocklist
from tests.audit.blocklists.bandersnatch_operator import BandersnatchOperator
from tests.audit.blocklists.loopback_index import serve_index
from tests.audit.blocklists.targets.purge_tree import make_entry

ROOT = Path(__file__).parents[3]
EVIL, GOOD, WHEEL = "evil-1.1.tar.gz", "evil-1.0.tar.gz", "evil-1.1-py3-none-any.whl"


def install_plugin(folder: Path) -> None:
    """Write what `pip install --no-deps boojum` leaves beside a bandersnatch: the entry points of pyproject.toml."""
    groups = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["entry-points"]
    lines = [
        line for name, group in groups.items() for line in (f"[{name}]", *(f"{k} = {v}" for k, v in group.items()))
    ]
    info = folder / "boojum-0.0.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: boojum\nVersion: 0.0\n")
    (info / "entry_points.txt").write_text("\n".join(lines) + "\n")


class Operator(BandersnatchOperator):
    """Someone whose bandersnatch.conf enables the plugin."""

    def enable(self) -> None:
        self.list = self.folder / "runs" / "blocklist.json"
        self.list.parent.mkdir()
        install_plugin(self.folder / "site")
        self.environment["PYTHONPATH"] = os.pathsep.join([str(self.folder / "site"), str(ROOT)])
        self.conf.write_text(f"{self.text}\n[plugins]\nenabled =\n    boojum\n\n[boojum]\nblocklist = {self.list}\n")

    def block(self, *entries) -> None:
        listed = Blocklist(2, "abc123", "2026-11-22", "", "5", "model", "run-1", 0, entries)
        self.list.write_text(render_blocklist(listed))

    def listed(self) -> set[str]:
        return self.listed_files("evil", (EVIL, GOOD, WHEEL))


@pytest.mark.slow
def test_a_sync_refuses_what_the_record_names_until_it_is_off_the_record(tmp_path, python):
    with serve_index() as index:
        operator = Operator(tmp_path, python, index.address)
        index.add("evil", "1.0", GOOD)
        paths = {name: index.add("evil", "1.1", name) for name in (EVIL, WHEEL)}
        operator.enable()
        operator.block(make_entry("evil", "1.1", EVIL, paths[EVIL], EVIL.encode()))
        log = operator.bandersnatch("mirror")
        assert ({GOOD, WHEEL}, {GOOD, WHEEL}) == (operator.listed(), operator.files())
        assert "boojum blocks 1 files:" in log
        assert f"boojum refuses '{EVIL}': malicious: posts data to a webhook" in log

        # The release without a file left is no release; a repair of the whole mirror brings nothing back.
        operator.block(*(make_entry("evil", "1.1", name, paths[name], name.encode()) for name in paths))
        operator.bandersnatch("sync", "evil")
        operator.bandersnatch("verify", "--json-update", "--delete")
        assert ({GOOD}, {GOOD}) == (operator.listed(), operator.files())

        # A list that is broken stops the sync and the repair, and nothing changes.
        operator.list.write_text("{")
        for verb in (["mirror"], ["verify", "--delete"]):
            assert "bandersnatch is stopped before it mirrors anything" in operator.bandersnatch(*verb, status=1)
        assert ({GOOD}, {GOOD}) == (operator.listed(), operator.files())

        operator.block()
        operator.bandersnatch("sync", "evil")
        assert ({EVIL, GOOD, WHEEL}, {EVIL, GOOD, WHEEL}) == (operator.listed(), operator.files())
