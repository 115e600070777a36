"""A server in front of a small mirror, as an operator sets it up with an exported blocklist, on loopback alone."""

import http.client
import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from audit.blocklists.contract import Blocklist, BlocklistEntry
from audit.blocklists.targets.contract import BlocklistFormat, ExportOptions, Scope
from jobs.corpus.mirror_writer import MirrorWriter
from tests.audit.blocklists.targets.purge_tree import make_entry

WAIT = 20
"""Seconds that a server may take to start or to read its lists anew."""
RELOADS = 10
TIME = datetime(2021, 5, 5, tzinfo=UTC)
SERVED, REFUSED = 200, 403
EVIL, NEIGHBOUR, GOOD = "evil-1.1.tar.gz", "evil-1.0.tar.gz", "good-1.0.tar.gz"
PLAIN = "evil-3.0.tar.gz"
"""File that stands below `plain`, outside the folders of digests."""


class Mirror:
    """A mirror with three files in their folders, and one beside them."""

    def __init__(self, root: Path) -> None:
        writer = MirrorWriter(root)
        self.paths = {}
        for name in (EVIL, NEIGHBOUR, GOOD):
            project, version = name.removesuffix(".tar.gz").split("-")
            self.paths[name] = writer.add(project, version, name, name.encode(), TIME).path.removeprefix("web/")
        writer.finish(5)
        self.web = root / "web"
        self.paths[PLAIN] = f"plain/{PLAIN}"
        (self.web / "plain").mkdir()
        (self.web / self.paths[PLAIN]).write_bytes(PLAIN.encode())
        renamed = (self.web / self.paths[EVIL]).with_name("renamed-9.9.zip")
        renamed.write_bytes(EVIL.encode())
        for path in (*self.paths.values(), str(renamed.relative_to(self.web))):
            (self.web / f"{path}.metadata").write_text("Metadata-Version: 2.1\n")

    def entry(self, name: str, **changes: Any) -> BlocklistEntry:
        version = name.removesuffix(".tar.gz").split("-")[1]
        return replace(make_entry("evil", version, name, self.paths[name], name.encode()), **changes)


def list_of(*entries: BlocklistEntry) -> Blocklist:
    """Return a blocklist of these entries."""
    return Blocklist(2, "abc123", "2026-11-22", "", "5", "model", "run-1", 0, entries)


def write_export(target: BlocklistFormat, folder: Path, *entries: BlocklistEntry, widen: Scope = Scope.FILE) -> None:
    """Write the files of a target into a folder."""
    for name, text in target.export(list_of(*entries), ExportOptions(widen=widen)).files.items():
        (folder / name).write_text(text)


def find_program(name: str) -> str:
    """Return the path of a program, or skip the test."""
    found = shutil.which(name, path=f"{os.environ.get('PATH', '')}:/usr/sbin")
    if found is None:
        pytest.skip(f"no {name} here: Debian's package {name} has it")
    return found


def ask(port: int, path: str) -> int:
    """Return the status of a GET of a path, sent as it is."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        connection.request("GET", path)
        answer = connection.getresponse()
        answer.read()
        return answer.status
    finally:
        connection.close()


def is_soon(condition: Callable[[], bool], seconds: float) -> bool:
    """Return whether a condition holds within so many seconds."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        with suppress(OSError, http.client.HTTPException):
            if condition():
                return True
        time.sleep(0.05)
    return False


def wait_for(condition: Callable[[], bool]) -> None:
    """Wait until a condition holds; fails after `WAIT` seconds."""
    if not is_soon(condition, WAIT):
        pytest.fail("the server did not come to it in time")


@contextmanager
def public_folder() -> Iterator[Path]:
    """Make a folder that servers with a user of their own can read."""
    with tempfile.TemporaryDirectory() as name:
        Path(name).chmod(0o755)
        yield Path(name)


@contextmanager
def run_server(argv: Sequence[str], log: Path) -> Iterator[subprocess.Popen[bytes]]:
    """Run a server until the block ends."""
    with log.open("wb") as out, subprocess.Popen(argv, stdout=out, stderr=out, cwd=log.parent) as process:
        try:
            yield process
        finally:
            process.terminate()
            process.wait()


class FrontServer:
    """A running server: its mirror, the folder of its lists, its port, and how it reads its lists anew."""

    def __init__(
        self, target: BlocklistFormat, mirror: Mirror, lists: Path, port: int, reload: Callable[[], None]
    ) -> None:
        self.target = target
        self.mirror = mirror
        self.lists = lists
        self.port = port
        self.reload = reload

    def load(self, *entries: BlocklistEntry, until: tuple[str, int], widen: Scope = Scope.FILE) -> None:
        """Load the export of these entries and wait until a path has a status, whichever process answers."""
        write_export(self.target, self.lists, *entries, widen=widen)
        for _ in range(RELOADS):
            self.reload()
            # A server that is still busy with an earlier reload passes over this one.
            if is_soon(lambda: {until[1]} == {ask(self.port, until[0]) for _ in range(10)}, WAIT / RELOADS):
                return
        pytest.fail(f"{until[0]} never had the status {until[1]}")

    def statuses(self, *paths: str) -> list[int]:
        """Return the statuses of paths; a process that is ending may still answer by the lists of before."""
        seen = [ask(self.port, path) for path in paths]
        for _ in range(20):
            time.sleep(0.1)
            before, seen = seen, [ask(self.port, path) for path in paths]
            if before == seen and len(set(seen)) == 1:
                break
        return seen

    def check_file(self) -> None:
        """Check that a blocked file is refused under every name and spelling, and all else is served."""
        path = f"/{self.mirror.paths[EVIL]}"
        renamed = f"{path.rpartition('/')[0]}/renamed-9.9.zip"
        others = [f"/{self.mirror.paths[name]}" for name in (NEIGHBOUR, GOOD, PLAIN)] + ["/simple/evil/index.html"]
        self.load(until=(path, SERVED))
        assert [SERVED] * 7 == self.statuses(path, f"{path}.metadata", renamed, *others)
        self.load(self.mirror.entry(EVIL), until=(path, REFUSED))
        spellings = (path.replace("/packages/", "/%70ackages/"), path.replace("-1.1", "%2d1.1"), f"{path}?x=1")
        assert [REFUSED] * 7 == self.statuses(path, f"{path}.metadata", renamed, f"{renamed}.metadata", *spellings)
        detours = (
            path.replace("/evil-", "//evil-"),
            path.replace("/evil-", "/./evil-"),
            path.replace("/evil-", "/../" + path.split("/")[4] + "/evil-"),
            f"/{path}",
            path[:12] + "%" + f"{ord(path[12]):x}" + path[13:],
        )
        assert SERVED not in self.statuses(*detours)
        assert [SERVED] * 4 == self.statuses(*others)
        self.load(until=(path, SERVED))
        assert [SERVED] * 3 == self.statuses(path, f"{path}.metadata", renamed)

    def check_plain(self) -> None:
        """Check that a file outside the folders of digests is refused by its path, or else by its name."""
        path, other = (f"/{self.mirror.paths[name]}" for name in (PLAIN, NEIGHBOUR))
        for entry in (self.mirror.entry(PLAIN), self.mirror.entry(PLAIN, path="", blake2b_256="")):
            self.load(until=(path, SERVED))
            self.load(entry, until=(path, REFUSED))
            assert [REFUSED, REFUSED, SERVED] == self.statuses(path, f"{path}.metadata", other)

    def check_project(self) -> None:
        """Check that a blocked project has neither pages nor files, and its neighbour has both."""
        page, path = "/simple/evil/index.html", f"/{self.mirror.paths[NEIGHBOUR]}"
        good = ("/simple/good/index.html", f"/{self.mirror.paths[GOOD]}", "/json/good")
        unknown = self.mirror.entry(EVIL, path="", blake2b_256="", filename="")
        self.load(until=(page, SERVED))
        self.load(unknown, until=(page, REFUSED), widen=Scope.PROJECT)
        assert [REFUSED] * 5 == self.statuses(page, "/simple/evil/", "/json/evil", "/pypi/evil/json", path)
        assert [SERVED] * 3 == self.statuses(*good)
        self.load(until=(page, SERVED))
