"""What stands at the path an operator gave: a bandersnatch mirror in one of its shapes, or a folder of files."""

import os
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path

from jobs.contract import WalkFinding
from jobs.mirror.bandersnatch_conf import MirrorError, MirrorOptions, find_directory, parse_conf

_STATE_BYTES = 64 * 2**20  # a todo list of a million projects is 30 MB


class Layout(StrEnum):
    """How the files are laid out below `Mirror.root`."""

    BANDERSNATCH = "bandersnatch"
    """`packages/` holds the files, `simple/` says which of them are served."""
    FOLDER = "folder"
    """Distribution files in folders of any shape."""


@dataclass(frozen=True, slots=True)
class TodoState:
    """A sync that runs or broke off: projects `left`, and the serial it aims at (None in `bandersnatch sync`).

    `left` is None where the list cannot be read.
    """

    left: int | None
    target: int | None = None


@dataclass(frozen=True, slots=True)
class Mirror:
    """A mirror that was found: `root` is the web folder, or the plain folder itself; artifact paths start there.

    `serial` is what the last complete sync reached and `last_modified` when it began (UTC); None where there is
    none or it cannot be read, and then `notes` say so.
    """

    root: Path
    layout: Layout
    config: Path | None = None
    options: MirrorOptions = field(default_factory=MirrorOptions)
    serial: int | None = None
    todo: TodoState | None = None
    last_modified: datetime | None = None
    notes: tuple[WalkFinding, ...] = ()


def open_mirror(given: Path) -> Mirror:
    """Find the mirror at `given`: its directory, its web folder, its bandersnatch.conf, or a folder of files.

    An empty one is no error. Raises MirrorError where nothing is there, it may not be read, or it is a file that
    is no conf.
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
        notes: list[WalkFinding] = []
        if not web.is_dir():
            notes.append(WalkFinding("empty_mirror", "", "There is no web folder; nothing was mirrored yet."))
    elif _is_web(home):
        # Its state files stand beside a folder called web; a served copy under another name has none.
        web, home, notes = home, home.parent if home.name == "web" else home, []
    else:
        return Mirror(home, Layout.FOLDER)
    if not options.release_files:
        detail = "release-files is off: this mirror keeps no files, so that there is nothing to audit."
        notes.append(WalkFinding("no_release_files", "", detail))
    serial = _read_serial(home / "status", notes)
    todo = _read_todo(home / "todo", notes)
    last_modified = _read_time(web / "last-modified", notes)
    return Mirror(web, Layout.BANDERSNATCH, config, options, serial, todo, last_modified, tuple(notes))


def _is_web(folder: Path) -> bool:
    """Say whether a folder is bandersnatch's web folder; one subfolder of a telling name is not enough."""
    has = set(_folder_names(folder))
    if "local-stats" in has or len(has & {"packages", "simple", "json", "pypi"}) > 1:
        return True
    if "packages" in has:
        return any(_is_hex_pair(name) for name in _folder_names(folder / "packages"))
    indexes = ("index.html", "index.v1_json", "index.v1_html")
    return "simple" in has and any(os.path.lexists(folder / "simple" / name) for name in indexes)


def _folder_names(folder: Path) -> list[str]:
    with os.scandir(folder) as entries:
        return [entry.name for entry in entries if entry.is_dir()]


def _is_hex_pair(name: str) -> bool:
    return len(name) == 2 and all(c in "0123456789abcdef" for c in name)


def _read_state(path: Path, notes: list[WalkFinding]) -> str | None:
    """Return a state file's text, None where there is none or it may not be read (bandersnatch writes them 0600)."""
    try:
        with path.open(encoding="utf-8", errors="replace") as file:
            return file.read(_STATE_BYTES)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        detail = f"{path.name} cannot be read ({error.strerror}); run as the mirror's user to have it looked at."
        notes.append(WalkFinding("unreadable_state", path.name, detail))
        return None


def _read_serial(path: Path, notes: list[WalkFinding]) -> int | None:
    text = _read_state(path, notes)
    if text is None:
        return None
    if text.strip().isdecimal() and len(text) < 20:
        return int(text)
    notes.append(WalkFinding("odd_state", path.name, "status holds no serial."))
    return None


def _read_time(path: Path, notes: list[WalkFinding]) -> datetime | None:
    text = _read_state(path, notes)
    if text is None:
        return None
    try:
        return datetime.strptime(text.strip(), "%Y%m%dT%H:%M:%S").replace(tzinfo=UTC)
    except ValueError:
        notes.append(WalkFinding("odd_state", path.name, "last-modified holds no time."))
        return None


def _read_todo(path: Path, notes: list[WalkFinding]) -> TodoState | None:
    text = _read_state(path, notes)
    if text is None:
        return TodoState(left=None) if os.path.lexists(path) else None
    # The first line is the serial aimed at, `None` after `bandersnatch sync NAME`; then one project a line.
    first, _, rest = text.partition("\n")
    target = int(first) if first.strip().isdecimal() and len(first) < 20 else None
    left = sum(1 for line in rest.splitlines() if line.strip())
    detail = f"A sync is running or broke off: {left} projects were left to do; what is served may change."
    notes.append(WalkFinding("sync_unfinished", path.name, detail))
    return TodoState(left, target)
