"""A small mirror with a file to purge, and the exported script that is run on it."""

import hashlib
import importlib.machinery
import importlib.util
import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from types import ModuleType
from typing import Any

from audit.blocklists.contract import Blocklist, BlocklistEntry
from audit.blocklists.targets.contract import ExportOptions
from audit.blocklists.targets.purge import LIST, SCRIPT, PurgeExport
from jobs.corpus.mirror_writer import MirrorWriter

TIME = datetime(2021, 5, 5, 14, 18, 17, 123456, tzinfo=UTC)
EVIL = "evil-1.1.tar.gz"


def make_entry(project: str, version: str, filename: str, path: str, content: bytes) -> BlocklistEntry:
    return BlocklistEntry(
        purl="",
        project=project,
        version=version,
        filename=filename,
        sha256=hashlib.sha256(content).hexdigest(),
        blake2b_256=hashlib.blake2b(content, digest_size=32).hexdigest(),
        score=0.99,
        verdict="malicious",
        reasons=("posts data to a webhook",),
        first_seen="2026-11-22",
        source_run="run-1",
        expires_at="",
        path=path,
    )


class PurgeTree:
    """A mirror at `root`, the entries to purge, and a folder with the exported list and script."""

    def __init__(self, folder: Path, files: Mapping[str, str], evil: tuple[str, ...] = (EVIL,)) -> None:
        """Write a mirror of these files, {name: version}; the files named in `evil` are on the list."""
        self.root = folder / "mirror"
        self.web = self.root / "web"
        self.quarantine = self.root / "boojum-quarantine"
        self.into = folder / "export"
        self.into.mkdir(parents=True)
        self.files = dict(files)
        writer = MirrorWriter(self.root)
        self.paths: dict[str, str] = {}
        for name, version in files.items():
            placed = writer.add(name.split("-")[0], version, name, name.encode(), TIME)
            self.paths[name] = placed.path.removeprefix("web/")
        writer.finish(5)
        self.entries = [self.entry(name) for name in evil]
        self.export()

    def entry(self, name: str, **changes: Any) -> BlocklistEntry:
        project, version = name.partition("-")[0], self.files.get(name, "1.0")
        return replace(make_entry(project, version, name, self.paths.get(name, ""), name.encode()), **changes)

    def export(self, *entries: BlocklistEntry) -> None:
        """Export the list with these entries, by default the evil ones."""
        listed = Blocklist(
            1,
            "abc123",
            "2026-11-22",
            "",
            "5",
            "model",
            "run-1",
            0,
            entries or tuple(self.entries),
            mirror=str(self.web),
        )
        for name, text in PurgeExport().export(listed, ExportOptions()).files.items():
            (self.into / name).write_text(text)

    def edit_list(self, change: Callable[[dict[str, Any]], None]) -> None:
        """Change the first file of the list as a hostile hand would."""
        content = json.loads((self.into / LIST).read_text())
        change(content["files"][0])
        (self.into / LIST).write_text(json.dumps(content))

    def script(self) -> ModuleType:
        """Return the exported script as a module."""
        loader = importlib.machinery.SourceFileLoader("exported_purge", str(self.into / SCRIPT))
        spec = importlib.util.spec_from_loader(loader.name, loader)
        assert spec is not None
        module = importlib.util.module_from_spec(spec)
        loader.exec_module(module)
        return module

    def run(self, *arguments: str) -> int:
        """Return the exit status of the script, run in this process."""
        status: int = self.script().main(list(arguments))
        return status

    def log(self) -> Path:
        """Return the only log."""
        (log,) = self.quarantine.glob("*/log.jsonl")
        return log

    def undo(self, *arguments: str) -> int:
        """Return the exit status of the undo."""
        return self.run("--undo", str(self.log()), "--do", *arguments)

    def snapshot(self) -> dict[str, tuple[object, ...]]:
        """Return bytes, mode, owner and mtime of all below the web folder that is no folder."""
        found: dict[str, tuple[object, ...]] = {}
        for path in sorted(self.web.rglob("*")):
            status = path.lstat()
            if path.is_symlink():
                found[str(path.relative_to(self.web))] = (str(path.readlink()),)
            elif path.is_file():
                facts = (status.st_mode, status.st_uid, status.st_gid, status.st_mtime_ns)
                found[str(path.relative_to(self.web))] = (path.read_bytes(), *facts)
        return found
