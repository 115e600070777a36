"""Tests the way from a finding to a clean mirror with the real bandersnatch, 6.8 and 8, and an index on loopback."""

import shutil
import subprocess
import sys

import pytest

from audit.blocklists.contract import Blocklist
from audit.blocklists.targets.bandersnatch import FRAGMENT, BandersnatchExport
from audit.blocklists.targets.contract import ExportOptions
from audit.blocklists.targets.purge import PurgeExport
from tests.audit.blocklists.bandersnatch_operator import VARIABLE, BandersnatchOperator, newer_python, version_of
from tests.audit.blocklists.loopback_index import serve_index
from tests.audit.blocklists.targets.purge_tree import make_entry

EVIL, GOOD, WHEEL, NEWER = "evil-1.1.tar.gz", "evil-1.0.tar.gz", "evil-1.1-py3-none-any.whl", "evil-1.2.tar.gz"


class Operator(BandersnatchOperator):
    """Someone who runs one version of bandersnatch, and what boojum exported."""

    def take(self, *entries) -> None:
        """Export both targets, and merge the fragment."""
        listed = Blocklist(1, "abc123", "2026-11-22", "", "5", "model", "run-1", 0, entries, mirror=str(self.web))
        for name, text in PurgeExport().export(listed, ExportOptions()).files.items():
            (self.folder / name).write_text(text)
        self.fragment = BandersnatchExport().export(listed, ExportOptions()).files[FRAGMENT]

    def filter(self, *, on: bool) -> None:
        self.conf.write_text(self.text + (self.fragment if on else ""))

    def purge(self, *arguments: str) -> str:
        done = subprocess.run(
            [sys.executable, self.folder / "purge.py", *arguments], capture_output=True, text=True, check=False
        )
        assert (done.returncode, done.stderr) == (0, ""), done.stdout
        return done.stdout

    def undo(self) -> None:
        for log in (self.root / "boojum-quarantine").glob("*/log.jsonl"):
            self.purge("--undo", str(log), "--do")

    def listed(self) -> set[str]:
        """Return the files that all pages of `evil` list."""
        return self.listed_files("evil", (EVIL, GOOD, WHEEL, NEWER))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("hash_index", "more"),
    [
        pytest.param("false", "", id="default"),
        pytest.param("true", "keep_index_versions = 2", id="hash-index and kept versions"),
    ],
)
def test_what_is_purged_stays_away_while_the_filter_is_in_force(tmp_path, python, hash_index, more):
    with serve_index() as index:
        operator = Operator(tmp_path, python, index.address, hash_index, more)
        paths = {
            name: index.add("evil", "1.1", name, metadata) for name, metadata in ((EVIL, b""), (WHEEL, b"Name: e"))
        }
        index.add("evil", "1.0", GOOD)
        index.add("good", "1.0", "good-1.0.tar.gz")
        operator.bandersnatch("mirror")
        whole = {EVIL, WHEEL, GOOD}
        sidecars = {f"{WHEEL}.metadata"} if python != sys.executable else set()
        assert (whole, whole | sidecars | {"good-1.0.tar.gz"}) == (operator.listed(), operator.files())

        operator.take(*(make_entry("evil", "1.1", name, path, name.encode()) for name, path in paths.items()))
        operator.filter(on=True)
        assert "nothing was changed: add --do" in operator.purge()
        operator.purge("--do")
        clean = ({GOOD}, {GOOD, "good-1.0.tar.gz"})
        assert clean == (operator.listed(), operator.files())

        # The next sync of a changed project, and the repair of the whole mirror.
        index.touch("evil")
        operator.bandersnatch("mirror")
        assert clean == (operator.listed(), operator.files())
        operator.bandersnatch("verify", "--json-update", "--delete")
        assert clean == (operator.listed(), operator.files())
        operator.bandersnatch("sync", "evil")
        index.add("evil", "1.2", NEWER)
        operator.bandersnatch("mirror")
        assert ({GOOD, NEWER}, {GOOD, NEWER, "good-1.0.tar.gz"}) == (operator.listed(), operator.files())

        # bandersnatch writes the document of a project before it filters; the next purge takes them off again.
        assert EVIL in (operator.web / "json/evil").read_text()
        assert "json/evil" in operator.purge("--do")
        assert EVIL not in (operator.web / "json/evil").read_text()
        assert "no steps, no problems" in operator.purge("--do")

        # A mistake: put back, waived (no filter), and bandersnatch finds nothing to repair.
        operator.undo()
        operator.filter(on=False)
        assert (whole | {NEWER}, whole | {NEWER} | sidecars) == (
            operator.listed(),
            operator.files() - {"good-1.0.tar.gz"},
        )
        before = {path: path.stat().st_ino for path in (operator.web / "packages").rglob("*")}
        operator.bandersnatch("verify", "--delete")
        assert before == {path: path.stat().st_ino for path in (operator.web / "packages").rglob("*")}


@pytest.mark.slow
def test_without_the_filter_the_next_sync_brings_the_files_back(tmp_path, python):
    with serve_index() as index:
        operator = Operator(tmp_path, python, index.address, "false", "")
        path = index.add("evil", "1.1", EVIL)
        index.add("evil", "1.0", GOOD)
        operator.bandersnatch("mirror")
        operator.take(make_entry("evil", "1.1", EVIL, path, EVIL.encode()))
        assert "The next sync brings these files back unless" in operator.purge("--do")
        assert {GOOD} == operator.listed()
        operator.bandersnatch("mirror")
        assert {GOOD} == operator.listed()  # nothing changed upstream
        index.touch("evil")
        operator.bandersnatch("mirror")
        assert ({EVIL, GOOD}, {EVIL, GOOD}) == (operator.listed(), operator.files())


@pytest.mark.slow
def test_the_fragment_of_an_empty_list_blocks_nothing(tmp_path, python):
    with serve_index() as index:
        operator = Operator(tmp_path, python, index.address, "false", "")
        index.add("evil", "1.1", EVIL)
        operator.take()
        operator.filter(on=True)
        operator.bandersnatch("mirror")
        assert ({EVIL}, {EVIL}) == (operator.listed(), operator.files())


def test_a_bandersnatch_of_another_version_is_looked_for_by_its_variable(monkeypatch):
    monkeypatch.setenv(VARIABLE, shutil.which("true") or "/bin/true")
    assert "" == version_of(newer_python())
