"""Finds the mirror at the path that an operator gave: a bandersnatch mirror, or a plain folder of files."""

import os
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path

from features.archive.byte_source import open_regular_file
from jobs.contract import WalkNote
from jobs.mirror.bandersnatch_conf import MirrorError, MirrorOptions, find_directory, parse_conf

_STATE_CHARS = 64 * 2**20  # a todo list of a million projects is 30 MB


class MirrorLayout(StrEnum):
    """The layout of the files below `Mirror.root`."""

    BANDERSNATCH = "bandersnatch"
    """`packages/` holds the files, `simple/` lists those that are served."""
    FOLDER = "folder"
    """Distribution files in folders of any shape."""


@dataclass(frozen=True, slots=True)
class TodoState:
    """A sync that is running or was interrupted.

    `left` is the number of projects that it has not synced (None: the list cannot be read), `target` the serial that it
    aims at (None: `bandersnatch sync` has none).
    """

    left: int | None
    target: int | None = None


@dataclass(frozen=True, slots=True)
class Mirror:
    """A mirror that was found; artifact paths start at `root`, its web folder or the plain folder itself.

    `serial` is the serial that the last complete sync reached, `last_modified` the time when it began (UTC). Either is
    None if its file is missing or cannot be read; `notes` name the file.
    """

    root: Path
    layout: MirrorLayout
    config: Path | None = None
    options: MirrorOptions = field(default_factory=MirrorOptions)
    serial: int | None = None
    todo: TodoState | None = None
    last_modified: datetime | None = None
    notes: tuple[WalkNote, ...] = ()


def open_mirror(given: Path) -> Mirror:
    """Return the mirror at `given`, which is its directory, its web folder, its bandersnatch.conf or a plain folder.

    An empty mirror is no error. Raises MirrorError if `given` does not exist, may not be read, or is a file that is no
    bandersnatch.conf.
    """
    try:
        is_folder = _is_folder(given)
        config = None if is_folder else given
        options = MirrorOptions() if is_folder else parse_conf(given)
        home = given if is_folder else find_directory(given, options)
        return _describe(home, config, options)
    except PermissionError as error:
        path = Path(os.fsdecode(error.filename)) if error.filename else given
        raise MirrorError(path, "may not be read", "run as a user who may read the mirror") from error
    except OSError as error:
        raise MirrorError(given, f"cannot be read ({error.strerror})", "check the disk or the mount") from error


def _is_folder(given: Path) -> bool:
    try:
        given.stat()
    except (FileNotFoundError, NotADirectoryError) as error:
        raise MirrorError(given, "does not exist", "check the path, or whether the disk is mounted") from error
    if not given.is_dir() and not given.is_file():
        raise MirrorError(given, "is neither a folder nor a file", "give the mirror's directory")
    return given.is_dir()


def _describe(home: Path, config: Path | None, options: MirrorOptions) -> Mirror:
    web = home / "web"
    if config is not None or (web.is_dir() and _is_web(web)):
        notes: list[WalkNote] = []
        if not web.is_dir():
            notes.append(WalkNote("empty_mirror", "", "There is no web folder; nothing was mirrored yet."))
    elif _is_web(home):
        # State files are next to a folder named web. A served copy under another name has none.
        web, home, notes = home, home.parent if home.name == "web" else home, []
    else:
        return Mirror(home, MirrorLayout.FOLDER)
    if not options.release_files:
        detail = "release-files is off: this mirror keeps no files, so there is nothing to audit."
        notes.append(WalkNote("no_release_files", "", detail))
    serial = _read_serial(home / "status", notes)
    todo = _read_todo(home / "todo", notes)
    last_modified = _read_time(web / "last-modified", notes)
    return Mirror(web, MirrorLayout.BANDERSNATCH, config, options, serial, todo, last_modified, tuple(notes))


def _is_web(folder: Path) -> bool:
    """Return whether a folder is bandersnatch's web folder; a single subfolder of a typical name is not enough."""
    names = set(_folder_names(folder))
    if "local-stats" in names or len(names & {"packages", "simple", "json", "pypi"}) > 1:
        return True
    if "packages" in names:
        return any(_is_hex_pair(name) for name in _folder_names(folder / "packages"))
    indexes = ("index.html", "index.v1_json", "index.v1_html")
    return "simple" in names and any(os.path.lexists(folder / "simple" / name) for name in indexes)


def _folder_names(folder: Path) -> list[str]:
    with os.scandir(folder) as entries:
        return [entry.name for entry in entries if entry.is_dir()]


def _is_hex_pair(name: str) -> bool:
    return len(name) == 2 and all(c in "0123456789abcdef" for c in name)


def _read_state(path: Path, notes: list[WalkNote]) -> str | None:
    """Return a state file's text; None if it is missing, or may not be read (bandersnatch writes it with mode 0600)."""
    try:
        # Whoever may write there may put a pipe in its place, and opening one would wait for ever.
        with os.fdopen(open_regular_file(path), encoding="utf-8", errors="replace") as file:
            return file.read(_STATE_CHARS)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        detail = f"{path.name} cannot be read ({error.strerror}); run as the mirror's user to have it read."
        notes.append(WalkNote("unreadable_state", path.name, detail))
        return None


def _read_serial(path: Path, notes: list[WalkNote]) -> int | None:
    text = _read_state(path, notes)
    if text is None:
        return None
    if text.strip().isdecimal() and len(text) < 20:
        return int(text)
    notes.append(WalkNote("odd_state", path.name, "status contains no serial."))
    return None


def _read_time(path: Path, notes: list[WalkNote]) -> datetime | None:
    text = _read_state(path, notes)
    if text is None:
        return None
    try:
        return datetime.strptime(text.strip(), "%Y%m%dT%H:%M:%S").replace(tzinfo=UTC)
    except ValueError:
        notes.append(WalkNote("odd_state", path.name, "last-modified contains no time."))
        return None


def _read_todo(path: Path, notes: list[WalkNote]) -> TodoState | None:
    text = _read_state(path, notes)
    if text is None:
        return TodoState(left=None) if os.path.lexists(path) else None
    # The first line is the target serial, or `None` for `bandersnatch sync NAME`; one project follows on each line.
    first, _, rest = text.partition("\n")
    target = int(first) if first.strip().isdecimal() and len(first) < 20 else None
    left = sum(1 for line in rest.splitlines() if line.strip())
    detail = f"A sync is running or was interrupted: {left} projects were left to do; what is served may change."
    notes.append(WalkNote("sync_unfinished", path.name, detail))
    return TodoState(left, target)
