"""Nights over a changing mirror: after each, the findings and the blocklist are those of a plain reference."""

import hashlib
import random
from collections.abc import Callable
from functools import partial
from pathlib import Path

import jobs_doubles
import pytest

from audit import cli
from audit.blocklists.record import read_last_record
from audit.config import BlocklistSettings, Settings
from audit.nightly import audit_mirror
from jobs.contract import TlsFiles
from jobs.run.audit import run_audit
from jobs.run.cluster import Cluster
from jobs.run.compaction import compact_store

DEEDS = ("release", "bad", "vanish", "yank", "replace", "swap", "break", "unmount", "die", "kill", "waive", "block")
PAGE = "<!DOCTYPE html>\n<html>\n  <body>\n{}\n  </body>\n</html>\n"
FIVE = (
    ("bad", "bad", "release"),
    ("vanish", "waive", "kill"),
    ("replace", "swap", "die"),
    ("unmount",),
    ("block", "bad"),
)


def is_bad(data: bytes) -> bool:
    """Return whether the double of the model flags a file; one that no worker survives is never scored."""
    return (
        not data.startswith(b"KILL")
        and jobs_doubles.Model().card.points[0].threshold <= int(hashlib.sha256(data).hexdigest()[:8], 16) / 2**32
    )


def content(bad: bool, number: int, size: int) -> bytes:
    """Return bytes of a size that the double of the model flags, or that it does not."""
    texts = (f"{number} {nonce} ".encode().ljust(size, b".") for nonce in range(10_000))
    return next(text for text in texts if is_bad(text) == bad)


class Mirror:
    """A bandersnatch tree, and what a person and the reference know of it."""

    def __init__(self, root: Path, out: Path) -> None:
        self.root, self.out, self.made = root, out, 0
        self.files: dict[Path, bytes] = {}
        self.blocked: set[str] = set()
        self.waived: set[str] = set()
        self.is_mounted = self.survives = True
        for _ in range(6):
            self.release()

    def add(self, data: bytes) -> Path:
        self.made += 1
        name = f"demo{self.made}"
        digest = hashlib.blake2b(data, digest_size=32).hexdigest()
        file = self.root / "web" / "packages" / digest[:2] / digest[2:4] / digest[4:] / f"{name}-1.0.tar.gz"
        file.parent.mkdir(parents=True)
        file.write_bytes(data)
        page = self.page(file)
        page.parent.mkdir(parents=True)
        relative = file.relative_to(self.root / "web")
        link = f'<a href="../../{relative}#sha256={hashlib.sha256(data).hexdigest()}">{file.name}</a>'
        page.write_text(PAGE.format(link))
        self.files[file] = data
        return file

    def page(self, file: Path) -> Path:
        return self.root / "web" / "simple" / file.name.partition("-")[0] / "index.html"

    def release(self) -> None:
        self.add(content(bad=False, number=self.made, size=40))

    def bad(self) -> None:
        self.add(content(bad=True, number=self.made, size=40))

    def some(self, *, bad: bool | None = None) -> Path:
        return random.Random(self.made).choice(sorted(f for f, d in self.files.items() if bad in {None, is_bad(d)}))

    def vanish(self) -> None:
        file = self.some(bad=True)
        del self.files[file]
        file.unlink()
        self.page(file).write_text(PAGE.format(""))

    def yank(self) -> None:
        page = self.page(self.some())
        page.write_text(page.read_text().replace("<a ", '<a data-yanked="" '))

    def replace(self, size: int = 60) -> None:
        file = self.some(bad=False)
        self.files[file] = content(bad=True, number=self.made + size, size=size)
        file.write_bytes(self.files[file])

    def swap(self) -> None:
        """Replace a file by one of the same size."""
        self.replace(size=40)

    def break_(self) -> None:
        self.page(self.some()).write_bytes(b"\xff\xfe<a href")

    def unmount(self) -> None:
        (self.root / "web").rename(self.root.with_name("unmounted"))
        self.is_mounted = False

    def mount(self) -> None:
        if not self.is_mounted:
            self.root.with_name("unmounted").rename(self.root / "web")
        self.is_mounted = True

    def die(self) -> None:
        """Add a file at which each worker that reads it dies, for this night."""
        self.add(f"KILL\n{self.made}".encode())

    def kill(self) -> None:
        self.survives = False

    def waive(self) -> None:
        self.decide("waive", min(self.blocked - self.waived), "--expires", "90d")

    def block(self) -> None:
        self.decide("block", hashlib.sha256(self.files[self.some(bad=False)]).hexdigest())

    def decide(self, verb: str, sha256: str, *words: str) -> None:
        assert 0 == cli.main([verb, sha256, "--owner", "ops", "--reason", "looked", *words, "--out", str(self.out)])
        (self.waived if verb == "waive" else self.blocked).add(sha256)

    def reference(self, before: set[str], *, stands: bool) -> set[str]:
        """Return what is found tonight; what was ever found stays blocked until a person waives it."""
        there = {hashlib.sha256(d).hexdigest() for f, d in self.files.items() if is_bad(d) and self.is_mounted}
        found = before if stands else there
        self.blocked = (self.blocked | found) - self.waived
        return found


def deeds_of_a_month() -> tuple[tuple[str, ...], ...]:
    """Return the deeds before each of thirty nights, in which each kind happens."""
    chance = random.Random(14)
    plain = [
        (chance.choice(("release", "bad")), chance.choice(("release", "yank", "replace", "vanish"))) for _ in range(30)
    ]
    special = {
        4: "kill",
        7: "waive",
        9: "die",
        12: "unmount",
        14: "swap",
        15: "break",
        18: "block",
        21: "die",
        24: "waive",
        27: "kill",
    }
    return tuple((*plain[night], special[night]) if night in special else plain[night] for night in range(30))


@pytest.mark.parametrize(
    "nights",
    [FIVE, pytest.param(deeds_of_a_month(), marks=[pytest.mark.slow, pytest.mark.timeout(900)])],
    ids=["five", "month"],
)
def test_after_each_night_findings_and_blocklist_are_those_of_the_reference(
    nights: tuple[tuple[str, ...], ...], cluster: Cluster, cluster_keys: TlsFiles, tmp_path: Path, monkeypatch
) -> None:
    monkeypatch.setattr("audit.keeping.compact_store", partial(compact_store, least=2))
    run = partial(
        run_audit, extract=jobs_doubles.extract, load=jobs_doubles.load, load_changes=jobs_doubles.load_changes
    )
    settings = Settings(
        mirror=str(tmp_path / "mirror"),
        out=str(tmp_path / "out"),
        scheduler=cluster.client.scheduler.address,
        tls_ca=cluster_keys.ca,
        tls_cert=cluster_keys.cert,
        tls_key=cluster_keys.key,
        blocklist=BlocklistSettings(verdict="review", max_files=1_000),
    )
    mirror = Mirror(tmp_path / "mirror", tmp_path / "out")
    found: set[str] = set()
    for number, deeds in enumerate(nights, start=1):
        for deed in deeds:
            act: Callable[[], None] = getattr(mirror, "break_" if deed == "break" else deed)
            act()
        if not mirror.survives:
            with pytest.raises(KeyboardInterrupt):
                audit_mirror(settings, _interrupt, run=run)
            mirror.survives = True
        night = audit_mirror(settings, lambda *_: None, run=run)
        found = mirror.reference(found, stands=not mirror.is_mounted and bool(night.document.faults))
        record = read_last_record(tmp_path / "out")
        assert record is not None
        assert found == {finding.sha256 for finding in night.document.findings}, (number, deeds)
        assert mirror.blocked == {entry.sha256 for entry in record.entries}, (number, deeds)
        assert "" == night.untidied
        mirror.mount()
        for file in [file for file, data in mirror.files.items() if data.startswith(b"KILL")]:
            file.unlink()
            del mirror.files[file]


def _interrupt(done: int, total: int, stage: str) -> None:
    if stage == "writing scores":
        raise KeyboardInterrupt


def test_the_month_has_every_deed() -> None:
    assert set(DEEDS) == {deed for night in deeds_of_a_month() for deed in night}
