"""Stages the files of a run in progress, adopts those of killed runs, and makes a run visible by one rename."""

import os
import shutil
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa

from features.runtime.atomic_write import sync_to_disk
from jobs.store.part_files import (
    PART_PREFIX,
    UNIT_PREFIX,
    list_entries,
    list_files,
    merged_units,
    read_part,
    unit_name,
)
from jobs.store.part_store import PartStore
from jobs.store.writing import disk_error, first_line

_STAGING, _TAKEN, _CLOSED = ".staging=", ".taken=", ".closed="
_REJECTED = ".rejected-"
_COMMON_COLUMNS = ("path", "size")  # of feature parts, units and score parts


@dataclass(frozen=True, slots=True)
class Staging:
    """A run in progress in its own folder.

    `adopted` are the file names of the parts and units of killed runs that were moved here, `adopted_rows` their rows
    together; `dropped` are (file name, reason) of those that were damaged.
    """

    store: PartStore
    run: str
    folder: Path
    adopted: tuple[str, ...]
    adopted_rows: int
    dropped: tuple[tuple[str, str], ...]

    def adopted_files(self) -> list[Path]:
        """Return the paths of the adopted parts and units."""
        return [self.folder / name for name in self.adopted]

    def adopted_units(self) -> list[str]:
        """Return the names of the adopted units, which are not yet merged into parts."""
        return [name for name in self.adopted if name.startswith(UNIT_PREFIX)]

    def commit(self, written: Iterable[str]) -> list[Path]:
        """Make the run visible with its adopted parts and the `written` files and nothing else; return its parts.

        Any other file was left by a worker that was given up. A run without files leaves no folder. Raises
        StoreFullError or StoreUnwritableError.
        """
        names = {*self.adopted, *written}.difference(self.adopted_units())
        try:
            closed = self.folder.with_name(f"{_CLOSED}{self.run}")
            self.folder.rename(closed)
            for entry in list(os.scandir(closed)):
                if entry.name not in names:
                    Path(entry.path).unlink()
            if not any(closed.iterdir()):
                closed.rmdir()
                return []
            final = self.store.root / f"run={self.run}"
            sync_to_disk(closed)
            closed.rename(final)
            sync_to_disk(self.store.root)
        except OSError as error:
            raise disk_error(self.folder, error) from error
        return list_files(final, PART_PREFIX)

    def reject(self, unit: str) -> None:
        """Record that the file of a unit must not count even if it appears later: smaller units read its artifacts."""
        try:
            (self.folder / f"{_REJECTED}{unit}").touch()
        except OSError as error:
            raise disk_error(self.folder, error) from error


def open_staging(store: PartStore, run: str) -> Staging:
    """Make the staging folder of a new run and move into it what killed runs left; raises StoreUnwritableError."""
    folder = store.root / f"{_STAGING}{run}"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        abandoned = _take_over(store.root, folder)
        rows, dropped = _adopt(store, abandoned, folder)
        for old in abandoned:
            shutil.rmtree(old)
    except OSError as error:
        raise disk_error(folder, error) from error
    names = tuple(file.name for prefix in (PART_PREFIX, UNIT_PREFIX) for file in list_files(folder, prefix))
    return Staging(store, run, folder, names, rows, tuple(dropped))


def _take_over(root: Path, folder: Path) -> list[Path]:
    """Rename the folders of killed runs, so that their workers cannot write any more; return the new paths."""
    killed = [old for prefix in (_TAKEN, _STAGING, _CLOSED) for old in list_entries(root, prefix) if old != folder]
    return [old.rename(root / f"{_TAKEN}{old.name.partition('=')[2]}") for old in killed]


def _adopt(store: PartStore, abandoned: Sequence[Path], folder: Path) -> tuple[int, list[tuple[str, str]]]:
    """Move the undamaged parts and units of killed runs into `folder`.

    Return the number of their rows, and (file name, reason) of the damaged ones. A unit is left behind if it was
    rejected, or if a part was made of it. Parts are moved first because their metadata name their units.
    """
    seen = {part.name for part in store.parts()}
    for old in abandoned:
        seen |= {unit_name(entry.name.removeprefix(_REJECTED)) for entry in list_entries(old, _REJECTED)}
    rows = 0
    dropped: list[tuple[str, str]] = []
    parts, units = ([file for old in abandoned for file in list_files(old, p)] for p in (PART_PREFIX, UNIT_PREFIX))
    for file in (*parts, *units):
        if file.name in seen:
            continue
        try:
            table = read_part(file, _COMMON_COLUMNS)
        except (pa.ArrowException, OSError) as error:
            dropped.append((file.name, first_line(error)))
            continue
        merged = merged_units(table)
        if not seen.isdisjoint(merged):
            continue
        seen |= {file.name, *merged}
        file.rename(folder / file.name)
        rows += len(table)
    return rows, dropped
