"""One audit, from the mirror to a run's folder: walk, read what is new, score, and say what was done."""

import contextlib
import importlib.metadata
import json
import os
import platform
import secrets
import shutil
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq

from features.contract import Progress, Status
from features.extract import extract_row
from features.runtime.atomic_write import sync_to_disk
from features.schema import IDENTITY, LISTS, feature_schema, fingerprint, group_versions
from jobs.contract import AuditRequest, Extract, Load, RunFolder, Scorer, StoreBrokenError
from jobs.mirror.inventory import Inventory, register
from jobs.mirror.reading import Mirror, open_mirror, read_inventory
from jobs.run.extraction import INTERNAL_ERROR_PREFIX
from jobs.run.feature_update import ExtractionReport, update_feature_store
from jobs.run.scoring import ScoreParts, score_parts, unscored_parts
from jobs.store.database import open_database
from jobs.store.lock import OutputLock
from jobs.store.part_files import read_part
from jobs.store.part_store import FILE_KEY, SAME_FILE_SQL, PartStore, feature_store, score_store
from jobs.store.quarantine import quarantine_on_error
from jobs.store.staging import open_staging
from jobs.store.writing import disk_error, write_durably
from model.contract import Verdict
from model.frame import require_schema
from model.saved import load_model
from model.scoring import score_schema

if TYPE_CHECKING:
    from jobs.run.cluster import Cluster

MANIFEST = 1
"""Version of the manifest's layout."""
SCORED_HERE = 4
"""Parts that no worker scores: to load a second model takes as long as to score some thousand rows."""
TRIES = 3
"""How often a run begins anew in the store when it finds a damaged part there."""

SCORES = pa.schema(
    [
        *(pa.field(name, pa.string()) for name in ("project", "version", "filename", "kind", "path")),
        *(pa.field(name, pa.string()) for name in ("sha256", "blake2b_256")),
        pa.field("size", pa.int64()),
        *(pa.field(name, pa.string()) for name in ("status", "reason")),
        pa.field("score", pa.float64()),
        pa.field("verdict", pa.string()),
    ]
)
"""Columns of scores.parquet; these names are a promise."""

# Evidence, requires and reasons are for the reports. They read them by another way, which does not look at a page's
# checksum: here damage to them is found while it can still be read anew.
_READ = pa.schema(
    [
        *(f for f in IDENTITY if f.name not in ("project", "version", "filename")),
        *list(FILE_KEY)[2:],
        *(f for f in LISTS if f.name in ("evidence", "requires")),
    ]
)
_SCORED = pa.schema(
    [
        *(SCORES.field(name) for name in ("path", "size", "sha256", "score", "verdict")),
        score_schema(()).field("reasons"),
    ]
)
# The table of what could not be opened has few rows, and may have one twice where a worker was given up late.
_JOIN = f"""
    SELECT i.project, i.version, i.filename, coalesce(f.kind, i.kind) AS kind, i.path,
        coalesce(f.sha256, u.sha256, '') AS sha256,
        CASE WHEN coalesce(f.blake2b_256, '') <> '' THEN f.blake2b_256 ELSE i.blake2b_256 END AS blake2b_256,
        i.size, coalesce(f.status, 'unreadable') AS status,
        coalesce(f.reason, u.reason, 'it was not examined') AS reason,
        s.score, coalesce(s.verdict, 'unreadable') AS verdict
    FROM i
    LEFT JOIN f ON {SAME_FILE_SQL}
    LEFT JOIN (SELECT path, size, min(reason) AS reason, min(sha256) AS sha256 FROM unread GROUP BY path, size) u
        ON i.path = u.path AND i.size = u.size
    LEFT JOIN {{scores}} s ON f.path = s.path AND f.size = s.size AND f.sha256 = s.sha256
    ORDER BY s.score DESC NULLS LAST, sha256, i.path
"""  # noqa: S608  no value of a caller
# Where a file may be put in another's place its rows are several, and the same content then has several scores.
_MAY_REPEAT = "SELECT 1 FROM i WHERE blake2b_256 = '' LIMIT 1"
_ONCE = "(SELECT path, size, sha256, min(score) AS score, min(verdict) AS verdict FROM s GROUP BY path, size, sha256)"
_STAGED, _LINK = ".staging-", ".latest-"  # a run's folder, and the link to it, before they have their names
_LIBRARIES = ("dask", "distributed", "duckdb", "hyperscan", "numpy", "pyarrow", "scikit-learn", "xgboost", "xxhash")


def run_audit(
    request: AuditRequest,
    progress: Progress | None = None,
    *,
    extract: Extract = extract_row,
    load: Load = load_model,
) -> RunFolder:
    """Audit a mirror into a staged run, which `publish_run` makes visible after the reports are written into it.

    The output folder is locked from here until `publish_run` or `discard_run`. Raises JobsError, MirrorError or
    ModelError; whatever happens, the next run takes up what this one finished.
    """
    out = request.out.absolute()
    hold = OutputLock(out)
    try:
        return _Audit(replace(request, out=out), progress or _silent, extract, load, hold).run()
    except BaseException:
        hold.release()
        raise


def publish_run(staged: RunFolder) -> RunFolder:
    """Make a staged run visible as runs/<id>, point runs/latest at it, and let others into the output folder.

    Raises StoreUnwritableError.
    """
    runs = staged.out / "runs"
    final = runs / staged.id
    link = runs / f"{_LINK}{secrets.token_hex(4)}"
    try:
        sync_to_disk(staged.folder)
        staged.folder.rename(final)
        link.symlink_to(staged.id)
        link.replace(runs / "latest")
        sync_to_disk(runs)
    except OSError as error:
        raise disk_error(final, error) from error
    _release(staged)
    return replace(staged, folder=final, hold=None)


def discard_run(staged: RunFolder) -> None:
    """Remove a staged run's folder and let others in; the rows and scores it made stay in the store."""
    shutil.rmtree(staged.folder, ignore_errors=True)
    _release(staged)


def read_run(folder: Path) -> RunFolder:
    """Return a finished run by its folder; raises FileNotFoundError or ValueError where it is none."""
    folder = folder.resolve()
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    return RunFolder(str(manifest["run"]), folder.parent.parent, folder, manifest)


def new_run_id(now: datetime) -> str:
    """Return an id that sorts by time: 20261122T053841Z-1f0c."""
    return f"{now:%Y%m%dT%H%M%SZ}-{secrets.token_hex(2)}"


@dataclass(frozen=True, slots=True)
class _Filled:
    """What was done to the store: an intake for each try, rows scored, and scores.parquet's rows by kind.

    `dropped` are the damaged parts that were found (part, why); what they held was read, or scored, again.
    """

    intakes: list[ExtractionReport]
    scored: int
    tally: Counter[str]
    dropped: list[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class _Audit:
    """The steps of one audit, which share what was asked for and the locked output folder."""

    request: AuditRequest
    progress: Progress
    extract: Extract
    load: Load
    hold: OutputLock

    def run(self) -> RunFolder:
        started = datetime.now(UTC)
        out = self.request.out
        run = new_run_id(started)
        scratch = out / ".tmp"
        mirror = open_mirror(self.request.mirror.absolute())
        mirror = replace(mirror, root=mirror.root.absolute())
        scorer = self.load(self.request.model)
        require_schema(feature_schema(), scorer.card.fingerprint, scorer.card.groups)
        _clear(out, scratch)
        try:
            self.progress(0, 0, "walking the mirror")
            inventory = read_inventory(mirror, self.progress)
            filled = self._fill(run, mirror, inventory, scorer, scratch)
        finally:
            shutil.rmtree(scratch, ignore_errors=True)
        manifest = self._manifest(run, started, mirror, inventory, scorer, filled)
        text = json.dumps(manifest, indent=2, default=str) + "\n"
        folder = _staged(out, run)
        write_durably(folder / "manifest.json", text.encode())
        return RunFolder(run, out, folder, json.loads(text), self.hold)

    @contextlib.contextmanager
    def _cluster(self, mirror: Mirror, scratch: Path) -> Iterator[Callable[[], "Cluster"]]:
        """Yield what opens the cluster the first time it is needed: a night without news needs none."""
        asked = self.request
        with contextlib.ExitStack() as stack:

            @cache
            def opened() -> "Cluster":
                self.progress(0, 0, "starting workers")
                from jobs.run.cluster import ClusterSettings, check_workers, open_cluster  # noqa: PLC0415  nor does it load it

                settings = ClusterSettings(
                    scratch, asked.workers, asked.memory_per_worker, asked.scheduler, asked.scheduler_file
                )
                cluster = stack.enter_context(open_cluster(settings))
                check_workers(cluster, (mirror.root, asked.out / ".lock"))
                return cluster

            yield opened

    def _fill(self, run: str, mirror: Mirror, inventory: Inventory, scorer: Scorer, scratch: Path) -> _Filled:
        """Bring features and scores up to date and write scores.parquet.

        What a damaged part of the store held is read again in the same run.
        """
        features = feature_store(self.request.out, fingerprint())
        intakes: list[ExtractionReport] = []
        dropped: list[tuple[str, str]] = []
        scored = 0
        with self._cluster(mirror, scratch) as cluster:
            for attempt in range(1, TRIES + 1):
                name = run if attempt == 1 else f"{run}.{attempt}"
                try:
                    intakes.append(
                        update_feature_store(
                            features,
                            name,
                            mirror.root,
                            inventory.rows,
                            cluster,
                            self.request.limits,
                            self.extract,
                            self.progress,
                        )
                    )
                    scored += self._score(name, features, scorer, cluster)
                    tally = self._write_scores(run, inventory.rows, features, scorer, intakes[-1], scratch)
                except StoreBrokenError as error:
                    if attempt == TRIES:
                        raise
                    dropped += [(part.name, "it was damaged and was moved aside") for part in error.parts]
                else:
                    dropped += [pair for intake in intakes for pair in intake.dropped]
                    return _Filled(intakes, scored, tally, dropped)
        raise AssertionError(TRIES)

    def _score(self, run: str, features: PartStore, scorer: Scorer, cluster: Callable[[], "Cluster"]) -> int:
        store = score_store(self.request.out, scorer.card.model_id)
        staging = open_staging(store, run)
        parts = unscored_parts(features, store, staging.adopted_files())
        task = ScoreParts(self.load, self.request.model, scorer.card.model_id, staging.folder)
        written: list[str] = []
        rows = 0
        if parts:
            self.progress(0, len(parts), "scoring parts")
        if len(parts) <= SCORED_HERE:
            for part in parts:
                rows += task.score([part], scorer)
                written.append(part.name)
                self.progress(len(written), len(parts), "scoring parts")
        else:
            for batch, count in score_parts(cluster(), task, parts):
                written += [part.name for part in batch]
                rows += count
                self.progress(len(written), len(parts), "scoring parts")
        staging.commit(written)
        return rows

    def _write_scores(
        self,
        run: str,
        inventory: pa.Table,
        features: PartStore,
        scorer: Scorer,
        intake: ExtractionReport,
        scratch: Path,
    ) -> Counter[str]:
        """Write one row for every artifact on the mirror, and count them by verdict and by status."""
        self.progress(0, 0, "writing scores")
        path = _staged(self.request.out, run) / "scores.parquet"
        scores = score_store(self.request.out, scorer.card.model_id)
        read = features.parts()
        scored = scores.parts_like(read)
        unread = list(intake.unread_parts)
        unread_columns = pa.schema([SCORES.field(name) for name in ("path", "size", "reason", "sha256")])
        tally: Counter[str] = Counter()
        try:
            with (
                quarantine_on_error(read, _READ),
                quarantine_on_error(scored, _SCORED),
                open_database(scratch / "sort") as connection,
            ):
                register(connection, "i", inventory.drop_columns(["listed", "yanked"]))
                connection.register("f", _scan(features, read, _READ))
                connection.register("s", _scan(scores, scored, _SCORED))
                connection.register("unread", _scan(features, unread, unread_columns))
                join = _JOIN.format(scores=_ONCE if connection.sql(_MAY_REPEAT).fetchall() else "s")
                path.parent.mkdir(parents=True, exist_ok=True)
                with pq.ParquetWriter(path, SCORES, compression="zstd") as writer:
                    for batch in connection.sql(join).to_arrow_reader(65_536):
                        rows = pa.Table.from_batches([batch]).cast(SCORES)
                        writer.write_table(rows)
                        for column in ("verdict", "status"):
                            for pair in rows.column(column).value_counts().to_pylist():
                                tally[f"{column}:{pair['values']}"] += pair["counts"]
            sync_to_disk(path)
        except OSError as error:
            raise disk_error(path, error) from error
        return tally

    def _manifest(
        self,
        run: str,
        started: datetime,
        mirror: Mirror,
        inventory: Inventory,
        scorer: Scorer,
        filled: _Filled,
    ) -> dict[str, Any]:
        card = scorer.card
        counts = _counts(mirror, inventory, filled)
        return {
            "format": MANIFEST,
            "run": run,
            "boojum_version": _version("boojum"),
            "started": started.isoformat(timespec="seconds"),
            "finished": datetime.now(UTC).isoformat(timespec="seconds"),
            "complete": not counts["failed"],
            "mirror": {
                "given": str(self.request.mirror),
                "root": str(mirror.root),
                "layout": mirror.layout.value,
                "serial": mirror.serial,
                "last_modified": mirror.last_modified,
                "todo": None if mirror.todo is None else asdict(mirror.todo),
                "notes": [asdict(note) for note in mirror.notes],
            },
            "walk": {
                "counts": dict(inventory.counts),
                "findings": [asdict(finding) for finding in inventory.findings],
            },
            "counts": counts,
            "verdicts": {verdict.value: filled.tally[f"verdict:{verdict.value}"] for verdict in Verdict},
            "dropped_parts": [list(pair) for pair in filled.dropped],
            "fingerprint": fingerprint(),
            "groups": group_versions(),
            "model": {
                "id": card.model_id,
                "fingerprint": card.fingerprint,
                "preset": card.preset,
                "points": [asdict(point) for point in card.points],
                "limits": list(card.limits),
            },
            "limits": asdict(self.request.limits),
            "config": dict(self.request.config),
            "python": platform.python_version(),
            "libraries": {name: _version(name) for name in _LIBRARIES},
        }


def _scan(store: PartStore, parts: list[Path], columns: pa.Schema) -> pa.Table | pa.RecordBatchReader:
    return store.scan(parts, columns) if parts else columns.empty_table()


def _staged(out: Path, run: str) -> Path:
    return out / "runs" / f"{_STAGED}{run}"


def _counts(mirror: Mirror, inventory: Inventory, filled: _Filled) -> dict[str, int]:
    """Return the manifest's counts; `failed` are artifacts on disk that nobody has looked at.

    Those are what was left without a row of features, and what ended its worker.
    """
    intakes = filled.intakes
    first, last = intakes[0], intakes[-1]
    gone, internal = _count_unread(mirror.root, last.unread_parts)
    unread = last.unread
    died = sum(intake.died for intake in intakes)
    return {
        "on_disk": len(inventory.rows),
        "known": len(inventory.rows) - first.new,
        "new": first.new,
        "resumed": first.resumed,
        "read": sum(intake.read + intake.unread for intake in intakes),
        "unread": unread,
        "gone": gone,
        "failed": unread - gone + died,
        "died": died,
        "internal_errors": internal,
        "units": sum(intake.units for intake in intakes),
        "failed_units": sum(intake.failed_units for intake in intakes),
        "dropped_parts": len(filled.dropped),
        "bytes_on_disk": int(inventory.counts.get("bytes", 0)),
        "bytes_read": sum(intake.bytes for intake in intakes),
        "scored": filled.scored,
        **{status.value: filled.tally[f"status:{status.value}"] for status in Status},
    }


def _count_unread(root: Path, parts: Sequence[Path]) -> tuple[int, int]:
    """Return how many of the artifacts that could not be read have left the mirror, and how many we failed on."""
    said = {row["path"]: row["reason"] for part in parts for row in read_part(part, ["path", "reason"]).to_pylist()}
    gone = sum(not os.path.lexists(root / path) for path in said)
    return gone, sum(reason.startswith(INTERNAL_ERROR_PREFIX) for reason in said.values())


def _clear(out: Path, scratch: Path) -> None:
    """Remove what killed runs left that nothing is taken over from; the lock says that they are dead."""
    shutil.rmtree(scratch, ignore_errors=True)
    with contextlib.suppress(FileNotFoundError):
        for entry in list(os.scandir(out / "runs")):
            if entry.name.startswith(_STAGED):
                shutil.rmtree(entry.path, ignore_errors=True)
            elif entry.name.startswith(_LINK):
                Path(entry.path).unlink(missing_ok=True)


def _release(staged: RunFolder) -> None:
    if staged.hold is not None:
        staged.hold.release()


def _version(name: str) -> str:
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return "unknown"


def _silent(done: int, total: int, what: str) -> None:
    """Stand in for a progress display."""
