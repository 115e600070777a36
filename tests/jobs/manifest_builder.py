"""Holds a manifest in which every field differs from its default, for tests that need one."""

from datetime import UTC, datetime

from jobs.contract import MirrorFault, WalkNote
from jobs.mirror.root import TodoState
from jobs.run.manifest import Manifest, MirrorRecord, ModelRecord, RunCounts, WalkRecord
from model.contract import OperatingPoint, Verdict

NOTE = WalkNote("odd_state", "status", "status holds no serial.")
MANIFEST = Manifest(
    run="20261122T053841Z-1f0c",
    boojum_version="0.12",
    started=datetime(2026, 11, 22, 5, 38, 41, tzinfo=UTC),
    finished=datetime(2026, 11, 22, 6, 0, 0, tzinfo=UTC),
    complete=False,
    mirror=MirrorRecord(
        given="/srv/mirror",
        root="/srv/mirror/web",
        layout="bandersnatch",
        serial=7,
        last_modified=datetime(2026, 11, 22, 3, 0, tzinfo=UTC),
        todo=TodoState(3, 9),
        notes=(NOTE,),
    ),
    walk=WalkRecord({"unlisted": 1}, (WalkNote("unlisted", "packages/x", "It is on no page."),)),
    counts=RunCounts(on_disk=2, new=2, read=2, unread=1, failed=1, internal_errors=1, ok=1, unreadable=1),
    verdicts={"clear": 1, "unreadable": 1},
    dropped_parts=(("part-a.parquet", "it was damaged and was moved aside"),),
    fingerprint="f" * 16,
    groups={"code": "c" * 16},
    model=ModelRecord(
        "m1", "f" * 16, "full", (OperatingPoint(Verdict.REVIEW, 0.9, 0.01, 0, 100, 0.0, 0.03, extrapolated=False),), ("none",)
    ),
    limits={"seconds": 60.0},
    config={"workers": 2, "mirror": "/srv/mirror"},
    python="3.11.9",
    libraries={"dask": "1"},
    faults=(MirrorFault("shrank", "9 of 10 files are gone."),),
)  # fmt: skip
