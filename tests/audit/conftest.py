"""Provides documents of runs, with hostile text in every field that a package can choose."""

import io
import zipfile
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from audit.blocklists.canonical import BLOCKLIST, render_blocklist
from audit.blocklists.contract import Blocklist
from audit.blocklists.entries import Night
from audit.blocklists.holding import HoldRule
from audit.blocklists.mirror_files import MirrorFiles
from audit.blocklists.renewal import renew_record
from audit.config import BlocklistSettings, Settings
from audit.contract import (
    AuditDocument,
    EvidenceLocation,
    Finding,
    FindingChange,
    Held,
    ResolvedFinding,
    ScoreReason,
    Sibling,
    Unconfirmed,
    UnexaminedArtifact,
    Withheld,
)
from audit.decisions.contract import Waiver
from audit.nightly import NightlyResult, audit_mirror
from audit.reports.json import JsonReport
from features.contract import Artifact, FileType, Kind, ListedMember, Requirement, Role, Row, Status
from features.schema import fingerprint, rows_table
from jobs.contract import WalkNote
from jobs.demo import DemoMirror, write_demo_mirror
from jobs.run.joined_scores import SCORES_SCHEMA
from jobs.run.manifest import Manifest, MirrorRecord, ModelRecord, RunCounts, WalkRecord
from model.contract import OperatingPoint, Verdict

CONFIG = "[report]\nnight_hours = 0\n[limits]\nnesting = 0\nmember_bytes = 9_000\n"
FILES = ("broken-1.0.tar.gz", "long-1.0-py3-none-any.whl", "nested-1.0-py3-none-any.whl", "plain-1.0-py3-none-any.whl")

HOSTILE = "</script><img src=x onerror=alert(1)>\u202egpj\n=1+1|`x`[a](javascript:b)"


def make_finding(number: int = 1, **changes: Any) -> Finding:
    digest = f"{number:064x}"
    base = Finding(
        rank=number,
        project=f"project-{number}",
        version="1.0",
        filename=f"project_{number}-1.0.tar.gz",
        kind="sdist",
        path=f"packages/{digest[:2]}/{digest[2:4]}/{digest[4:]}/project_{number}-1.0.tar.gz",
        sha256=digest,
        blake2b_256=digest,
        size=4096,
        status="ok",
        reason="",
        score=0.99,
        verdict=Verdict.MALICIOUS,
        change=FindingChange.NEW,
        upload_time=datetime(2024, 3, 1, tzinfo=UTC),
        listed=True,
        yanked=False,
        digest_matches=True,
        learners=(("boosting", 0.98), ("forest", 0.91)),
        reasons=(ScoreReason("code_install_webhook", "posts data to a webhook when installed", 2.0, 1.5),),
        places=(
            EvidenceLocation(
                "setup.py", 12, "discord_webhook", "posts data to a webhook", "T1567.004", "install", "post(url)"
            ),
        ),
        siblings=(Sibling("project-0.9.tar.gz", "0.9", "clear", 0.001),),
        siblings_total=1,
    )
    return replace(base, **changes)


def make_document(*findings: Finding, **changes: Any) -> AuditDocument:
    base = AuditDocument(
        schema_version=1,
        run="20261122T033000Z-abcd",
        previous_run="",
        started=datetime(2026, 11, 22, 3, 30, tzinfo=UTC),
        finished=datetime(2026, 11, 22, 3, 40, tzinfo=UTC),
        boojum_version="0.1.0",
        mirror="/srv/pypi",
        model="0123456789ab",
        fingerprint="fedcba9876543210",
        counts={"on_disk": 3_000, "read": 10, "known": 2_990, "failed": 0},
        totals={
            **Counter(finding.verdict.value for finding in findings),
            "clear": 2_999 - len(findings),
            "unreadable": 1,
        },
        unexamined_totals={"unreadable": 1},
        points=(
            OperatingPoint(Verdict.MALICIOUS, 0.97, 0.0001, 0, 4_000, 0.0, 0.00075, True),
            OperatingPoint(Verdict.SUSPICIOUS, 0.8, 0.001, 4, 4_000, 0.0003, 0.0023, False),
            OperatingPoint(Verdict.REVIEW, 0.3, 0.01, 40, 4_000, 0.007, 0.013, False),
        ),
        found={"malicious": 0.5, "suspicious": 0.7, "review": 0.9},
        limits_of_use=("It knows what was seen before 2025.",),
        findings=findings,
        cleared=(),
        unexamined=(
            UnexaminedArtifact(
                "broken", "1.0", "broken-1.0.tar.gz", "packages/x/broken-1.0.tar.gz", "", 10, "unreadable", HOSTILE
            ),
        ),
        walk_counts={"partial_downloads": 1},
        walk_notes=(WalkNote("unlisted", f"packages/{HOSTILE}", "no index page lists this file"),),
        histogram=((-7.0, 2_900), (-1.0, 50), (4.0, 3)),
    )
    return replace(base, **changes)


@pytest.fixture
def finding() -> Callable[..., Finding]:
    return make_finding


@pytest.fixture
def document() -> Callable[..., AuditDocument]:
    return make_document


@pytest.fixture
def hostile() -> str:
    return HOSTILE


@pytest.fixture
def hostile_document() -> AuditDocument:
    """Every text that a package can choose is hostile."""
    waiver = Waiver(sha256=f"{2:064x}", owner="ops", reason="known test package", expires=date(2027, 1, 1))
    evil = make_finding(
        1,
        project=HOSTILE,
        version=HOSTILE,
        filename=HOSTILE,
        path=HOSTILE,
        reason=HOSTILE,
        status="partial",
        places=(EvidenceLocation(HOSTILE, 1, "discord_webhook", "posts data", "T1567", "install", HOSTILE),),
        siblings=(Sibling(HOSTILE, HOSTILE, "clear", 0.1),),
        digest_matches=False,
        listed=False,
        takeover=True,
        blocked=True,
    )
    facts = (HOSTILE, HOSTILE, HOSTILE, f"{3:064x}", "malicious", 0.99)
    return make_document(
        evil,
        make_finding(2, waiver=waiver, verdict=Verdict.SUSPICIOUS, change=FindingChange.SAME),
        previous_run="20261121T033000Z-abcd",
        cleared=(ResolvedFinding("gone", "1", HOSTILE, "00", "review", "it is no longer on the mirror"),),
        mirror=HOSTILE,
        withheld=(Withheld(*facts, "protected"),),
        held=(Held(*facts, HOSTILE, 20),),
        unconfirmed=(Unconfirmed(*facts, HOSTILE, "2026-01-01"),),
    )


@pytest.fixture
def context() -> dict[str, Any]:
    """Attributes of a finding that only the mirror knows."""
    return {
        "imitates": "requests",
        "imitates_dependents": 1_234,
        "dependents": 1,
        "own_known_share": 0.94,
        "own_known_project": "sheep-counter",
    }


STORE = (
    ("sheep", "1.0", ("requests", "numpy"), (bytes(range(16)), bytes(range(1, 17)))),
    ("sheep", "2.0", ("requests",), ()),
    ("goats", "1.0", ("requests", "reqeusts", "goats"), ()),
    ("reqeusts", "1.0", (), (bytes(range(16)),)),
    ("gone", "1.0", ("requests", "numpy"), ()),
)
"""Project, version, what it requires and its members' digests; the last has left the mirror."""


def listed_members(digests: Sequence[bytes]) -> tuple[ListedMember, ...]:
    return tuple(ListedMember("a.py", digest, Role.REST, FileType.PYTHON, 1) for digest in digests)


def make_manifest(schema: str, run: str = "1", mirror: str = "/srv/pypi", model: str = "none") -> Manifest:
    moment = datetime(2026, 11, 22, tzinfo=UTC)
    return Manifest(
        run=run,
        boojum_version="0.1.0",
        started=moment,
        finished=moment,
        complete=True,
        mirror=MirrorRecord(mirror, mirror, "bandersnatch", serial=7),
        walk=WalkRecord(),
        counts=RunCounts(),
        verdicts={},
        dropped_parts=(),
        fingerprint=schema,
        groups={},
        model=ModelRecord(model, schema, "boojum"),
        limits={},
        config={},
        python="",
        libraries={},
    )


def make_record(run: AuditDocument) -> Blocklist:
    """Return the record of what is blocked that a first run with this document leaves."""
    rule = HoldRule(run.finished.date(), 14, "suspicious")
    return renew_record(None, Night(run, MirrorFiles(), rule, mirror_serial="7"), BlocklistSettings())


@pytest.fixture
def store_folder(tmp_path: Path) -> Path:
    """The output folder of a finished run, as far as queries read it."""
    rows = [
        (
            Artifact(f"{name}-{version}", f"{name}-{version}.tar.gz", 10, name, version, Kind.SDIST),
            Row(
                Status.OK,
                "",
                Kind.SDIST,
                f"{name}{version}",
                "",
                members=listed_members(members),
                requires=tuple(map(Requirement, requires)),
            ),
        )
        for name, version, requires, members in STORE
    ]
    parts = tmp_path / "store" / "features" / f"schema={fingerprint()}" / "run=1"
    run = tmp_path / "runs" / "latest"
    for folder in (parts, run):
        folder.mkdir(parents=True)
    pq.write_table(rows_table(rows), parts / "part-a.parquet")
    listed = [
        {
            "project": name,
            "version": version,
            "filename": f"{name}-{version}.tar.gz",
            "path": f"{name}-{version}",
            "size": 10,
            "sha256": f"{name}{version}",
            "kind": "sdist",
            "status": "ok",
            "verdict": "clear",
        }
        for name, version, _, _ in STORE[:-1]
    ]
    pq.write_table(pa.Table.from_pylist(listed, schema=SCORES_SCHEMA), run / "scores.parquet")
    manifest = make_manifest(fingerprint())
    (run / "manifest.json").write_text(manifest.to_json(), encoding="utf-8")
    (run / BLOCKLIST).write_text(render_blocklist(make_record(make_document())), encoding="utf-8")
    return tmp_path


@pytest.fixture
def publish(tmp_path: Path) -> Callable[[AuditDocument], Path]:
    """Return a function that publishes a document as the last finished run, and returns the output folder."""

    def published(run: AuditDocument) -> Path:
        folder = tmp_path / "runs" / run.run
        folder.mkdir(parents=True)
        columns = [name for name in SCORES_SCHEMA.names if hasattr(run.findings[0], name)] if run.findings else []
        rows = [{name: getattr(finding, name) for name in columns if name != "campaign"} for finding in run.findings]
        pq.write_table(pa.Table.from_pylist(rows, schema=SCORES_SCHEMA), folder / "scores.parquet")
        (folder / BLOCKLIST).write_text(render_blocklist(make_record(run)), encoding="utf-8")
        (folder / "findings.json").write_text(JsonReport().render(run), encoding="utf-8")
        manifest = replace(
            make_manifest(run.fingerprint, run=run.run, mirror=run.mirror, model=run.model),
            started=run.started,
            finished=run.finished,
        )
        (folder / "manifest.json").write_text(manifest.to_json(), encoding="utf-8")
        latest = tmp_path / "runs" / "latest"
        latest.unlink(missing_ok=True)
        latest.symlink_to(run.run)
        return tmp_path

    return published


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, DemoMirror]:
    root = tmp_path_factory.mktemp("mirror")
    return root, write_demo_mirror(root)


@pytest.fixture(scope="session")
def night(demo: tuple[Path, DemoMirror], tmp_path_factory: pytest.TempPathFactory) -> tuple[Settings, NightlyResult]:
    """Settings and result of an audit of the demonstration mirror; tests change neither the mirror nor the run."""
    settings = Settings(mirror=str(demo[0]), out=str(tmp_path_factory.mktemp("out")), workers=2)
    return settings, audit_mirror(settings, lambda *_: None)


def wheel(name, **more):
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        archive.writestr(f"{name}-1.0.dist-info/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
        archive.writestr(f"{name}/__init__.py", "x = 1\n")
        for file, data in more.items():
            archive.writestr(f"{name}/{file}", data)
    return made.getvalue()


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    """One file that cannot be read, one that a limit stops, one with a long file, and a plain one."""
    made = tmp_path_factory.mktemp("files")
    (made / "boojum.toml").write_text(CONFIG)
    (made / FILES[0]).write_bytes(b"no archive")
    (made / FILES[1]).write_bytes(wheel("long", data="a line of text\n" * 1_000))
    (made / FILES[2]).write_bytes(wheel("nested", data=wheel("inner")))
    (made / FILES[3]).write_bytes(wheel("plain"))
    return made
