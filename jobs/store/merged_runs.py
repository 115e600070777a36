"""Replaces files of finished runs by those of one merged run, with one rename.

    run=<id>~<n>/replaced.json     the files, as "run=<id>/<name>", whose rows the files of this folder have

From the rename on, `PartStore.parts` leaves out the listed files, so that no row is counted twice and none is missing.
They are removed later, when nobody reads, and then the list too. The id of a merged run is that of its newest one, so
that its rows stand where theirs stood among the runs.
"""

import contextlib
import json
import shutil
from collections.abc import Iterable, Sequence
from pathlib import Path

from features.runtime.atomic_write import sync_to_disk
from jobs.contract import StoreBrokenError
from jobs.store.part_files import list_entries
from jobs.store.writing import disk_error, write_durably

REPLACED = "replaced.json"
"""Name of the list in the folder of a merged run."""

_RUN, _MERGING, _BROKEN = "run=", ".merging=", ".broken-"
_MARK = "~"


def run_name(folder: Path) -> str:
    """Return the name of the run that a folder of the store belongs to; names of later runs are greater."""
    return folder.name.removeprefix(_RUN)


def run_id(name: str) -> str:
    """Return the id of a run without what a restart (".2") or a merge ("~1") puts behind it."""
    return name.partition(_MARK)[0].partition(".")[0]


def merged_name(newest: str, roots: Iterable[Path]) -> str:
    """Return the name of a new merged run whose newest run is `newest`; no folder below `roots` has it."""
    base = newest.partition(_MARK)[0]
    there = {entry.name for root in roots for entry in list_entries(root, f"{_RUN}{base}{_MARK}")}
    number = 1
    while f"{_RUN}{base}{_MARK}{number}" in there:
        number += 1
    return f"{base}{_MARK}{number}"


def replaced_files(runs: Sequence[Path]) -> frozenset[str]:
    """Return which files of these runs' folders are replaced, as "run=<id>/<name>".

    Raises StoreBrokenError if a list is damaged, after moving its folder aside: the files that it replaced count again.
    """
    found: set[str] = set()
    for run in runs:
        if _MARK in run.name:
            found.update(_read_list(run))
    return frozenset(found)


def is_replaced(file: Path, replaced: frozenset[str]) -> bool:
    """Return whether a file of a run's folder is among the replaced ones."""
    return bool(replaced) and f"{file.parent.name}/{file.name}" in replaced


def open_merged(root: Path, name: str) -> Path:
    """Make the folder in which a merged run is written before it is published; raises StoreUnwritableError."""
    folder = root / f"{_MERGING}{name}"
    try:
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
    except OSError as error:
        raise disk_error(folder, error) from error
    return folder


def publish_merged(root: Path, name: str, replaced: Sequence[Path] = ()) -> None:
    """Make a merged run visible in place of the files `replaced`; raises StoreFullError or StoreUnwritableError."""
    folder = root / f"{_MERGING}{name}"
    if replaced:
        listed = [f"{file.parent.name}/{file.name}" for file in replaced]
        write_durably(folder / REPLACED, json.dumps(listed).encode())
    try:
        sync_to_disk(folder)
        folder.rename(root / f"{_RUN}{name}")
        sync_to_disk(root)
    except OSError as error:
        raise disk_error(folder, error) from error


def discard_merged(root: Path) -> None:
    """Remove the merged runs that were never published."""
    for folder in list_entries(root, _MERGING):
        shutil.rmtree(folder, ignore_errors=True)


def list_replaced(root: Path) -> list[Path]:
    """Return the replaced files of a store that are listed, whether they are still there or not."""
    return [root / file for file in sorted(replaced_files(list_entries(root, _RUN)))]


def remove_replaced(root: Path) -> None:
    """Remove the replaced files of a store, the lists of them, and the folders of runs that are empty then.

    The caller holds readers off, and has removed what else has the names of the files. Raises OSError.
    """
    for file in list_replaced(root):
        file.unlink(missing_ok=True)
    for run in list_entries(root, _RUN):
        (run / REPLACED).unlink(missing_ok=True)
    remove_empty_runs(root)


def remove_empty_runs(root: Path) -> None:
    """Remove the folders of runs that hold nothing."""
    for run in list_entries(root, _RUN):
        with contextlib.suppress(OSError):  # it is not empty
            run.rmdir()


def _read_list(run: Path) -> list[str]:
    file = run / REPLACED
    try:
        listed = json.loads(file.read_bytes())
    except FileNotFoundError:
        return []
    except ValueError:
        listed = None
    if isinstance(listed, list) and all(isinstance(name, str) for name in listed):
        return listed
    with contextlib.suppress(FileNotFoundError):
        run.rename(run.with_name(f"{_BROKEN}{run.name}"))
    raise StoreBrokenError((file,))
