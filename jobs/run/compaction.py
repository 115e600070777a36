"""Merges the small parts of old runs, so that a year of quiet nights is not a thousand files to open.

Only neighbouring runs are merged, because rows of a later run come before those of an earlier one. Scores have the
names and the rows of their parts, so they are merged with them, and become visible first: nobody asks for them before
the merged part is there. What is replaced is removed when nobody reads.
"""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from features.schema import fingerprint
from jobs.changes.current import NOTES_PREFIX, Supersession, merge_notes, run_of
from jobs.changes.member_index import index_file, index_members
from jobs.changes.schema import change_fingerprint
from jobs.contract import OutputReadError
from jobs.run.manifest import Manifest, ManifestError, read_manifest
from jobs.run.merging import PART_BYTES, PART_ROWS
from jobs.run.run_folder import LATEST
from jobs.store.lock import without_readers
from jobs.store.merged_runs import (
    discard_merged,
    list_replaced,
    merged_name,
    open_merged,
    publish_merged,
    remove_empty_runs,
    remove_replaced,
    run_id,
    run_name,
)
from jobs.store.part_files import part_name, with_merged_units, write_part
from jobs.store.part_store import PartStore, change_score_store, change_store, feature_store, score_store
from jobs.store.quarantine import quarantine, read_or_quarantine

LEAST = 32
"""Files that merging must save in a store before a nightly audit does it."""
MOST = 64
"""Small parts that a nightly audit looks at, the newest: it bounds its time, since one part takes a tenth of a second.

That is for the footer and the pages of some three thousand columns, however few rows a part has.
"""
SMALL_BYTES = PART_BYTES // 4
"""A part with at least so many bytes is not small."""
SMALL_ROWS = PART_ROWS // 2
"""A part with at least so many rows is not small."""

_KEY = ("path", "size", "sha256")


@dataclass(frozen=True, slots=True)
class Compaction:
    """The result of a compaction: parts and notes of features and of changes, before and after.

    `in_use` if replaced files are still there because somebody reads.
    """

    features_before: int = 0
    features_after: int = 0
    changes_before: int = 0
    changes_after: int = 0
    in_use: bool = False

    @property
    def saved(self) -> int:
        """Return by how many files a query has less to open."""
        return self.features_before - self.features_after + self.changes_before - self.changes_after


@dataclass(frozen=True, slots=True)
class _Stores:
    """A table's store and those of its scores: of the last run's model, and of other models that scored it."""

    table: PartStore
    scores: PartStore
    others: tuple[PartStore, ...]

    def roots(self) -> list[Path]:
        return [store.root for store in (self.table, self.scores, *self.others)]


@dataclass(slots=True)
class _Batch:
    """Small files of neighbouring runs that become the files of one merged run."""

    parts: list[Path] = field(default_factory=list)
    notes: list[Path] = field(default_factory=list)
    rows: list[int] = field(default_factory=list)
    bytes: int = 0

    def add(self, other: "_Batch") -> None:
        self.parts += other.parts
        self.notes += other.notes
        self.rows += other.rows
        self.bytes += other.bytes

    def fits(self, other: "_Batch") -> bool:
        return sum(self.rows) + sum(other.rows) <= PART_ROWS and self.bytes + other.bytes <= PART_BYTES

    def outputs(self) -> list[list[Path]]:
        """Return the parts that become one part each, within its bounds."""
        made: list[list[Path]] = []
        rows = size = 0
        for part, count in zip(self.parts, self.rows, strict=True):
            bytes_ = part.stat().st_size
            if not made or rows + count > PART_ROWS or size + bytes_ > PART_BYTES:
                made.append([])
                rows = size = 0
            made[-1].append(part)
            rows += count
            size += bytes_
        return made

    @property
    def saved(self) -> int:
        return len(self.parts) - len(self.outputs()) + max(0, len(self.notes) - 1)


def compact_store(out: Path, *, least: int = LEAST, most: int | None = MOST, patience: float = 0.0) -> Compaction:
    """Merge the small parts of an output folder that the last run and earlier ones left; return what was saved.

    The caller holds the folder's lock. Nothing is merged that saves fewer than `least` files of a store. `most` bounds
    the parts that are looked at. Replaced files are removed if nobody reads within `patience` seconds, else by a later
    call. A killed call leaves the old rows or the new ones. Raises StoreBrokenError, after moving a damaged file
    aside, StoreFullError and StoreUnwritableError.
    """
    layout = _layout(out)
    if layout is None:
        return Compaction()
    features, changes, latest = layout
    before = len(features.table.parts()), _count(changes.table)
    try:
        for batch in _worthwhile(_plan(features, latest, most, least), least):
            _merge_features(features, changes.table, batch)
        for batch in _worthwhile(_plan(changes, latest, most, least, notes=True), least):
            _merge_changes(changes, batch)
    finally:
        for root in (*features.roots(), *changes.roots()):
            discard_merged(root)
    in_use = not _remove_replaced(out, features, changes, patience)
    return Compaction(before[0], len(features.table.parts()), before[1], _count(changes.table), in_use)


def count_small(out: Path) -> int:
    """Return how many files a compaction without bounds would save."""
    layout = _layout(out)
    if layout is None:
        return 0
    features, changes, latest = layout
    plans = (_plan(features, latest, None, 1), _plan(changes, latest, None, 1, notes=True))
    return sum(batch.saved for plan in plans for batch in _worthwhile(plan, 1))


def _count(changes: PartStore) -> int:
    return len(changes.parts()) + len(changes.files(NOTES_PREFIX))


def _layout(out: Path) -> tuple[_Stores, _Stores, str] | None:
    """Return the stores of features and of changes of the last run, and its id; None if there is no run.

    A store of changes under another schema than ours is left alone, and so are scores of models without a run.
    """
    try:
        latest = read_manifest(out / "runs" / LATEST)
    except FileNotFoundError:
        return None
    models = {manifest.model.id for manifest in _manifests(out) if manifest.fingerprint == latest.fingerprint}
    others = sorted(models - {latest.model.id})
    features = _Stores(
        feature_store(out, latest.fingerprint),
        score_store(out, latest.model.id),
        tuple(score_store(out, model) for model in others),
    )
    compared_as = change_fingerprint() if latest.fingerprint == fingerprint() else "none"
    changes = _Stores(
        change_store(out, compared_as),
        change_score_store(out, latest.model.id),
        tuple(change_score_store(out, model) for model in others),
    )
    return features, changes, latest.run


def _manifests(out: Path) -> Iterator[Manifest]:
    for folder in (out / "runs").iterdir():
        try:
            yield read_manifest(folder)
        except (FileNotFoundError, NotADirectoryError, ManifestError):
            continue


def _plan(stores: _Stores, latest: str, most: int | None, least: int, *, notes: bool = False) -> list[_Batch]:
    """Return batches of small files of neighbouring runs up to `latest`, each within the bounds of a part if it can be.

    There are none, and no file is opened, where so few are small that fewer than `least` could be saved.

    A run with a part that is not small begins a batch: its rows come after those of earlier runs. With `notes`, which
    are about rows of earlier runs, such a run is left out.
    """
    files = stores.table.parts() + (stores.table.files(NOTES_PREFIX) if notes else [])
    old = sorted(file for file in files if _published(file) <= latest)
    scored = {part.name for part in stores.scores.parts()}
    sizes = {file: file.stat().st_size for file in old}
    stay = {file for file in old if _is_part(file) and (sizes[file] >= SMALL_BYTES or file.name not in scored)}
    if len(old) - len(stay) <= least:
        return []
    if most is not None:
        small = [file for file in old if file not in stay]
        first = _id(small[-most]) if len(small) > most else ""
        old = [file for file in old if _id(file) > first]
    batches = [_Batch()]
    for _, group in groupby(old, _id):
        run = _Batch()
        held = False
        for file in group:
            rows = _count_rows(file) if file not in stay and _is_part(file) else 0
            if file in stay or rows >= SMALL_ROWS:
                held = True
            elif _is_part(file):
                run.add(_Batch([file], [], [rows], sizes[file]))
            else:
                run.add(_Batch(notes=[file]))
        if held or not batches[-1].fits(run):
            batches.append(_Batch())
        if not (held and notes):
            batches[-1].add(run)
        elif held:
            batches.append(_Batch())
    return batches


def _id(file: Path) -> str:
    """Return the id of the run of a file; a run that restarted is one with its first attempt."""
    return run_id(run_name(file.parent))


def _published(file: Path) -> str:
    """Return the id under which the run of a file was published; those of changes have a round behind it."""
    name, _, round_ = _id(file).rpartition("-c")
    return name if name and len(round_) == 1 else _id(file)


def _is_part(file: Path) -> bool:
    return not file.name.startswith(NOTES_PREFIX)


def _count_rows(part: Path) -> int:
    try:
        return int(pq.read_metadata(part).num_rows)
    except (pa.ArrowException, OSError) as error:
        raise quarantine([part]) from error


def _worthwhile(batches: Sequence[_Batch], least: int) -> list[_Batch]:
    saving = [batch for batch in batches if batch.saved > 0]
    return saving if sum(batch.saved for batch in saving) >= least else []


def _merge_features(stores: _Stores, changes: PartStore, batch: _Batch) -> None:
    """Merge a batch of feature parts, their scores, and their files in the index of members."""
    name = merged_name(run_name(batch.parts[-1].parent), stores.roots())
    merged = _Merged(stores, name, batch.parts)
    for number, parts in enumerate(batch.outputs()):
        table = pa.concat_tables([read_or_quarantine(part, None) for part in parts])
        part = merged.write(number, parts, table)
        if changes.root.is_dir():
            index = index_members(table.select(["project", "members"]))
            write_part(index_file(changes, Path(part)).parent, part, index)
    merged.publish(batch.parts)


def _merge_changes(stores: _Stores, batch: _Batch) -> None:
    """Merge a batch of change parts without their superseded rows, their scores, and what the notes say."""
    files = sorted([*batch.parts, *batch.notes])
    name = merged_name(run_name(files[-1].parent), stores.roots())
    superseded = Supersession.read(stores.table)
    merged = _Merged(stores, name, batch.parts)
    for number, parts in enumerate(batch.outputs()):
        tables = [read_or_quarantine(part, None) for part in parts]
        current = [superseded.is_current(table, run_of(part)) for part, table in zip(parts, tables, strict=True)]
        merged.write(number, parts, pa.concat_tables(tables), pa.chunked_array(current, pa.bool_()))
    if batch.notes:
        notes = merge_notes(batch.notes, batch.parts)
        if len(notes):
            write_part(merged.folder, f"{NOTES_PREFIX}{name}.parquet", notes)
    merged.publish(files)


class _Merged:
    """A merged run that is being written: a table's parts in `folder`, and their scores beside it in their stores.

    Scores of another model are merged if it scored all of the parts; else it will score the rows again.
    """

    def __init__(self, stores: _Stores, name: str, parts: Sequence[Path]) -> None:
        self._root, self._name = stores.table.root, name
        names = {part.name for part in parts}
        others = [store for store in stores.others if names <= {part.name for part in store.parts_like(parts)}]
        self._scores = {store: open_merged(store.root, name) for store in (stores.scores, *others)}
        self.folder = open_merged(self._root, name)

    def write(self, number: int, parts: Sequence[Path], table: pa.Table, kept: pa.ChunkedArray | None = None) -> str:
        """Write a part with the `kept` (None: all) rows of `table`, which are those of `parts`; return its name."""
        described = hashlib.blake2b("\n".join([self._name, *(part.name for part in parts)]).encode(), digest_size=16)
        # Parts of a run are read by name, and later rows come last.
        name = part_name(f"{number:04}-{described.hexdigest()}")
        for store, folder in self._scores.items():
            of_part = {score.name: score for score in store.parts_like(parts)}
            scores = pa.concat_tables([read_or_quarantine(of_part[part.name], None) for part in parts])
            if scores.select(_KEY).replace_schema_metadata() != table.select(_KEY).replace_schema_metadata():
                raise quarantine([of_part[part.name] for part in parts])
            write_part(folder, name, scores if kept is None else scores.filter(kept))
        table = table if kept is None else table.filter(kept)
        write_part(self.folder, name, with_merged_units(table, []))
        return name

    def publish(self, replaced: Sequence[Path]) -> None:
        """Make the scores visible, then the parts in place of the files `replaced`."""
        for store in self._scores:
            publish_merged(store.root, self._name)
        publish_merged(self._root, self._name, replaced)


def _remove_replaced(out: Path, features: _Stores, changes: _Stores, patience: float) -> bool:
    """Remove files that are replaced, and scores of parts that are gone; return False if somebody reads."""
    if not any(list_replaced(stores.table.root) for stores in (features, changes)):
        return True
    try:
        with without_readers(out, patience):
            for file in list_replaced(features.table.root):
                index_file(changes.table, file).unlink(missing_ok=True)
            for stores in (features, changes):
                names = {part.name for part in stores.table.parts()}
                for store in (stores.scores, *stores.others):
                    for part in store.parts():
                        if part.name not in names:
                            part.unlink(missing_ok=True)
                    remove_empty_runs(store.root)
                remove_replaced(stores.table.root)
    except OutputReadError:
        return False
    return True
