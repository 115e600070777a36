"""Appends decisions to their file, which keeps every byte that it had."""

import contextlib
import fcntl
import os
import tomllib
import unicodedata
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from typing import BinaryIO

from audit.config import ConfigError
from audit.decisions.contract import Block, Label, Waiver
from audit.decisions.file import parse_decisions
from audit.decisions.matching import Decisions
from features.runtime.atomic_write import open_temporary

_KEYS = ("sha256", "project", "version", "indicator", "later_files", "label", "why", "owner", "reason", "expires")
"""Keys of all tables in the order in which they are written, before `decided`."""
_ESCAPES = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\t": "\\t", "\r": "\\r"}
_HIDDEN = {"Cc", "Cf", "Co", "Cs", "Cn", "Zl", "Zp"}
_TABLES = {Waiver: "waiver", Block: "block", Label: "label"}


def append_decision(file: Path, decision: Waiver | Block | Label, comment: str = "") -> Decisions:
    """Append a decision to a TOML file, which is made if it is missing, and return all decisions of the file.

    `comment` is a line above it for people. Calls of several processes wait for each other. A file that is not TOML, or
    not of decisions, is refused and stays as it was. Raises ConfigError.
    """
    # Where the name is a link, the file behind it is replaced, and the link stays.
    target = Path(os.path.realpath(file))
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with _locked(target) as stream:
            before = stream.read()
            _parse(before, file)
            added = ("\n" if before else "") + render_decision(decision, comment)
            if b"\r\n" in before:
                added = added.replace("\n", "\r\n")
            content = before + (b"\n" if before and not before.endswith(b"\n") else b"") + added.encode()
            after = _parse(content, file)
            _replace(target, content, os.fstat(stream.fileno()))
    except OSError as error:
        hint = "let this user write there, or name another file with --waivers"
        raise ConfigError(str(file), f"cannot be written ({error.strerror})", hint) from error
    return after


@contextlib.contextmanager
def _locked(file: Path) -> Iterator[BinaryIO]:
    """Yield the file, open for reading, while no other process appends to it; it is made if it is missing."""
    while True:
        with os.fdopen(os.open(file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666), "rb") as stream:
            fcntl.flock(stream, fcntl.LOCK_EX)
            # Who held the lock before has put another file in this one's place.
            with contextlib.suppress(FileNotFoundError):
                if os.path.samestat(os.fstat(stream.fileno()), file.stat()):
                    yield stream
                    return


def _replace(file: Path, content: bytes, like: os.stat_result) -> None:
    """Write a file anew with the mode and, as far as this user may, the owner of the one that it replaces."""
    with open_temporary(file) as temporary, temporary.open("xb") as stream:
        stream.write(content)
        os.fchmod(stream.fileno(), like.st_mode & 0o7777)
        with contextlib.suppress(PermissionError):
            os.fchown(stream.fileno(), like.st_uid, like.st_gid)
        stream.flush()
        os.fsync(stream.fileno())


def _parse(content: bytes, file: Path) -> Decisions:
    try:
        return parse_decisions(tomllib.loads(content.decode("utf-8")), str(file))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        hint = "correct the line it names; nothing was written"
        raise ConfigError(str(file), f"is not TOML: {error}", hint) from error


def render_decision(decision: Waiver | Block | Label, comment: str = "") -> str:
    """Return a decision as a table of TOML."""
    lines = [*([f"# {_escape(comment)}"] if comment else []), f"[[{_TABLES[type(decision)]}]]"]
    lines += [f"{key} = {_toml(value)}" for key in _KEYS if (value := getattr(decision, key, None))]
    if decision.decided is not None:
        lines.append(f"decided = {_toml(decision.decided)}")
    return "\n".join(lines) + "\n"


def _toml(value: str | bool | date | datetime) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        return value.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return f'"{_escape(value)}"' if isinstance(value, str) else value.isoformat()


def _escape(text: str) -> str:
    r"""Return text as it stands between the quotes of TOML: quotes, line breaks and hidden characters escaped."""
    return "".join(
        _ESCAPES.get(char) or (_code(char) if unicodedata.category(char) in _HIDDEN else char) for char in text
    )


def _code(char: str) -> str:
    number = ord(char)
    return f"\\u{number:04x}" if number < 0x10000 else f"\\U{number:08x}"
