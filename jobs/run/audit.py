"""Audits a mirror: walks it, extracts what is new, scores it, and stages the run's scores and manifest."""

import importlib.metadata
import os
import platform
import shutil
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, date, datetime
from pathlib import Path

import pyarrow.compute as pc

from features.contract import Progress, Status
from features.extract import extract_row
from features.schema import feature_schema, fingerprint, group_versions
from jobs.changes.schema import change_fingerprint
from jobs.contract import (
    STANDING_FAULTS,
    AuditRequest,
    ClusterSettings,
    Extract,
    LoadModel,
    MirrorFault,
    Scorer,
    StoreBrokenError,
)
from jobs.mirror.inventory import Inventory
from jobs.mirror.reading import read_inventory
from jobs.mirror.root import Mirror, open_mirror
from jobs.run import joined_scores
from jobs.run import manifest as manifest_file
from jobs.run.campaigns import FILENAME as CAMPAIGNS_FILE
from jobs.run.campaigns import write_campaigns
from jobs.run.change_update import ChangeStores, ChangeUpdate, scan_scored_changes, update_changes
from jobs.run.extraction import INTERNAL_ERROR
from jobs.run.feature_update import ExtractionReport, update_feature_store
from jobs.run.joined_scores import ScoreCounts, write_joined_scores
from jobs.run.judgement import SCORED_CHANGES, Judgement
from jobs.run.known_files import FILENAME as FILES_FILE
from jobs.run.known_files import NightFiles, join_known, previous_files, with_read, write_files
from jobs.run.lazy_cluster import check_settings, lazy_cluster
from jobs.run.manifest import (
    Manifest,
    ManifestError,
    MirrorRecord,
    ModelRecord,
    RunCounts,
    WalkRecord,
    parse_manifest,
    read_manifest,
)
from jobs.run.run_folder import LATEST, SCRATCH, RunFolder, new_run_id, remove_leftovers, staging_folder
from jobs.run.scoring import update_score_store
from jobs.run.sidecars import FILENAME as SIDECARS_FILE
from jobs.run.sidecars import check_sidecars
from jobs.run.standing import KnownMirror, bounded, keep_layout, unread_faults
from jobs.run.views import DOUBLES
from jobs.store.lock import LOCK_FILE, OutputLock
from jobs.store.part_files import read_part
from jobs.store.part_store import change_score_store, change_store, feature_store, score_store
from jobs.store.writing import write_durably
from model.contract import Verdict
from model.frame import require_schema
from model.saved import load_change_model, load_model

MAX_ATTEMPTS = 3
"""Attempts of a run that finds damaged parts in the store."""

_LIBRARIES = ("dask", "distributed", "duckdb", "hyperscan", "numpy", "pyarrow", "scikit-learn", "xgboost", "xxhash")


def run_audit(
    request: AuditRequest,
    progress: Progress | None = None,
    *,
    extract: Extract = extract_row,
    load: LoadModel = load_model,
    load_changes: LoadModel = load_change_model,
) -> RunFolder:
    """Audit a mirror into a staged run; write reports into it, then make it visible by `publish_run`.

    The output folder stays locked until `publish_run` or `discard_run`. Raises JobsError, MirrorError or ModelError;
    the next run adopts what this one had finished.
    """
    out = request.out.absolute()
    lock = OutputLock(out)
    try:
        return _Audit(replace(request, out=out), progress or _no_progress, extract, load, load_changes, lock).run()
    except BaseException:
        lock.release()
        raise


@dataclass(frozen=True, slots=True)
class _StoreUpdate:
    """An update of the store: a report of each attempt, rows scored in all, and counts of the rows of scores.parquet.

    `changes` is the last attempt's update of the change store. `dropped` are (file, reason) of damaged files. `files`
    is the inventory with what was known of its files. `unconfined` is that of the manifest.
    """

    files: NightFiles
    extractions: list[ExtractionReport]
    scored: int
    changes: ChangeUpdate
    sidecars: list[MirrorFault]
    counts: ScoreCounts
    dropped: list[tuple[str, str]]
    unconfined: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Audit:
    """The steps of one audit, with the request and the locked output folder that they share."""

    request: AuditRequest
    progress: Progress
    extract: Extract
    load: LoadModel
    load_changes: LoadModel
    lock: OutputLock

    def run(self) -> RunFolder:
        started = datetime.now(UTC)
        out = self.request.out
        run = new_run_id(started)
        scratch = out / SCRATCH
        check_settings(self._cluster_settings(scratch))
        mirror = open_mirror(self.request.mirror.absolute())
        mirror = replace(mirror, root=mirror.root.absolute())
        scorer = self.load(self.request.model)
        require_schema(feature_schema(), scorer.card.fingerprint, scorer.card.groups)
        shutil.rmtree(scratch, ignore_errors=True)
        remove_leftovers(out)
        folder = staging_folder(out, run)
        try:
            self.progress(0, 0, "walking the mirror")
            last = _last_manifest(out)
            mirror, lost_tree = keep_layout(mirror, last, self.request)
            known = KnownMirror(self.request, previous_files(out), scratch / "walked.parquet", lost_tree)
            inventory = _with_doubles(read_inventory(mirror, self.progress, known), last)
            update = self._update_store(run, started.date(), mirror, inventory, known, scorer, scratch)
        finally:
            shutil.rmtree(scratch, ignore_errors=True)
        text = self._manifest(run, started, mirror, update.files.inventory, known, scorer, update).to_json()
        write_durably(folder / manifest_file.FILENAME, text.encode())
        return RunFolder(run, out, folder, parse_manifest(text), self.lock)

    def _cluster_settings(self, scratch: Path) -> ClusterSettings:
        request = self.request
        return ClusterSettings(
            scratch,
            request.workers,
            request.memory_per_worker,
            request.scheduler,
            request.scheduler_file,
            tls=request.tls,
            insecure=request.insecure,
            writable=(request.out / "store",),
        )

    def _update_store(
        self,
        run: str,
        today: date,
        mirror: Mirror,
        inventory: Inventory,
        known: KnownMirror,
        scorer: Scorer,
        scratch: Path,
    ) -> _StoreUpdate:
        """Bring features and scores up to date and write scores.parquet and files.parquet.

        If a part of the store is damaged, the attempt is repeated and reads again what the part held.
        """
        request = self.request
        features = feature_store(request.out, fingerprint())
        scores = score_store(request.out, scorer.card.model_id)
        stores = ChangeStores(
            features,
            scores,
            change_store(request.out, change_fingerprint()),
            change_score_store(request.out, scorer.card.model_id),
        )
        extractions: list[ExtractionReport] = []
        dropped: list[tuple[str, str]] = []
        scored = 0
        change_scorer = self.load_changes(request.model)
        files: NightFiles | None = None
        folder, spill = staging_folder(request.out, run), scratch / "sort"
        # Workers need not see what this process cannot see.
        visible = (mirror.root,) if mirror.root.is_dir() else ()
        with lazy_cluster(
            self._cluster_settings(scratch), (*visible, request.out / LOCK_FILE), self.progress
        ) as cluster:
            for attempt in range(1, MAX_ATTEMPTS + 1):
                name = run if attempt == 1 else f"{run}.{attempt}"
                try:
                    files = files or join_known(
                        inventory,
                        known.walked,
                        known.previous,
                        features,
                        mirror.root,
                        today,
                        request.verify_share,
                        cluster,
                        self.progress,
                        spill,
                    )
                    report = update_feature_store(
                        features,
                        name,
                        mirror.root,
                        files.inventory.rows,
                        cluster,
                        request.limits,
                        self.extract,
                        self.progress,
                    )
                    extractions.append(report)
                    dropped += report.dropped
                    rows = with_read(files.inventory.rows, features, features.parts_of(run), today, spill)
                    scored += update_score_store(
                        features, scores, name, cluster, self.load, request.model, scorer, self.progress
                    )
                    self.progress(0, 0, "finding campaigns")
                    campaigns = write_campaigns(
                        folder / CAMPAIGNS_FILE, rows, features, scores, scores.parts_like(features.parts()), spill
                    )
                    changes = update_changes(
                        stores,
                        name,
                        rows,
                        request.trusted,
                        cluster,
                        self.load_changes,
                        request.model,
                        change_scorer,
                        self.progress,
                    )
                    judgement = Judgement(
                        scorer.card.points,
                        scorer.card.change.points if scorer.card.change else (),
                        scan_scored_changes(stores, SCORED_CHANGES.names),
                        campaigns,
                    )
                    self.progress(0, 0, "writing scores")
                    counts = write_joined_scores(
                        folder / joined_scores.FILENAME,
                        rows,
                        features,
                        scores,
                        judgement,
                        report.unread_tables,
                        spill,
                    )
                    scores_file = folder / joined_scores.FILENAME
                    write_files(folder / FILES_FILE, rows, known.walked, known.previous, scores_file, today, spill)
                    earlier = known.previous.with_name(SIDECARS_FILE) if known.previous else None
                    sidecars = check_sidecars(
                        folder / SIDECARS_FILE, scores_file, earlier, features, mirror.root, self.progress, spill
                    )
                except StoreBrokenError as error:
                    if attempt == MAX_ATTEMPTS:
                        raise
                    dropped += [(part.name, "it was damaged and was moved aside") for part in error.parts]
                else:
                    return _StoreUpdate(
                        files, extractions, scored, changes, sidecars, counts, dropped, cluster.unconfined
                    )
        raise AssertionError(MAX_ATTEMPTS)

    def _manifest(
        self,
        run: str,
        started: datetime,
        mirror: Mirror,
        inventory: Inventory,
        known: KnownMirror,
        scorer: Scorer,
        update: _StoreUpdate,
    ) -> Manifest:
        card = scorer.card
        counts = _run_counts(mirror, inventory, update)
        faults = bounded([*known.faults, *unread_faults(inventory.log), *update.files.faults, *update.sidecars])
        return Manifest(
            run=run,
            boojum_version=_version("boojum"),
            started=started,
            finished=datetime.now(UTC),
            complete=not (counts.failed or any(fault.code in STANDING_FAULTS for fault in faults)),
            mirror=MirrorRecord(
                given=str(self.request.mirror),
                root=str(mirror.root),
                layout=mirror.layout.value,
                serial=mirror.serial,
                last_modified=mirror.last_modified,
                todo=mirror.todo,
                notes=mirror.notes,
            ),
            walk=WalkRecord(dict(inventory.counts), inventory.notes),
            counts=counts,
            verdicts={verdict.value: update.counts.verdicts[verdict] for verdict in Verdict},
            dropped_parts=tuple(update.dropped),
            fingerprint=fingerprint(),
            groups=group_versions(),
            model=ModelRecord(card.model_id, card.fingerprint, card.preset, card.points, card.limits),
            limits=asdict(self.request.limits),
            config=dict(self.request.config),
            python=platform.python_version(),
            libraries={name: _version(name) for name in _LIBRARIES},
            unconfined=update.unconfined,
            faults=faults,
        )


def _last_manifest(out: Path) -> Manifest | None:
    """Return the manifest of the last published run; None if there is none, or none that this version reads."""
    try:
        return read_manifest(out / "runs" / LATEST)
    except (FileNotFoundError, ManifestError):
        return None


def _with_doubles(inventory: Inventory, last: Manifest | None) -> Inventory:
    """Return an inventory with the count `DOUBLES` of the last run: what the store holds, it holds for good."""
    doubles = last.walk.counts.get(DOUBLES, 0) if last is not None else 0
    return replace(inventory, counts={**inventory.counts, DOUBLES: doubles})


def _run_counts(mirror: Mirror, inventory: Inventory, update: _StoreUpdate) -> RunCounts:
    first, last = update.extractions[0], update.extractions[-1]
    gone, internal_errors = _count_unread(mirror.root, last.unread_tables)
    died = sum(report.died for report in update.extractions)
    statuses = update.counts.statuses
    return RunCounts(
        on_disk=len(inventory.rows),
        known=len(inventory.rows) - first.new,
        new=first.new,
        resumed=first.resumed,
        read=sum(report.read + report.unread for report in update.extractions),
        unread=last.unread,
        gone=gone,
        failed=last.unread - gone + died,
        died=died,
        internal_errors=internal_errors,
        units=sum(report.units for report in update.extractions),
        failed_units=sum(report.failed_units for report in update.extractions),
        dropped_parts=len(update.dropped),
        bytes_on_disk=int(inventory.counts.get("bytes", 0)),
        bytes_read=sum(report.bytes for report in update.extractions),
        scored=update.scored,
        compared=sum(counts.rows for counts in update.changes.rounds),
        changes_scored=update.changes.scored,
        flagged=update.changes.flagged,
        ok=statuses[Status.OK],
        partial=statuses[Status.PARTIAL],
        unreadable=statuses[Status.UNREADABLE],
        standing=int(pc.sum(inventory.rows.column("stands")).as_py() or 0),
        verified=update.files.compared,
        replaced=sum(fault.code == "replaced" for fault in update.files.faults),
    )


def _count_unread(root: Path, tables: Sequence[Path]) -> tuple[int, int]:
    """Return how many of the unread artifacts have left the mirror, and on how many boojum failed."""
    failed = {
        row["path"]: row[INTERNAL_ERROR]
        for table in tables
        for row in read_part(table, ["path", INTERNAL_ERROR]).to_pylist()
    }
    gone = sum(not os.path.lexists(root / path) for path in failed)
    return gone, sum(failed.values())


def _version(distribution: str) -> str:
    try:
        return importlib.metadata.version(distribution)
    except importlib.metadata.PackageNotFoundError:
        return "unknown"


def _no_progress(done: int, total: int, what: str) -> None:
    """Ignore progress."""
