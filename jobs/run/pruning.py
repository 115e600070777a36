"""Finds what an output folder need not keep, and removes it: rename aside, then delete.

An interrupted call has removed whole things or nothing; what it renamed is removed by the next one.
"""

import contextlib
import os
import re
import secrets
import shutil
import stat
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from features.schema import fingerprint
from jobs.changes.member_index import FOLDER as MEMBERS
from jobs.changes.schema import change_fingerprint
from jobs.run.manifest import Manifest, ManifestError, read_manifest
from jobs.run.run_folder import LATEST, SCRATCH, is_leftover
from jobs.store.lock import without_readers
from jobs.store.merged_runs import remove_empty_runs, run_id
from jobs.store.part_files import UNREAD_PREFIX, list_entries
from jobs.store.writing import disk_error

_ASIDE = ".pruned-"
_RUN_ID = re.compile(r"\d{8}T\d{6}Z-[0-9a-f]{4}")
_STORES = (("features", "schema="), ("scores", "model="), ("changes", "schema="), ("change_scores", "model="))
_UNFINISHED = (".staging=", ".taken=", ".closed=")
_OLD = (
    (".broken-", "it was damaged"),
    (".merging=", "an interrupted compaction left it"),
    (".boojum.", "an interrupted write left it"),
    (UNREAD_PREFIX, "its artifacts were tried again since"),
)
"""Prefixes of what is removed where it is old, and what it is."""


@dataclass(frozen=True, slots=True)
class KeepRules:
    """The rules for runs: one is removed if it is not among the newest `runs` and older than `days`."""

    runs: int = 30
    days: int = 90


@dataclass(frozen=True, slots=True)
class PruneItem:
    """Something in an output folder: its path there, its kind, its bytes, and why it is kept or removed."""

    path: str
    kind: str
    bytes: int
    why: str


@dataclass(frozen=True, slots=True)
class PrunePlan:
    """The things of an output folder that are removed, and those that are kept."""

    removed: tuple[PruneItem, ...]
    kept: tuple[PruneItem, ...]

    @property
    def bytes(self) -> int:
        """Return the bytes of what is removed."""
        return sum(item.bytes for item in self.removed)


@dataclass(frozen=True, slots=True)
class _Run:
    """A published run: its manifest is None if it cannot be read."""

    folder: Path
    started: datetime
    manifest: Manifest | None


def plan_prune(out: Path, rules: KeepRules, now: datetime, in_use: Mapping[str, str]) -> PrunePlan:
    """Return what is removed from an output folder, and what is kept; the caller holds its lock.

    `in_use` are ids of runs that are kept in any case, with the reason. Only what boojum wrote is looked at.
    """
    removed: list[PruneItem] = []
    kept: list[PruneItem] = []
    runs = sorted(_published(out / "runs"), key=lambda run: run.folder.name, reverse=True)
    latest = _latest(out) or (runs[0].folder.name if runs else "")
    kept_runs: list[_Run] = []
    for number, run in enumerate(runs):
        why = _reason_to_keep(run, number, latest, rules, now, in_use)
        age = f"{(now - run.started).days:,} days old and not among the newest {rules.runs:,}"
        (kept if why else removed).append(_item(out, run.folder, "run", why or age))
        if why:
            kept_runs.append(run)
    if any(run.manifest is None for run in kept_runs) or not kept_runs:
        stores = _keep_all_stores(out, "a run whose manifest cannot be read may use it" if kept_runs else "no run yet")
    else:
        stores = _plan_stores(out, kept_runs)
    for item, stays in stores:
        (kept if stays else removed).append(item)
    leftovers = _leftovers(out, now - timedelta(days=rules.days), {item.path for item in removed})
    removed += [_item(out, path, "leftover", why) for path, why in sorted(leftovers.items())]
    return PrunePlan(tuple(removed), tuple(kept))


def carry_out(out: Path, plan: PrunePlan, patience: float) -> None:
    """Remove what a plan removes, once nobody reads; the caller holds the folder's lock.

    Raises OutputReadError if somebody still reads after `patience` seconds, and StoreUnwritableError; then nothing is
    lost that was to be kept.
    """
    try:
        if plan.removed:
            with without_readers(out, patience):
                for item in plan.removed:
                    path = out / item.path
                    with contextlib.suppress(FileNotFoundError):
                        path.rename(path.with_name(f"{_ASIDE}{secrets.token_hex(4)}-{path.name}"[:255]))
        _delete_aside(out)
    except OSError as error:
        raise disk_error(Path(error.filename or out), error) from error


def _delete_aside(out: Path) -> None:
    for folder in _folders(out):
        for path in list_entries(folder, _ASIDE):
            if path.is_dir() and not path.is_symlink():
                shutil.rmtree(path)
            else:
                path.unlink(missing_ok=True)
    for store in _store_folders(out):
        remove_empty_runs(store)


def _folders(out: Path) -> Iterator[Path]:
    """Yield the folders in which something may be removed."""
    yield from (out, out / "runs", *(out / "store" / kind for kind, _ in _STORES))
    for store in _store_folders(out):
        yield from (store, store / MEMBERS, *list_entries(store, "run="))


def _published(runs: Path) -> Iterator[_Run]:
    for folder in list_entries(runs, ""):
        if _RUN_ID.fullmatch(folder.name) and folder.is_dir() and not folder.is_symlink():
            try:
                manifest = read_manifest(folder)
            except (OSError, ManifestError):
                manifest = None
            started = datetime.strptime(folder.name[:16], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
            yield _Run(folder, started, manifest)


def _latest(out: Path) -> str:
    try:
        return (out / "runs" / LATEST).readlink().name
    except OSError:
        return ""


def _reason_to_keep(
    run: _Run, number: int, latest: str, rules: KeepRules, now: datetime, in_use: Mapping[str, str]
) -> str:
    """Return why a run is kept, "" if it is not; `number` newer runs exist."""
    if run.folder.name == latest:
        return "the last run"
    if run.folder.name in in_use:
        return in_use[run.folder.name]
    if number < rules.runs:
        return f"among the newest {rules.runs:,}"
    if now - run.started <= timedelta(days=rules.days):
        return f"at most {rules.days:,} days old"
    return ""


def _plan_stores(out: Path, kept: Sequence[_Run]) -> Iterator[tuple[PruneItem, bool]]:
    """Yield schemas and models of the store, and whether they are kept."""
    manifests = [run.manifest for run in kept if run.manifest is not None]
    for kind, prefix in _STORES:
        for folder in list_entries(out / "store" / kind, prefix):
            why = _reason_to_keep_store(kind, folder, manifests)
            named = "scores" if prefix == "model=" else "schema"
            yield _item(out, folder, named, why or "no kept run uses it"), bool(why)


def _reason_to_keep_store(kind: str, folder: Path, kept: Sequence[Manifest]) -> str:
    """Return why the rows under a schema or a model are kept, "" if they are not.

    A manifest does not name the schema of changes: one is kept that has rows of a kept run, or of a later one.
    """
    key = folder.name.partition("=")[2]
    users = sum(key == (manifest.fingerprint if kind == "features" else manifest.model.id) for manifest in kept)
    if users:
        return f"used by {users:,} kept runs" if users > 1 else "used by a kept run"
    if key == {"features": fingerprint(), "changes": change_fingerprint()}.get(kind):
        return "this version of boojum writes into it"
    runs = [entry.name.partition("=")[2] for entry in list_entries(folder, "run=")]
    if kind == "changes" and any(run_id(run) >= min(manifest.run for manifest in kept) for run in runs):
        return "it has rows of kept runs"
    if any(entry.name.partition("=")[2] > max(manifest.run for manifest in kept) for entry in _work(folder)):
        return "a run that has not ended left work in it"
    return ""


def _keep_all_stores(out: Path, why: str) -> Iterator[tuple[PruneItem, bool]]:
    for folder in _store_folders(out):
        yield _item(out, folder, "scores" if folder.name.startswith("model=") else "schema", why), True


def _store_folders(out: Path) -> list[Path]:
    return [folder for kind, prefix in _STORES for folder in list_entries(out / "store" / kind, prefix)]


def _work(folder: Path) -> list[Path]:
    return [entry for prefix in _UNFINISHED for entry in list_entries(folder, prefix)]


def _leftovers(out: Path, before: datetime, gone: Collection[str]) -> dict[Path, str]:
    """Return what killed runs and damage left, with the reason; damaged files and unfinished work stay until `before`.

    What stands below something that is removed as a whole (`gone`) is left out.
    """
    found: dict[Path, str] = {}
    if (out / SCRATCH).exists():
        found[out / SCRATCH] = "scratch files of a run that has ended"
    found |= {path: "a killed run left it" for path in list_entries(out / "runs", ".") if is_leftover(path.name)}
    for store in _store_folders(out):
        found |= dict.fromkeys(list_entries(store, ".sort"), "scratch files of a run that has ended")
        found |= {path: "unfinished work of a killed run" for path in _work(store) if _is_older(path, before)}
    for folder in _folders(out):
        found |= dict.fromkeys(list_entries(folder, _ASIDE), "an interrupted prune left it")
        for prefix, why in _OLD:
            found |= {path: why for path in list_entries(folder, prefix) if _is_older(path, before)}
    return {path: why for path, why in found.items() if not any(path.is_relative_to(out / whole) for whole in gone)}


def _is_older(path: Path, moment: datetime) -> bool:
    try:
        return path.lstat().st_mtime < moment.timestamp()
    except FileNotFoundError:
        return False


def _item(out: Path, path: Path, kind: str, why: str) -> PruneItem:
    return PruneItem(path.relative_to(out).as_posix(), kind, _size(path), why)


def _size(path: Path) -> int:
    """Return the bytes of a file, or of all files below a folder; symbolic links are not followed."""
    try:
        if not stat.S_ISDIR(path.lstat().st_mode):
            return path.lstat().st_size
        with os.scandir(path) as entries:
            return sum(_size(Path(entry.path)) for entry in list(entries))
    except FileNotFoundError:
        return 0
